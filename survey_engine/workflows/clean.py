"""Clean an export by rules: each shown with n and index before and after, then applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from survey_engine.errors import Diagnostic, Severity, SurveyEngineError, diagnostic
from survey_engine.responses.cleaning import (
    Cleaning,
    clean_data,
    default_rule,
    finding,
    not_judged,
)
from survey_engine.responses.late import screen_late
from survey_engine.responses.quality_plan import RULES, CleaningPlan, CleaningRule
from survey_engine.responses.subset import data_hash
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.result import StudySpec
from survey_engine.workflows.clean_table import clean_table
from survey_engine.workflows.resources import authored_text, existing_file
from survey_engine.workflows.run_study import (
    StudyRequest,
    analyse,
    load_identified,
    open_request,
    refuse_errors,
)

FLAGS = "cleaning_rules"


@dataclass(frozen=True, kw_only=True)
class CleaningStep:
    """One rule: whom it names, and what the result is before and after it.

    Attributes
    ----------
    rule : str
    judged, flagged, new : int
        Respondents it could be applied to, it names, and no earlier rule named.
    limit : float or None
        The cut-off used.
    reason : str or None
        Why it could not be judged.
    n_before, n_after : int
    index_before, index_after : float or None
        0-100; None without a model, or where the model gives no admissible index.
    """

    rule: str
    judged: int
    flagged: int
    new: int
    limit: float | None
    reason: str | None
    n_before: int
    n_after: int
    index_before: float | None
    index_after: float | None


@dataclass(frozen=True, kw_only=True)
class CleaningReport:
    """What `clean` shows.

    Attributes
    ----------
    cleaning : Cleaning
        With every rule shown applied; see `applied`.
    asked : bool
        False: nothing was asked for, every rule is shown as if it stood alone.
    applied : bool
        Whether the rules asked for were applied too.
    steps : tuple of CleaningStep
    diagnostics : tuple of Diagnostic
    """

    cleaning: Cleaning
    asked: bool
    applied: bool
    steps: tuple[CleaningStep, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def data(self) -> SurveyData:
        """The respondents left by the rules asked for."""
        return self.cleaning.data if self.applied else self.cleaning.original

    @property
    def plan(self) -> CleaningPlan | None:
        """The rules asked for, for the next wave; default cut-offs are written out."""
        plan = self.cleaning.plan if self.asked else None
        if plan is None:
            return None
        stated = [rule.model_copy(update={"cutoff": rule.limit}) for rule in plan.rules]
        return CleaningPlan(rules=tuple(stated))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        plan = self.plan
        return {
            "applied": self.applied,
            "n_before": self.cleaning.original.n,
            "n_after": self.data.n,
            "rules": [vars(step) for step in self.steps],
            "plan": None if plan is None else _plan_values(plan),
            "data_sha256_before": data_hash(self.cleaning.original),
            "data_sha256_after": data_hash(self.data),
        }

    def to_frame(self) -> pd.DataFrame:
        """One line a rule."""
        return pd.DataFrame([vars(step) for step in self.steps])


def load_plan(path: Path) -> CleaningPlan:
    """A cleaning plan out of its YAML file.

    Raises
    ------
    SurveyEngineError
        There is no such file, or it is not written as a plan is: line and key are named.
    """
    from survey_engine.instrument.authored import validated
    from survey_engine.instrument.yaml_document import compose_document

    text = authored_text(existing_file(path))
    return validated(CleaningPlan, compose_document(text, file=path.name))


def plan_yaml(plan: CleaningPlan) -> str:
    """A plan as the YAML file that ``--plan`` takes."""
    from survey_engine.instrument.dump import dump_plain

    return dump_plain(_plan_values(plan))


def _plan_values(plan: CleaningPlan) -> dict[str, Any]:
    from survey_engine.instrument.dump import plain

    return {"schema": plan.schema_version, **plain(plan)}


def clean_request(
    request: StudyRequest, rules: Sequence[CleaningRule] = (), *, apply: bool = True
) -> CleaningReport:
    """Read an export and clean it.

    Raises
    ------
    SurveyEngineError
        The file, the model or a rule cannot be used.
    """
    model = None if request.model is None else load_identified(request.model)
    data = open_request(request, None if rules else model).data
    return clean_answers(data, rules, model=model, spec=request.spec, apply=apply)


def clean_answers(
    data: SurveyData,
    rules: Sequence[CleaningRule] = (),
    *,
    model: ModelSpec | None = None,
    spec: StudySpec | None = None,
    apply: bool = True,
) -> CleaningReport:
    """Judge rules on validated answers.

    Parameters
    ----------
    data : SurveyData
    rules : sequence of CleaningRule
        Applied one after the other; without any, every rule is shown as if it stood alone
        and nothing is applied.
    model : ModelSpec, optional
        Whose index is shown before and after each rule.
    spec : StudySpec, optional
        How the model is fitted; nothing is resampled.
    apply : bool
        False shows the rules asked for and applies none.

    Raises
    ------
    SurveyEngineError
    """
    refuse_errors(data.diagnostics)
    asked = tuple(rules)
    shown = asked or tuple(map(default_rule, RULES))
    cleaning = clean_data(data, CleaningPlan(rules=shown))
    steps, told = _steps(cleaning, _Fitting(model, spec), cumulative=bool(asked))
    found = [finding(data, hits) for hits in cleaning.hits]
    blind = [not_judged(h) for h in cleaning.hits if asked and h.reason is not None]
    return CleaningReport(
        cleaning=cleaning,
        asked=bool(asked),
        applied=apply and bool(asked),
        steps=steps,
        diagnostics=(*(d for d in found if d is not None), *blind, *screen_late(data), *told),
    )


class _Fitting:
    """The index of a model for changing respondents, each set of them fitted once."""

    def __init__(self, model: ModelSpec | None, spec: StudySpec | None) -> None:
        self.model = model
        changes = {"resamples": 0, "second_opinion": False}
        self.spec = (spec or StudySpec()).model_copy(update=changes)
        self.known: dict[bytes, float | None] = {}
        self.told: list[Diagnostic] = []

    def index(self, cleaning: Cleaning) -> float | None:
        """The index of the respondents left; None where there is none."""
        if self.model is None:
            return None
        key = cleaning.kept.tobytes()
        if key not in self.known:
            self.known[key] = self._fitted(cleaning)
        return self.known[key]

    def _fitted(self, cleaning: Cleaning) -> float | None:
        if self.model is None:
            return None
        try:
            found = analyse(cleaning.data, self.model, self.spec).index
        except SurveyEngineError as problem:
            codes = dict.fromkeys(one.code for one in problem.diagnostics)
            rules = ", ".join(hits.rule.rule for hits in cleaning.hits) or "–"
            self.told.append(
                diagnostic("CLEANING_INDEX_NOT_COMPUTED", rules=rules, codes=", ".join(codes))
            )
            return None
        return None if found is None else found.est


def _steps(
    cleaning: Cleaning, fitting: _Fitting, *, cumulative: bool
) -> tuple[tuple[CleaningStep, ...], list[Diagnostic]]:
    """Rules one after the other, or each alone against the file as it came."""
    untouched = cleaning.first(0)
    steps = []
    for k, hits in enumerate(cleaning.hits):
        before = cleaning.first(k) if cumulative else untouched
        after = cleaning.first(k + 1) if cumulative else Cleaning(cleaning.original, (hits,))
        steps.append(
            CleaningStep(
                rule=hits.rule.rule,
                judged=hits.judged,
                flagged=hits.n,
                new=int(before.kept.sum() - after.kept.sum()),
                limit=hits.limit,
                reason=hits.reason,
                n_before=int(before.kept.sum()),
                n_after=int(after.kept.sum()),
                index_before=fitting.index(before),
                index_after=fitting.index(after),
            )
        )
    return tuple(steps), fitting.told


def cleaned_table(report: CleaningReport) -> bytes:
    """The respondents left, as the CSV file that every command reads."""
    return _csv(clean_table(report.data))


def flagged_table(report: CleaningReport) -> bytes:
    """Every respondent of the file, with the rules that name them in a last column."""
    table = clean_table(report.cleaning.original)
    table[FLAGS] = report.cleaning.flags
    return _csv(table)


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode("utf-8")


def respondent_warnings(data: SurveyData) -> tuple[Diagnostic, ...]:
    """What a check says about respondents: only what is frequent enough to matter."""
    rules = [default_rule(name) for name in ("speeders", "variability")]
    found = [
        finding(data, hits) for hits in clean_data(data, CleaningPlan(rules=tuple(rules))).hits
    ]
    severe = [d for d in found if d is not None and d.severity is Severity.WARNING]
    return (*severe, *screen_late(data))
