"""A study's result as files: PDF and results JSON, written whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from survey_engine.errors import EnvironmentProblem, Severity
from survey_engine.report.narrative.diagnostics import DiagnosticWording
from survey_engine.study.result import StudyResult
from survey_engine.workflows.resources import (
    load_css,
    load_templates,
    load_wording,
)
from survey_engine.workflows.write_file import write_atomically


def describe_result(result: StudyResult, *, language: str) -> dict[str, Any]:
    """The result JSON, its diagnostics in words of `language`."""
    from survey_engine.study.document import result_document

    wording = DiagnosticWording(catalogue=load_wording(language))
    return dict(result_document(result, wording.say))


def write_results(result: StudyResult, path: Path, *, language: str) -> Path:
    """Write the result JSON.

    Raises
    ------
    EnvironmentProblem
        ``OUTPUT_NOT_WRITABLE``.
    """
    content = describe_result(result, language=language)
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    return write_atomically(path, text.encode("utf-8"))


def require_pdf() -> None:
    """Say that the PDF cannot be made before minutes of work, not after.

    Raises
    ------
    EnvironmentProblem
        ``PANGO_MISSING``.
    """
    from survey_engine.report.render_pdf import environment_diagnostics

    errors = [d for d in environment_diagnostics() if d.severity is Severity.ERROR]
    if errors:
        raise EnvironmentProblem(*errors)


def render_report(result: StudyResult, *, language: str, brand: str | None = None) -> bytes:
    """The report as PDF bytes: compose, then HTML, then pages.

    Parameters
    ----------
    result : StudyResult
    language : str
        Of the wording file.
    brand : str, optional
        Path of a brand file.

    Raises
    ------
    SurveyEngineError
        Pango is missing, a sign has no glyph, the brand file cannot be used.
    """
    from survey_engine.report.compose import compose
    from survey_engine.report.render_html import render_html
    from survey_engine.report.render_pdf import render_pdf
    from survey_engine.workflows.brand import load_brand

    house = load_brand(brand)
    document = compose(
        result, language=language, wording=load_wording(language), brand=house.texts(language)
    )
    html = render_html(document, templates=load_templates(), css=load_css(), theme=house.theme)
    return render_pdf(html, assets={})


def write_report(
    result: StudyResult, path: Path, *, language: str, brand: str | None = None
) -> Path:
    """Render the report and put it at `path`.

    Raises
    ------
    SurveyEngineError
        See `render_report`; ``OUTPUT_NOT_WRITABLE``.
    """
    return write_atomically(path, render_report(result, language=language, brand=brand))
