"""Brand files: readable colours, harmless logos, every problem named."""

from __future__ import annotations

import dataclasses
import io
import struct
import zlib

import pypdf
import pytest
import yaml

from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.colours import contrast
from survey_engine.errors import AuthoringError
from survey_engine.report.brand import TEXT_PAIRS, theme_from_brand
from survey_engine.report.fonts import missing_glyphs, visible_text
from survey_engine.report.render_html import render_html
from survey_engine.report.render_pdf import captured_warnings, render_pdf
from tests.report import sample


def codes(brand: dict[str, object]) -> list[tuple[str, object]]:
    with pytest.raises(AuthoringError) as caught:
        theme_from_brand(brand)
    return [(d.code, d.parameters.get("key")) for d in caught.value.diagnostics]


def test_the_default_brand_is_the_house_theme() -> None:
    text = (sample.REPOSITORY / "reports/brand/default.yaml").read_text(encoding="utf-8")
    assert theme_from_brand(yaml.safe_load(text)) == Theme()


@pytest.mark.parametrize("pair", TEXT_PAIRS)
def test_every_pair_of_the_house_theme_is_readable(pair: tuple[str, str]) -> None:
    theme = Theme()
    assert contrast(getattr(theme, pair[0]), getattr(theme, pair[1])) >= 4.5


def test_problems_are_named_all_at_once() -> None:
    assert codes({"colors": {}, "colours": {"accent": "blue", "akzent": "#000000"}}) == [
        ("BRAND_KEY", "colors"),
        ("BRAND_KEY", "colours.akzent"),
        ("BRAND_COLOUR", "accent"),
    ]


def test_a_pale_colour_is_refused_with_its_contrast() -> None:
    with pytest.raises(AuthoringError) as caught:
        theme_from_brand({"colours": {"muted": "#AAAAAA"}})
    first = caught.value.diagnostics[0]
    assert first.code == "BRAND_CONTRAST"
    assert first.parameters["background"] == "white (#FFFFFF)"
    assert first.parameters["contrast"] == "2.3"


def test_logos_are_pixels_only() -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
    theme = theme_from_brand({"name": "Northbank", "logo": png})
    assert (theme.logo or "").startswith("data:image/png;base64,")
    assert codes({"logo": b"<svg onload='x()'/>"}) == [("BRAND_LOGO", None)]
    assert codes({"logo": png + b"\0" * 1_000_000}) == [("BRAND_LOGO", None)]


def test_glyphs_of_both_languages() -> None:
    assert missing_glyphs("Ω ≥ .70 − “x” 顾客满意度 ①") == set()
    assert missing_glyphs("a\u200b\n\U0001f600") == {"\U0001f600"}
    assert visible_text('<style>x</style><p data-head="y">z</p><title>w</title>') == "yz"


def test_a_logo_reaches_the_cover() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 4, 2, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\x0b\x5f\xa5" * 4) * 2)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)
    theme = theme_from_brand({"name": "Northbank", "logo": png + chunk(b"IEND", b"")})
    document = dataclasses.replace(sample.sample_document("en"), sections=())
    html = render_html(
        document, templates=sample.templates(), css=sample.style_sheet(), theme=theme
    )
    with captured_warnings() as messages:
        pdf = render_pdf(html, assets={})
    assert messages == []
    (image,) = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].images
    assert image.image is not None
    assert image.image.size == (4, 2)
