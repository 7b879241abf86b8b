"""The largest report a file supports: index model, drivers, or single scores."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from survey_engine.analysis.item_scores import item_scores
from survey_engine.analysis.overall_drivers import overall_drivers
from survey_engine.analysis.smaller_report import SmallerReport
from survey_engine.analysis.supported_step import SupportedStep, supported_step
from survey_engine.errors import Diagnostic
from survey_engine.instrument.model import Instrument
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.propose import proposed_model
from survey_engine.study.result import StudySpec
from survey_engine.workflows.resources import (
    load_css,
    load_instrument,
    load_model,
    load_templates,
    load_wording,
    model_of_instrument,
    preset_ids,
)
from survey_engine.workflows.run_study import StudyRequest, open_request, refuse_errors
from survey_engine.workflows.write_file import write_atomically

__all__ = ["SmallerReport", "own_model", "read_step", "smaller_report", "supported_step"]

RESAMPLES = 1000


def own_model(name: str, instrument: Instrument) -> ModelSpec | None:
    """The model an instrument names or shares its id with; else one its constructs carry.

    Raises
    ------
    AuthoringError
        The model's file cannot be used as written.
    """
    wanted = model_of_instrument(name)
    if instrument.models or wanted in preset_ids("models") or Path(wanted).is_file():
        return load_model(wanted)
    labels = {
        key: next(iter(one.label.values()), key) for key, one in instrument.constructs.items()
    }
    return proposed_model(instrument, model_id=f"{instrument.id}-model", labels=labels)


def read_step(request: StudyRequest) -> tuple[SupportedStep, SurveyData]:
    """Read an export and decide on the step its answers support.

    Raises
    ------
    SurveyEngineError
        The file, the questionnaire or its model cannot be used; errors of the answers
        other than absent questions.
    """
    if request.instrument is None:
        raise ValueError("the step is decided by an instrument")
    instrument = load_instrument(request.instrument)
    data = open_request(request).data
    # Absent questions decide the step and are said in the report; anything else stops.
    refuse_errors(tuple(one for one in data.diagnostics if one.code != "ITEM_NOT_FOUND"))
    model = own_model(request.instrument, instrument)
    return supported_step(instrument, data, model), data


def smaller_report(step: SupportedStep, data: SurveyData, spec: StudySpec) -> SmallerReport:
    """Compute what a report on the second or third step says."""
    drivers = None
    if step.step == "drivers" and step.target is not None:
        drivers = overall_drivers(
            data,
            step.target,
            step.drivers,
            confidence=spec.confidence,
            resamples=RESAMPLES if spec.resamples is None else spec.resamples,
            seed=spec.seed,
        )
    return SmallerReport(
        step=step,
        data=data,
        scores=item_scores(data, confidence=spec.confidence),
        drivers=drivers,
        confidence=spec.confidence,
        seed=spec.seed,
    )


def describe_smaller(found: SmallerReport) -> dict[str, Any]:
    """The numbers of the report as plain values."""
    return {
        "step": found.step.step,
        "target": found.step.target,
        "lifts": [asdict(one) for one in found.step.lifts],
        "n": found.data.n,
        "scores": [asdict(one) for one in found.scores],
        "drivers": None if found.drivers is None else asdict(found.drivers),
        "data_sha256": found.data.sha256,
        "confidence": found.confidence,
        "seed": found.seed,
    }


def told_of(found: SmallerReport) -> tuple[Diagnostic, ...]:
    """What reading found; absent questions are said by the report's own step."""
    return tuple(one for one in found.data.diagnostics if one.code != "ITEM_NOT_FOUND")


def write_smaller(
    found: SmallerReport, path: Path, *, language: str, brand: str | None = None
) -> Path:
    """Render the report and put it at `path`.

    Raises
    ------
    SurveyEngineError
        Pango is missing, the brand file cannot be used, ``OUTPUT_NOT_WRITABLE``.
    """
    from survey_engine.report.render_html import render_html
    from survey_engine.report.render_pdf import render_pdf
    from survey_engine.report.smaller_document import compose_smaller
    from survey_engine.workflows.brand import load_brand

    house = load_brand(brand)
    document = compose_smaller(
        found, language=language, wording=load_wording(language), brand=house.texts(language)
    )
    html = render_html(document, templates=load_templates(), css=load_css(), theme=house.theme)
    return write_atomically(path, render_pdf(html, assets={}))
