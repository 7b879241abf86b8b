"""Covariance-based models of the same items side by side: tests, criteria, Wald tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from survey_engine.assessment.model_tests.compare import LikelihoodRatio, RivalModel
from survey_engine.assessment.model_tests.nested import Difference, nested_models, rivals
from survey_engine.assessment.model_tests.restrictions import restriction_test
from survey_engine.assessment.model_tests.score_tests import ScoreTest
from survey_engine.assessment.model_tests.wald import WaldTest, wald_test
from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.bind import observed_variables
from survey_engine.spec.model import ModelSpec
from survey_engine.study.canonical import plain
from survey_engine.study.document_after_fit import score_row
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study

SCHEMA = "1"
DIFFERENCES: tuple[Difference, ...] = (
    "satorra-bentler-2001",
    "satorra-bentler-2010",
    "satorra-2000",
)


@dataclass(frozen=True, kw_only=True)
class ComparedModel:
    """One model of a comparison: its fit (of all groups), and what was noticed."""

    name: str
    fit: CbSemFit
    admissible: str
    equality_total: ScoreTest | None
    equality: tuple[ScoreTest, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Models of the same answers, in the order given; `nested` from the freest on.

    Attributes
    ----------
    nested : tuple of LikelihoodRatio
        Each model against the one before: valid where it is a special case of it.
    rivals : tuple of RivalModel
        Differences to the first model; valid for any models.
    difference : str
        How differences of chi-squares were made; ``"plain"`` for those subtracted.
    wald : WaldTest or None
        Of constraints on the first model.
    """

    estimator: str
    n: int
    models: tuple[ComparedModel, ...]
    nested: tuple[LikelihoodRatio, ...]
    rivals: tuple[RivalModel, ...]
    difference: str
    wald: WaldTest | None
    diagnostics: tuple[Diagnostic, ...]

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Long tables: ``nested``, ``rivals``, ``wald``, ``equality_tests``."""
        first = self.models[0].name
        return {
            "nested": [asdict(row) for row in self.nested],
            "rivals": [asdict(row) for row in self.rivals],
            "wald": [] if self.wald is None else [{"model": first, **asdict(self.wald)}],
            "equality_tests": [
                {"model": one.name, **score_row(row)}
                for one in self.models
                for row in (*_total(one), *one.equality)
            ],
        }

    def to_dict(self) -> dict[str, Any]:
        """Everything but the diagnostics as plain values; undefined is None."""
        document: dict[str, Any] = plain(
            {
                "schema": SCHEMA,
                "estimator": self.estimator,
                "difference": self.difference,
                "n": self.n,
                "models": [
                    {
                        "model": one.name,
                        "converged": one.fit.converged,
                        "admissible": one.admissible,
                    }
                    for one in self.models
                ],
                **self.tables(),
            }
        )
        return document


def compare_models(
    data: SurveyData,
    models: Mapping[str, ModelSpec],
    spec: StudySpec,
    *,
    difference: Difference | None = None,
    constraints: Sequence[str] = (),
    progress: Callable[[str, int, int], None] | None = None,
) -> Comparison:
    """Fit every model to the same answers and compare them.

    Parameters
    ----------
    data : SurveyData
    models : Mapping of str to ModelSpec
    spec : StudySpec
        Estimator, groups, weights, treatment of gaps and the like; nothing is resampled.
    difference : str, optional
        See `nested_models`; ordered answers always take Satorra's (2000).
    constraints : sequence of str
        Of labelled parameters of the first model, tested together (Wald).
    progress : callable, optional

    Raises
    ------
    EstimationError
        COMPARE_UNSUPPORTED, COMPARE_ITEMS_DIFFER, or why a model cannot be fitted.
    """
    _refuse(models, spec)
    quick = spec.model_copy(
        update={"resamples": 0, "second_opinion": False, "exploratory": False}
    )
    results: dict[str, StudyResult] = {}
    for k, (name, model) in enumerate(models.items()):
        if progress is not None:
            progress("models", k + 1, len(models))
        results[name] = run_study(data, model, quick)
    found = tuple(_compared(name, one) for name, one in results.items())
    fits = {one.name: one.fit for one in found}
    rows, how = _nested(fits, difference, ordinal=bool(spec.ordered))
    notes: list[Diagnostic] = []
    for one in results.values():
        notes += [note for note in one.diagnostics if note not in notes]
    own = found[0].fit
    wald = wald_test(own.parameters, own.free_covariance, constraints) if constraints else None
    return Comparison(
        estimator=spec.estimator,
        n=next(iter(results.values())).n,
        models=found,
        nested=rows,
        rivals=rivals(fits),
        difference=how,
        wald=wald,
        diagnostics=(*notes, *_doubts(rows)),
    )


def _refuse(models: Mapping[str, ModelSpec], spec: StudySpec) -> None:
    what = [] if spec.covariance_based else [f"-e {spec.estimator}"]
    what += ["--missing mi"] if spec.missing == "mi" else []
    if what:
        raise EstimationError(diagnostic("COMPARE_UNSUPPORTED", what=", ".join(what)))
    (first, own), *others = models.items()
    items = set(observed_variables(own))
    for name, model in others:
        differ = tuple(sorted(items ^ set(observed_variables(model))))
        if differ:
            where = Where(items=differ)
            raise EstimationError(
                diagnostic("COMPARE_ITEMS_DIFFER", where=where, first=first, second=name)
            )


def _compared(name: str, result: StudyResult) -> ComparedModel:
    fit = result.groups_fit or result.fit
    assert isinstance(fit, CbSemFit)  # noqa: S101  (refused before)
    after = result.after_fit
    return ComparedModel(
        name=name,
        fit=fit,
        admissible=result.assessment.admissibility.verdict,
        equality_total=None if after is None else after.equality_total,
        equality=() if after is None else after.equality,
    )


def _total(one: ComparedModel) -> tuple[ScoreTest, ...]:
    """The test of all equalities at once, where there are any."""
    total = one.equality_total
    return (total,) if total is not None and total.df and one.equality else ()


def _nested(
    fits: Mapping[str, CbSemFit], difference: Difference | None, *, ordinal: bool
) -> tuple[tuple[LikelihoodRatio, ...], str]:
    robust = any(fit.scaled is not None for fit in fits.values())
    if not ordinal:
        shifted = any(fit.scaled is not None and fit.scaled.shift for fit in fits.values())
        usual = "satorra-2000" if shifted else "satorra-bentler-2001"
        return nested_models(fits, difference=difference), (
            (difference or usual) if robust else "plain"
        )
    rows = nested_models(fits, difference="satorra-bentler-2001")
    ordered = sorted(fits.items(), key=lambda pair: pair[1].df)
    tested = [
        restriction_test(smaller, larger, name=name)
        for (_, larger), (name, smaller) in pairwise(ordered)
    ]
    return (rows[0], *tested), "satorra-2000"


def _doubts(rows: Sequence[LikelihoodRatio]) -> list[Diagnostic]:
    """Pairs that cannot be nested, or whose chi-squares say that they are not."""
    notes = []
    for larger, smaller in pairwise(rows):
        names: dict[str, Any] = {"first": larger.model, "second": smaller.model}
        if smaller.df == larger.df:
            notes.append(diagnostic("COMPARE_SAME_DF", df=smaller.df, **names))
        elif smaller.chisq < larger.chisq - 1e-6 * max(1.0, larger.chisq):
            names["chisq_first"] = f"{larger.chisq:.3f}"
            names["chisq_second"] = f"{smaller.chisq:.3f}"
            notes.append(diagnostic("COMPARE_NOT_NESTED", **names))
        elif smaller.chisq_diff is None:
            notes.append(diagnostic("COMPARE_NO_DIFFERENCE", **names))
    return notes
