"""A questionnaire as files: a PDF to print, a form to fill in without a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from survey_engine.errors import UsageProblem, diagnostic
from survey_engine.instrument.model import Instrument
from survey_engine.workflows.brand import load_brand
from survey_engine.workflows.resources import form_words, load_forms, load_instrument
from survey_engine.workflows.write_file import write_atomically


def questionnaire_pdf(
    instrument: Instrument, *, language: str, brand: str | None = None
) -> bytes:
    """The printable questionnaire.

    Raises
    ------
    UsageProblem
        ``UNKNOWN_LANGUAGE``: the questionnaire is not written in it.
    SurveyEngineError
        Pango is missing, a sign has no glyph, the brand file cannot be used.
    """
    from survey_engine.report.questionnaire_page import questionnaire_page
    from survey_engine.report.render_pdf import render_pdf
    from survey_engine.report.render_questionnaire import render_print_html

    _refuse_language(instrument, language)
    theme = load_brand(brand).theme
    page = questionnaire_page(
        instrument, language, words=form_words(language), brand=theme.name or None
    )
    return render_pdf(render_print_html(page, sources=load_forms(), theme=theme), assets={})


def questionnaire_form(
    instrument: Instrument, *, language: str, brand: str | None = None
) -> bytes:
    """The self-contained HTML form.

    Raises
    ------
    UsageProblem
        ``UNKNOWN_LANGUAGE``.
    SurveyEngineError
        The brand file cannot be used.
    """
    from survey_engine.report.render_questionnaire import render_form_html

    _refuse_language(instrument, language)
    order: Sequence[str] = instrument.languages
    text = render_form_html(
        instrument,
        language=language,
        words={code: form_words(code) for code in order},
        sources=load_forms(),
        theme=load_brand(brand).theme,
    )
    return text.encode("utf-8")


def _refuse_language(instrument: Instrument, language: str) -> None:
    if language not in instrument.languages:
        known = tuple(instrument.languages)
        raise UsageProblem(diagnostic("UNKNOWN_LANGUAGE", name=language, known=known))


def write_questionnaire(
    name: str, path: Path, *, kind: str, language: str, brand: str | None = None
) -> Path:
    """Write the ``pdf`` or the ``form`` of a preset or file to `path`.

    Raises
    ------
    SurveyEngineError
        See `questionnaire_pdf`, `questionnaire_form`; ``OUTPUT_NOT_WRITABLE``.
    """
    make = questionnaire_pdf if kind == "pdf" else questionnaire_form
    content = make(load_instrument(name), language=language, brand=brand)
    return write_atomically(path, content)
