"""Templates: everything escaped, nothing computed, sandboxed."""

from __future__ import annotations

import dataclasses
import re

import pytest
from jinja2.exceptions import SecurityError, UndefinedError

from survey_engine.document.blocks import Paragraph
from survey_engine.document.charts.base import Theme
from survey_engine.report.render_html import render_html
from tests.report import sample


def render(document: object, templates: dict[str, str] | None = None) -> str:
    return render_html(
        document,  # type: ignore[arg-type]
        templates=templates or sample.templates(),
        css=sample.style_sheet(),
        theme=Theme(),
    )


def test_text_is_escaped() -> None:
    document = sample.sample_document("en")
    first = dataclasses.replace(
        document.sections[0],
        title="<script>alert(1)</script>",
        blocks=(Paragraph(text='<img src="x"> & more'),),
    )
    html = render(dataclasses.replace(document, sections=(first,)))
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;img src=&#34;x&#34;&gt; &amp; more" in html


def test_every_figure_keeps_its_title_base_and_interval() -> None:
    html = render(sample.sample_document("en"))
    figures = html.split('<div class="figure">')[1:]
    assert len(figures) == 10
    for figure in figures:
        assert figure.index("figure-title") < figure.index("<svg") < figure.index("n = 250")
        assert re.search(r"<svg [^>]*><title>[^<]+</title>", figure)


def test_flags_are_visible_without_colour() -> None:
    html = render(sample.sample_document("en"))
    assert '<td class="right flag-fail">.48<span class="flag">✗</span></td>' in html
    assert '<span class="flag">△</span>' in html


def test_the_language_is_declared() -> None:
    assert '<html lang="en">' in render(sample.sample_document("en"))
    assert '<html lang="zh-Hans-CN">' in render(sample.sample_document("zh"))


def test_templates_do_no_arithmetic_and_trust_no_text() -> None:
    for name, text in sample.templates().items():
        inside = " ".join(re.findall(r"{[{%](.*?)[%}]}", text, flags=re.DOTALL))
        outside_strings = re.sub(r'"[^"]*"|\'[^\']*\'', "", inside)
        assert not re.search(r"[+*/]|(?<!\w)-\s*\d", outside_strings), name
        assert "safe" not in outside_strings, name


def test_templates_run_in_a_sandbox() -> None:
    document = sample.sample_document("en")
    with pytest.raises(SecurityError):
        render(document, {"report.html.j2": "{{ document.__class__.__mro__ }}"})
    with pytest.raises(UndefinedError):
        render(document, {"report.html.j2": "{{ document.nothing }}"})
