"""The lint of a questionnaire together with the models it says it feeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from survey_engine.errors import Diagnostic, Severity, SurveyEngineError, Where, diagnostic
from survey_engine.instrument.lint import LintReport, lint
from survey_engine.instrument.lint.run import CORRELATION
from survey_engine.instrument.model import Instrument
from survey_engine.instrument.nearest import nearest_name
from survey_engine.spec.bind import observed_variables
from survey_engine.spec.identify import identify
from survey_engine.spec.model import ModelSpec
from survey_engine.workflows.resources import (
    load_instrument,
    load_model,
    model_beside,
    preset_ids,
)


def lint_questionnaire(
    name: str, *, languages: Sequence[str] = (), correlation: float = CORRELATION
) -> tuple[Instrument, LintReport]:
    """Lint a preset or a file, its models included.

    Raises
    ------
    UsageProblem, AuthoringError
        The name is unknown; the file cannot be used as written.
    """
    instrument = load_instrument(name)
    report = lint(
        instrument,
        languages=languages,
        correlation=correlation,
        further=tuple(model_remarks(instrument, name)),
    )
    return instrument, report


def model_remarks(instrument: Instrument, file: str = "") -> Iterator[Diagnostic]:
    """What keeps the models of a questionnaire from being estimated.

    `file` is the questionnaire's own name: models may lie beside it.
    """
    for name in instrument.models:
        try:
            model = load_model(model_beside(file, name) if file else name)
        except SurveyEngineError:
            near = nearest_name(name, preset_ids("models")) or "–"
            yield diagnostic("LINT_MODEL_UNKNOWN", model=name, suggestion=near)
            continue
        yield from _shape(model)
        yield from _fed(instrument, model)


def _shape(model: ModelSpec) -> Iterator[Diagnostic]:
    for fault in identify(model):
        if fault.severity is not Severity.INFO:
            yield diagnostic(
                "LINT_MODEL_SHAPE",
                where=Where(constructs=fault.where.constructs),
                severity=fault.severity,
                model=model.id,
                reason=fault.code,
            )


def _fed(instrument: Instrument, model: ModelSpec) -> Iterator[Diagnostic]:
    items = {item.id: item for item in instrument.items}
    needed = observed_variables(model)
    missing = tuple(name for name in needed if name not in items)
    if missing:
        yield diagnostic("LINT_MODEL_NOT_FED", where=Where(items=missing), model=model.id)
    routed = tuple(n for n in needed if n in items and items[n].asked_if is not None)
    if routed:
        yield diagnostic("LINT_ROUTED_INDICATOR", where=Where(items=routed), model=model.id)
