"""The composed document: whole, honest, in one language, every number traceable."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from survey_engine.assessment.result import Admissibility
from survey_engine.document.blocks import (
    ChartBlock,
    FindingList,
    Paragraph,
    ReportDocument,
    TableBlock,
    TileRow,
)
from survey_engine.document.charts import LikertChart
from survey_engine.errors import Diagnostic, Severity
from survey_engine.report.compose import compose
from survey_engine.report.sections.context import BrandTexts
from survey_engine.study.result import StudyResult

from . import factory, reading

LANGUAGES = ("en", "zh")
LATIN_ALLOWED = {
    "NPS", "PLS", "CSAT", "HTMT", "AVE", "VIF", "KMO", "Bootstrap", "SHA", "R", "f", "n", "p",
    "t", "A", "C", "CFI", "TLI", "RMSEA", "SRMR", "e",
}  # fmt: skip
FORBIDDEN = {
    "en": re.compile(
        r"\b(drives?|drove|driven|driving|causes|caused|causing|leads? to|led to|decides?|"
        r"decided|determines?|determined|boosts?|results? in|because of|thanks to)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"导致|决定|驱动(?!因素)|带动|促使|引起|造成|拉动|归功于"),
}


def document(result: StudyResult, language: str) -> ReportDocument:
    return compose(result, language=language, wording=factory.wording(language))


def variants() -> dict[str, StudyResult]:
    """Studies that take every turn of the composition."""
    whole = factory.study_result()
    doubtful = replace(
        whole.assessment,
        admissibility=Admissibility(
            verdict="no", reasons=(Diagnostic(code="NEAR", severity=Severity.ERROR),)
        ),
    )
    return {
        "whole": whole,
        "rich": factory.rich_result(),
        "no_index": replace(
            whole,
            index=None,
            assessment=doubtful,
            scores=None,
            rulers=(),
            actions=(),
            simple_opinion=None,
        ),
        "bare": replace(
            whole,
            drivers=None,
            importance_performance=None,
            actions=(),
            rulers=(),
            simple_opinion=None,
            engine_opinion=None,
            resamples=None,
            checklist=(),
        ),
        "not_separable": replace(
            whole, drivers=factory.drivers(separable=(False, True, True, None))
        ),
        "plain_table": replace(
            whole,
            data=replace(whole.data, instrument=None, ranges={}),
            index=None,
            scores=None,
            rulers=(),
        ),
    }  # fmt: skip


@pytest.fixture(scope="module", params=sorted(variants()))
def result(request: pytest.FixtureRequest) -> StudyResult:
    return variants()[request.param]


@pytest.mark.parametrize("language", LANGUAGES)
def test_chapters_of_a_whole_study(language: str) -> None:
    made = document(factory.study_result(), language)
    assert [section.id for section in made.sections] == [
        "summary", "reading", "answered", "scores", "index", "drivers", "priorities", "actions",
        "loyalty", "model", "measurement", "items", "method", "appendix_measurement",
        "appendix_structure", "appendix_items", "checklist", "diagnostics", "questionnaire",
        "glossary", "provenance",
    ]  # fmt: skip
    assert len({section.id for section in made.sections}) == len(made.sections)
    ids = {section.id for section in made.sections}
    findings = next(b for b in made.sections[0].blocks if isinstance(b, FindingList)).findings
    assert 3 <= len(findings) <= 5
    assert {finding.link for finding in findings} <= ids


@pytest.mark.parametrize("language", LANGUAGES)
def test_absent_pages_are_listed_with_a_reason_in_the_method_chapter(
    language: str, result: StudyResult
) -> None:
    made = document(result, language)
    method = next(section for section in made.sections if section.id == "method")
    said = list(reading.strings(method.blocks))
    assert made.omissions
    for left in made.omissions:
        assert left.page in said
        assert left.reason in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_in_prose_is_in_the_result(language: str, result: StudyResult) -> None:
    trail: list[tuple[str, float]] = []
    wording = factory.wording(language)
    made = compose(result, language=language, wording=wording, trail=trail)
    known = set(reading.values(result)) | {60.0, 75.0, float(result.data.n - result.n)}
    for section in made.sections:
        for block in section.blocks:
            if isinstance(block, FindingList):
                known |= {v for finding in block.findings for v in finding.evidence.values()}
    sourced = {
        token for text, value in trail if value in known for token in reading.tokens(text)
    }
    constants = set(reading.tokens(_words_of(wording))) | {".40", ".90", ".70", "1"}
    names = _strings_of(result)
    for text in reading.prose(made):
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, " ")
        for token in reading.tokens(text):
            assert token in sourced or token in constants, (token, text)


def _words_of(wording: dict[str, Any]) -> str:
    parts = {key: value for key, value in wording.items() if key != "diagnostics"}
    return " ".join(reading.strings(parts))


def _strings_of(result: StudyResult) -> set[str]:
    """Names with digits in them: versions, item ids, the instrument's own words."""
    names = set(result.model.indicators)
    if result.engine_opinion and result.engine_opinion.version:
        names.add(result.engine_opinion.version)
    if result.data.instrument:
        names.add(result.data.instrument.version)
        for item in result.data.instrument.items:
            names |= {text for text in item.short.values() if re.search(r"\d", text)}
    return names


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_verb_of_causation(language: str, result: StudyResult) -> None:
    for text in reading.strings(document(result, language)):
        assert not FORBIDDEN[language].search(text), text


