"""An export and a model in; every engine's numbers and the reasons for differences out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from survey_engine.report.narrative.diagnostics import DiagnosticWording
from survey_engine.report.narrative.reconciliation import ReconciliationWording
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.canonical import plain
from survey_engine.study.reconcile import ENGINES, reconcile
from survey_engine.study.reconciliation import SCHEMA, Reconciliation
from survey_engine.study.result import StudySpec
from survey_engine.workflows.resources import load_wording
from survey_engine.workflows.run_study import (
    Progress,
    StudyRequest,
    load_identified,
    open_request,
    refuse_errors,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, repr=False)
class Reconciled:
    """A reconciliation that can say itself; `found` holds everything as values."""

    found: Reconciliation

    @property
    def lead(self) -> str | None:
        """The engine whose numbers to report."""
        return self.found.lead

    def to_dict(self, *, lang: str = "en") -> dict[str, Any]:
        """The JSON as a dictionary, sentences in words of `lang`."""
        catalogue = load_wording(lang)
        words = ReconciliationWording(catalogue=catalogue)
        told = DiagnosticWording(catalogue=catalogue)
        document = {"schema": SCHEMA, **self.found.to_dict()}
        for row, one in zip(document["differences"], self.found.differences, strict=True):
            row["sentence"] = words.difference(one)
        for row, engine in zip(document["engines"], self.found.engines, strict=True):
            row["remarks"] = [told.message(reason) for reason in engine.reasons]
        document["lead"]["sentence"] = words.lead(self.found)
        document["diagnostics"] = [told.described(one) for one in self.found.diagnostics]
        made: dict[str, Any] = plain(document)
        return made

    def to_frame(self, table: str = "table") -> pd.DataFrame:
        """``"table"`` (paths, index and ranks, a column an engine), ``"differences"`` or
        ``"engines"``.

        Raises
        ------
        KeyError
            There is no such table.
        """
        return self.found.to_frame(table)

    def explain(self, *, lang: str = "en") -> tuple[str, ...]:
        """Which engine leads and why, then a sentence for each difference."""
        words = ReconciliationWording(catalogue=load_wording(lang))
        said = (words.difference(one) for one in self.found.differences)
        return (words.lead(self.found), *said)

    def __repr__(self) -> str:
        fitted = [one.engine for one in self.found.engines if one.status == "fitted"]
        return f"Reconciled({self.found.model.id} by {', '.join(fitted)}; {self.lead} leads)"


def reconcile_data(
    data: SurveyData,
    model: ModelSpec,
    spec: StudySpec,
    *,
    engines: tuple[str, ...] = ENGINES,
    progress: Progress | None = None,
) -> Reconciled:
    """Reconcile the engines on validated answers.

    Raises
    ------
    SurveyEngineError
        The answers have errors, or no engine can fit.
    """
    refuse_errors(data.diagnostics)
    return Reconciled(found=reconcile(data, model, spec, engines=engines, progress=progress))


def reconcile_request(
    request: StudyRequest,
    *,
    engines: tuple[str, ...] = ENGINES,
    progress: Progress | None = None,
) -> Reconciled:
    """Read an export and reconcile the engines on it.

    Raises
    ------
    SurveyEngineError
        File, instrument or model cannot be used, or no engine can fit.
    """
    if request.model is None:
        raise ValueError("a reconciliation needs a model")
    model = load_identified(request.model)
    data = open_request(request, model).data
    return reconcile_data(data, model, request.spec, engines=engines, progress=progress)
