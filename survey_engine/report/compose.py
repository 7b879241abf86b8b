"""`compose`: a study's result as a report document in one language.

Pure: no file is read, no clock is asked. The words come as a parsed wording file, the
chapters from the registry `SECTIONS`; a new chapter is one file in ``sections/`` and
one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from survey_engine.document.blocks import Omission, ReportDocument, Section
from survey_engine.report import questionnaire
from survey_engine.report.narrative.labels import Labels
from survey_engine.report.narrative.numbers import Numbers
from survey_engine.report.narrative.wording import Wording
from survey_engine.report.sections import (
    answered,
    appendix,
    appendix_groups,
    appendix_pls,
    appendix_prediction,
    appendix_robustness,
    checks,
    closing,
    drivers,
    index_page,
    items,
    loyalty,
    measurement,
    method,
    path_model,
    priorities,
    reading,
    scores,
    segments,
    summary,
)
from survey_engine.report.sections.context import BrandTexts, Context
from survey_engine.study.result import StudyResult

Builder = Callable[[Context], tuple[Section | Omission, ...]]

SECTIONS: tuple[Builder, ...] = (
    summary.build,
    reading.build,
    answered.build,
    scores.build,
    index_page.build,
    drivers.build,
    priorities.build,
    loyalty.build,
    path_model.build,
    measurement.build,
    items.build,
    segments.build,
    method.build,
    appendix.build,
    appendix_pls.build,
    appendix_robustness.build,
    appendix_prediction.build,
    appendix_groups.build,
    checks.build,
    questionnaire.build,
    closing.build,
)
"""Chapters in the order of the report."""

_RESTS_ON_SOLUTION = frozenset(
    {"scores", "index", "drivers", "priorities", "actions", "loyalty", "model"}
)


def compose(
    result: StudyResult,
    *,
    language: str,
    wording: Mapping[str, Any],
    brand: BrandTexts | None = None,
    trail: list[tuple[str, float]] | None = None,
) -> ReportDocument:
    """Compose the report of a study.

    Parameters
    ----------
    result : StudyResult
    language : str
        Code of the wording file, such as ``"en"``.
    wording : Mapping[str, Any]
        The parsed wording file of `language`.
    brand : BrandTexts, optional
        Cover words and reading bands.
    trail : list, optional
        Collects (printed text, unrounded value) of every formatted number.

    Returns
    -------
    ReportDocument
        Pages the data cannot support stand in `omissions` with the reason, and in words
        in the method chapter.

    Raises
    ------
    survey_engine.report.narrative.wording.MissingWording
        If the wording file lacks a key.
    """
    words = Wording(language=language, catalogue=wording)
    context = Context(
        result=result,
        words=words,
        numbers=Numbers(formats=words.node("formats"), trail=trail),
        labels=Labels(language=language, model=result.model, instrument=result.data.instrument),
        brand=brand or BrandTexts(),
    )
    omissions = _omissions(context)
    context = replace(context, omissions=omissions)
    sections = tuple(
        _with_banner(context, built)
        for build in SECTIONS
        for built in build(context)
        if isinstance(built, Section)
    )
    return _document(context, sections)


def _omissions(context: Context) -> tuple[Omission, ...]:
    """A first pass: what every chapter leaves out, for the method chapter to print."""
    return tuple(
        built for build in SECTIONS for built in build(context) if isinstance(built, Omission)
    )


def _with_banner(context: Context, section: Section) -> Section:
    """A warning on every page whose numbers rest on a doubtful solution."""
    verdict = context.result.assessment.admissibility.verdict
    if verdict == "yes" or section.id not in _RESTS_ON_SOLUTION:
        return section
    banner = context.text(f"method.banner_{verdict}", "warning")
    return replace(section, blocks=(banner, *section.blocks))


def _document(context: Context, sections: tuple[Section, ...]) -> ReportDocument:
    words, brand, result = context.words, context.brand, context.result
    titles = result.data.instrument.title if result.data.instrument else result.model.title
    return ReportDocument(
        language=words.language,
        title=brand.title or words.say("report.cover.title"),
        subtitle=context.labels.fill(titles),
        client=brand.client,
        prepared_by=brand.prepared_by,
        date_line=brand.date_line,
        confidentiality=brand.confidentiality or words.say("report.cover.confidentiality"),
        contents_title=words.say("report.cover.contents"),
        footer=words.say(
            "report.cover.footer",
            model=result.provenance.model,
            hash=result.provenance.data_sha256[:12],
        ),
        page_word=words.say("report.cover.page"),
        sections=sections,
        omissions=context.omissions,
        meta=_meta(context),
    )


def _meta(context: Context) -> dict[str, str]:
    """Facts of the cover, by name, and what document properties need."""
    result = context.result
    return {
        "base": context.base,
        "source": result.data.source,
        "model": result.provenance.model,
        "engine": f"survey_engine {result.provenance.engine_version}",
        "seed": str(result.provenance.seed),
        "data_sha256": result.provenance.data_sha256,
    }
