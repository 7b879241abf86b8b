"""The sample report as pages: fonts, overlaps, order, security, same bytes."""

from __future__ import annotations

import builtins
import io
import re
from typing import Any

import pypdf
import pytest

from survey_engine.document.charts.base import Theme
from survey_engine.errors import EnvironmentProblem, Severity
from survey_engine.report import render_pdf as module
from survey_engine.report.render_html import render_html
from survey_engine.report.render_pdf import (
    captured_warnings,
    environment_diagnostics,
    render_pdf,
)
from tests.report import sample
from tests.report.pages import (
    Page,
    clipped_words,
    embedded_fonts,
    overlapping_words,
    read_pages,
)

LANGUAGES = ("en", "zh")


def html_of(language: str) -> str:
    return render_html(
        sample.sample_document(language),
        templates=sample.templates(),
        css=sample.style_sheet(),
        theme=Theme(),
    )


@pytest.fixture(scope="module")
def reports() -> dict[str, bytes]:
    made = {}
    with captured_warnings() as messages:
        for language in LANGUAGES:
            made[language] = render_pdf(html_of(language), assets={})
    assert messages == []
    return made


@pytest.fixture(scope="module")
def pages(reports: dict[str, bytes]) -> dict[str, list[Page]]:
    return {language: read_pages(pdf) for language, pdf in reports.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_on_another_and_none_clipped(
    pages: dict[str, list[Page]], language: str
) -> None:
    for page in pages[language]:
        assert overlapping_words(page) == [], page.number
        assert clipped_words(page) == [], page.number


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_our_fonts_and_all_embedded(reports: dict[str, bytes], language: str) -> None:
    fonts = embedded_fonts(reports[language])
    assert all(fonts.values())
    families = {re.sub(r"-(Semi-Bold|Bold|Medium|\d+)?$", "", name) for name in fonts}
    assert all(name.startswith(("SE-Sans", "SE-Display", "SE-CJK")) for name in families)
    assert any("CJK" in name for name in families) == (language == "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_document_properties(reports: dict[str, bytes], language: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(reports[language]))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == {"en": "en", "zh": "zh-Hans-CN"}[language]
    assert root["/MarkInfo"]["/Marked"]
    assert reader.metadata is not None
    assert reader.metadata.title == sample.sample_document(language).title
    assert "/CreationDate" not in reader.metadata
    titles = [item["/Title"] for item in reader.outline]  # type: ignore[call-overload,index]
    assert titles[1:] == [s.title for s in sample.sample_document(language).sections]


def test_contents_names_the_pages(pages: dict[str, list[Page]]) -> None:
    contents = pages["en"][1].text
    for section in sample.sample_document("en").sections:
        match = re.search(rf"{re.escape(section.title)}\s+(\d+)", contents)
        assert match, section.title
        assert section.title in pages["en"][int(match[1]) - 1].text


def test_running_head_and_foot(pages: dict[str, list[Page]]) -> None:
    count = len(pages["en"])
    for page in pages["en"][1:]:
        assert "Customer satisfaction 2026" in page.text
        assert f"{page.number} / {count}" in page.text
    assert f"1 / {count}" not in pages["en"][0].text


def test_table_heads_are_repeated_and_header_cells_have_a_scope(
    reports: dict[str, bytes], pages: dict[str, list[Page]]
) -> None:
    heads = [page.number for page in pages["en"] if "Construct Questions" in page.text]
    assert len(heads) >= 4
    reader = pypdf.PdfReader(io.BytesIO(reports["en"]))
    cells = [
        item
        for item in map(reader.get_object, range(1, int(reader.trailer["/Size"])))
        if isinstance(item, dict) and item.get("/S") == "/TH"
    ]
    assert cells
    assert all(cell["/A"]["/Scope"] == "/Column" for cell in cells)


def test_no_english_word_on_chinese_pages(pages: dict[str, list[Page]]) -> None:
    allowed = {"NPS", "AVE", "HTMT", "Bootstrap", "R", "CUSA", "ecsi", "f", "a", "c"}
    words = {word for page in pages["zh"] for word in re.findall(r"[A-Za-z]+", page.text)}
    assert words <= allowed


def test_wide_pages_are_wide(pages: dict[str, list[Page]]) -> None:
    wide = [page.number for page in pages["en"] if page.width > page.height]
    assert len(wide) == 1


def test_the_same_bytes_twice(reports: dict[str, bytes]) -> None:
    for language in LANGUAGES:
        assert render_pdf(html_of(language), assets={}) == reports[language]


def test_nothing_is_fetched_from_outside(tmp_path: Any) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    html = (
        '<html lang="en"><head><title>t</title>'
        f'<link rel="attachment" href="{secret.as_uri()}">'
        '<link rel="stylesheet" href="http://example.org/a.css"></head>'
        '<body><img src="http://example.org/a.png" alt="x"><p>text</p></body></html>'
    )
    with captured_warnings() as messages:
        pdf = render_pdf(html, assets={})
    assert sum("a report loads nothing from outside" in message for message in messages) == 3
    assert pypdf.PdfReader(io.BytesIO(pdf)).attachments == {}


def test_a_character_without_glyph_is_refused_by_name() -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        render_pdf('<html lang="en"><body><p>fine \U0001f600</p></body></html>', assets={})
    (problem,) = caught.value.diagnostics
    assert problem.code == "GLYPHS_MISSING"
    assert problem.parameters["characters"] == "\U0001f600 (U+1F600)"
    assert problem.parameters["count"] == 1


def test_missing_pango_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_pango(name: str, *rest: Any, **more: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_pango)
    with pytest.raises(EnvironmentProblem) as caught:
        render_pdf('<html lang="en"><body><p>a</p></body></html>', assets={})
    assert [d.code for d in caught.value.diagnostics] == ["PANGO_MISSING"]
    assert [d.code for d in environment_diagnostics()] == ["PANGO_MISSING"]


def test_missing_harfbuzz_subset_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    from weasyprint.text import ffi

    assert module.environment_diagnostics() in ((), environment_diagnostics())
    monkeypatch.setattr(ffi, "harfbuzz_subset", None)
    (found,) = environment_diagnostics()
    assert (found.code, found.severity) == ("HARFBUZZ_SUBSET_MISSING", Severity.WARNING)