def test_no_chinese_on_english_pages(result: StudyResult) -> None:
    for text in reading.strings(document(result, "en")):
        assert not re.search(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]", text), text


def test_no_english_on_chinese_pages() -> None:
    whole = factory.study_result()
    allowed = LATIN_ALLOWED | set(re.findall(r"[A-Za-z]+", " ".join(_foreign_names(whole))))
    for text in reading.strings(document(whole, "zh")):
        words = set(re.findall(r"[A-Za-z]+", text))
        assert words <= allowed, (words - allowed, text)


def _foreign_names(result: StudyResult) -> list[str]:
    """Names a Chinese page prints as they are: files, packages, ids, authors."""
    made = result.provenance
    return [
        *result.model.indicators,
        *made.packages,
        made.model,
        made.data_sha256,
        made.data_sha256[:12],
        result.data.source,
        "survey_engine Python semopy",
        *(line.source for line in result.checklist),
    ]


def test_chinese_pages_use_chinese_punctuation() -> None:
    for text in reading.strings(document(factory.study_result(), "zh")):
        if re.search(r"[\u4e00-\u9fff][,;:?!]", text):
            pytest.fail(f"western punctuation: {text}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_items_never_have_more_answers_than_the_file(language: str) -> None:
    whole = factory.study_result()
    made = document(whole, language)
    rows = [
        row
        for section in made.sections
        for block in section.blocks
        if isinstance(block, ChartBlock) and isinstance(block.chart, LikertChart)
        for row in block.chart.rows
    ]
    assert len(rows) == 24
    for row, item in zip(rows, whole.data.quality.items, strict=True):
        assert int(row.n_text) == item.n_valid <= whole.data.quality.n_kept
        assert sum(row.shares) == pytest.approx(1.0)
        assert row.mean_text == f"{item.mean:.2f}"


def test_a_missed_cutoff_is_flagged() -> None:
    made = document(factory.study_result(), "en")
    section = next(s for s in made.sections if s.id == "measurement")
    table = next(b for b in section.blocks if isinstance(b, TableBlock))
    heads = [column.head for column in table.columns]
    names = [row[0] for row in table.rows]
    assert table.flags[(names.index("Image"), heads.index("AVE"))] == "fail"
    assert table.flags[(names.index("Customer loyalty"), heads.index("Loadings"))] == "fail"


def test_without_an_index_nothing_is_published() -> None:
    made = document(variants()["no_index"], "en")
    assert made.sections[0].title == "No index can be published from these answers"
    assert "index" not in [section.id for section in made.sections]
    tiles = next(b for b in made.sections[0].blocks if isinstance(b, TileRow)).tiles
    assert [tile.value for tile in tiles] == ["–"]


def test_a_doubtful_solution_is_marked_on_every_page_that_rests_on_it() -> None:
    whole = factory.study_result()
    doubtful = replace(whole.assessment, admissibility=Admissibility(verdict="doubtful"))
    made = document(replace(whole, assessment=doubtful), "en")
    marked = {
        section.id
        for section in made.sections
        if any(isinstance(b, Paragraph) and b.style == "warning" for b in section.blocks)
    }
    assert {"index", "scores", "drivers", "priorities", "actions", "loyalty", "model"} < marked
    assert "items" not in marked


def test_brand_and_cover() -> None:
    brand = BrandTexts(client="Acme", title="Wave one", bands=(50.0, 70.0))
    made = compose(
        factory.study_result(), language="en", wording=factory.wording("en"), brand=brand
    )
    assert (made.client, made.title) == ("Acme", "Wave one")
    index = next(section for section in made.sections if section.id == "index")
    assert index.title == "The index is 71.2 of 100 points"


def test_composing_twice_gives_the_same_document() -> None:
    whole = factory.study_result()
    first, second = document(whole, "zh"), document(whole, "zh")
    assert list(reading.strings(first)) == list(reading.strings(second))


def test_without_intervals_nothing_is_judged() -> None:
    whole = factory.study_result()

    def bare(rows: Any) -> Any:
        return tuple(replace(row, ci_lower=None, ci_upper=None) for row in rows)

    made = document(
        replace(
            whole,
            paths=bare(whole.paths),
            total_effects=bare(whole.total_effects),
            resamples=None,
        ),
        "en",
    )
    model = next(section for section in made.sections if section.id == "model")
    table = next(block for block in model.blocks if isinstance(block, TableBlock))
    at = [column.head for column in table.columns].index("Excludes 0")
    assert {row[at] for row in table.rows} == {"–"}


@pytest.mark.parametrize("name", ["whole", "rich"])
def test_the_histogram_counts_the_respondents_of_the_model(name: str) -> None:
    result = factory.study_result() if name == "whole" else factory.rich_result()
    made = document(result, "en")
    index = next(section for section in made.sections if section.id == "index")
    chart = next(block.chart for block in index.blocks if isinstance(block, ChartBlock))
    assert chart.frame()["value"].sum() == result.n
