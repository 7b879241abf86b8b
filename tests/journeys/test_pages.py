"""Finished PDFs as pages: the real survey, and a simulated one that has everything else.

The simulated export holds weights, "don't know" answers, skipped questions, interview
times, segments (one too small to show) and ids, and is reported by the command line.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from survey_engine.cli import main
from survey_engine.simulation.survey import SurveyDesign, simulate, simulated_table
from survey_engine.workflows.resources import load_model
from tests.report.pages import (
    Page,
    clipped_words,
    embedded_fonts,
    overlapping_words,
    read_pages,
)

TIME_ITEM = """
  - id: seconds
    role: time
    scale: level
    text: { en: "Length of the interview in seconds", zh: "答题用时（秒）" }
"""
CJK = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


@pytest.fixture(scope="module")
def simulated(
    tmp_path_factory: pytest.TempPathFactory, repository: Path
) -> dict[str, tuple[bytes, Any]]:
    folder = tmp_path_factory.mktemp("simulated")
    design = SurveyDesign(
        missing=0.002,
        dont_know=0.004,
        weights=True,
        times=True,
        ids=True,
        segments={"North": 0.3, "South": -0.3, "Kiosk": 0.1},
    )
    table = simulated_table(simulate(load_model("ecsi"), n=900, seed=11, design=design))
    small = np.flatnonzero(table["segment"] == "Kiosk")[20:]
    table.drop(index=small).to_csv(folder / "export.csv", index=False)
    text = (repository / "instruments" / "ecsi.yaml").read_text(encoding="utf-8")
    head, items = text.split("\nitems:\n")
    (folder / "survey.yaml").write_text(f"{head}\nitems:{TIME_ITEM}{items}", encoding="utf-8")
    made = {}
    for language in ("en", "zh"):
        report, results = folder / f"{language}.pdf", folder / f"{language}.json"
        options = ["--weights", "weight", "--group", "segment", "--id", "respondent"]
        options += ["-m", "ecsi", "--resamples", "1000", "--no-second-opinion"]
        options += ["--lang", language, "-o", str(report), "--json", str(results)]
        export = str(folder / "export.csv")
        code = main(["report", export, "-i", str(folder / "survey.yaml"), *options])
        assert code == 0
        made[language] = report.read_bytes(), json.loads(results.read_text(encoding="utf-8"))
    return made


@pytest.fixture(scope="module")
def reports(
    demonstrations: tuple[Path, Path], simulated: dict[str, tuple[bytes, Any]]
) -> dict[tuple[str, str], bytes]:
    folder = demonstrations[0]
    return {
        ("real", "en"): (folder / "report.pdf").read_bytes(),
        ("real", "zh"): (folder / "report-zh.pdf").read_bytes(),
        ("simulated", "en"): simulated["en"][0],
        ("simulated", "zh"): simulated["zh"][0],
    }


@pytest.fixture(scope="module")
def pages(reports: dict[tuple[str, str], bytes]) -> dict[tuple[str, str], list[Page]]:
    return {key: read_pages(pdf) for key, pdf in reports.items()}


def test_at_least_twelve_pages_none_with_overlap_or_clipping(
    pages: dict[tuple[str, str], list[Page]],
) -> None:
    for key, found in pages.items():
        assert len(found) >= 12, key
        for page in found:
            assert overlapping_words(page) == [], (key, page.number)
            assert clipped_words(page) == [], (key, page.number)


def test_every_glyph_comes_from_our_embedded_fonts(
    reports: dict[tuple[str, str], bytes],
) -> None:
    for key, pdf in reports.items():
        fonts = embedded_fonts(pdf)
        assert all(fonts.values()), key
        assert all(name.startswith("SE-") for name in fonts), (key, fonts)


def test_no_page_is_nearly_empty(pages: dict[tuple[str, str], list[Page]]) -> None:
    for key, found in pages.items():
        # The cover is a design, the last page ends where the report ends.
        thin = [(page.number, round(page.fill, 2)) for page in found[1:-1] if page.fill < 0.4]
        assert thin == [], key


def test_english_pages_hold_no_chinese(pages: dict[tuple[str, str], list[Page]]) -> None:
    for source in ("real", "simulated"):
        for page in pages[source, "en"]:
            assert not CJK.search(page.text), (source, page.number)


def test_chinese_pages_hold_no_english_sentence(
    pages: dict[tuple[str, str], list[Page]],
) -> None:
    """Names (authors, packages, item ids) may stand in Latin letters; two plain words not."""
    for source in ("real", "simulated"):
        for page in pages[source, "zh"]:
            found = re.findall(r"\b[a-z]{2,} [a-z]{2,}\b", page.text)
            assert found == [], (source, page.number, found)


def test_the_simulated_survey_shows_what_the_real_one_lacks(
    pages: dict[tuple[str, str], list[Page]], simulated: dict[str, tuple[bytes, Any]]
) -> None:
    result = simulated["en"][1]
    text = " ".join(" ".join(page.text.split()) for page in pages["simulated", "en"])
    seconds = result["data"]["median_seconds"]
    assert f"{seconds:.0f}" in text
    assert "weighted (effective n" in text
    assert "Don't know" in text or "Don’t know" in text
    assert "Index by segment" in text
    shown = {row["segment"]: row for row in result["segments"]}
    assert shown["Kiosk"]["est"] is None
    # The next smallest is hidden too: otherwise the total would give the kiosk away.
    hidden = min(("North", "South"), key=lambda name: shown[name]["n"])
    assert shown[hidden]["est"] is None
    assert "withheld (under 30 answers)" in text
    assert "withheld (protects the small group)" in text


def test_both_languages_report_the_same_numbers(
    simulated: dict[str, tuple[bytes, Any]],
) -> None:
    hashes = {language: made[1]["result_sha256"] for language, made in simulated.items()}
    assert hashes["en"] == hashes["zh"]
