"""What a study says about prediction: PLSpredict, CVPAT, blindfolding, criteria, redundancy."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from survey_engine.assessment.prediction.blindfold import BlindfoldedQ2, blindfolded_q2
from survey_engine.assessment.prediction.criteria import (
    Criteria,
    akaike_weights,
    selection_criteria,
)
from survey_engine.assessment.prediction.cross_validate import (
    CrossValidated,
    How,
    cross_validate,
)
from survey_engine.assessment.prediction.cvpat import (
    LossDifference,
    against_benchmarks,
    against_rival,
)
from survey_engine.assessment.prediction.plspredict import (
    ItemPrediction,
    PredictivePower,
    item_predictions,
    predictive_power,
)
from survey_engine.assessment.prediction.redundancy import Redundancy, redundancy_analysis
from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator, starting_weights
from survey_engine.numerics.folds import Folds, random_folds
from survey_engine.responses.reduce import reduce
from survey_engine.spec.model import ModelSpec
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec

FOLDS, REPETITIONS = 10, 10
"""Shmueli et al. (2019), page 2329."""
LEAST_ROWS = 10
"""A training sample with fewer rows than this is none."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Out-of-sample prediction of a study; whatever was not asked for is empty.

    Attributes
    ----------
    folds, repetitions : int or None
        `folds` equals n where each respondent is a fold.
    antecedents : {"direct", "earliest"}
    items, power, cvpat : tuples
    rival : str or None
        Title or id of the rival model.
    failed, inadmissible : int
        Of all ``folds x repetitions``.
    blindfold : tuple of BlindfoldedQ2
    omission_distance : int or None
    criteria, rival_criteria : tuple of Criteria
    redundancy : tuple of Redundancy
    diagnostics : tuple of Diagnostic
    """

    folds: int | None = None
    repetitions: int | None = None
    antecedents: str = "direct"
    items: tuple[ItemPrediction, ...] = ()
    power: tuple[PredictivePower, ...] = ()
    cvpat: tuple[LossDifference, ...] = ()
    rival: str | None = None
    failed: int = 0
    inadmissible: int = 0
    blindfold: tuple[BlindfoldedQ2, ...] = ()
    omission_distance: int | None = None
    criteria: tuple[Criteria, ...] = ()
    rival_criteria: tuple[Criteria, ...] = ()
    redundancy: tuple[Redundancy, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def refuse_impossible(prepared: Prepared, spec: StudySpec) -> None:
    """Stop before anything is fitted if what was asked about prediction cannot be had.

    Raises
    ------
    EstimationError
        PREDICTION_NOT_AVAILABLE, PREDICTION_FOLDS, PREDICTION_RIVAL_ITEMS,
        REDUNDANCY_UNKNOWN, with every reason at once.
    """
    asked = _asked(spec)
    found: list[Diagnostic] = []
    if asked and (reason := plain_run_obstacle(prepared, spec)):
        found.append(
            diagnostic("PREDICTION_NOT_AVAILABLE", options=", ".join(asked), reason=reason)
        )
    n = prepared.reduction.rows.n_rows
    if _validates(spec) and not found:
        folds, _ = _folds(spec, n)
        if not 2 <= folds <= n or n - -(-n // folds) < LEAST_ROWS:
            found.append(diagnostic("PREDICTION_FOLDS", folds=folds, n=n))
    distance = spec.blindfold
    if distance is not None and (distance < 2 or n % distance == 0):
        near = next(d for d in range(5, n + 6) if n % d)
        found.append(diagnostic("BLINDFOLD_DISTANCE", distance=distance, n=n, near=near))
    found += _rival_items(prepared, spec.rival)
    found += _redundancy_unknown(prepared, spec)
    if found:
        raise EstimationError(*found)


def _asked(spec: StudySpec) -> list[str]:
    wanted = {
        "--predict": spec.predict is not None,
        "--cvpat": spec.cvpat,
        "--rival": spec.rival is not None,
        "--blindfold": spec.blindfold is not None,
        "--redundancy": bool(spec.redundancy),
    }
    return [option for option, given in wanted.items() if given]


def _validates(spec: StudySpec) -> bool:
    """Whether the request needs folds."""
    return spec.predict is not None or spec.cvpat or spec.rival is not None


def plain_run_obstacle(prepared: Prepared, spec: StudySpec) -> str | None:
    """What keeps the study from being one plain PLS run on complete rows, or None."""
    if spec.covariance_based:
        return f"-e {spec.estimator}"
    if prepared.reduction.moments.missing in ("pairwise", "em", "regression"):
        return f"--missing {prepared.reduction.moments.missing}"
    if prepared.model.staged:
        return "A:B / A =~ B"
    return None


def _rival_items(prepared: Prepared, rival: ModelSpec | None) -> list[Diagnostic]:
    if rival is None:
        return []
    foreign = tuple(i for i in rival.indicators if i not in prepared.model.indicators)
    if not foreign:
        return []
    return [diagnostic("PREDICTION_RIVAL_ITEMS", where=Where(items=foreign))]


def _redundancy_unknown(prepared: Prepared, spec: StudySpec) -> list[Diagnostic]:
    blocks = {c.name: c.indicators for c in prepared.model.constructs}
    return [
        diagnostic("REDUNDANCY_UNKNOWN", where=Where(constructs=(name,), items=(item,)))
        for name, item in sorted(spec.redundancy.items())
        if name not in blocks or item not in prepared.data.columns or item in blocks[name]
    ]


def _folds(spec: StudySpec, n: int) -> tuple[int, int]:
    """Folds and repetitions a request asks for."""
    if spec.predict == "loo":
        return n, 1
    if spec.predict is None:
        return FOLDS, REPETITIONS
    folds, _, repetitions = spec.predict.partition("x")
    return int(folds), int(repetitions or REPETITIONS)


def predict(
    prepared: Prepared, fit: PlsFit, estimator: PlsEstimator, spec: StudySpec
) -> Prediction:
    """Everything about prediction the request asks for; criteria always.

    Raises
    ------
    EstimationError
        The rival model cannot be estimated.
    """
    found = Prediction(
        antecedents=spec.antecedents, criteria=selection_criteria(fit, estimator)
    )
    found = _cross_validated(found, prepared, fit, estimator, spec)
    if spec.blindfold is not None:
        values = blindfolded_q2(
            estimator,
            fit.spec,
            prepared.reduction.rows,
            distance=spec.blindfold,
            start=starting_weights(fit),
        )
        found = replace(found, blindfold=values, omission_distance=spec.blindfold)
    if spec.rival is not None:
        found = _beside_rival(found, spec.rival, prepared, estimator)
    return replace(found, redundancy=_redundancy(prepared, spec))


def _cross_validated(
    found: Prediction,
    prepared: Prepared,
    fit: PlsFit,
    estimator: PlsEstimator,
    spec: StudySpec,
) -> Prediction:
    if not _validates(spec):
        return found
    rows = prepared.reduction.rows
    count, repetitions = _folds(spec, rows.n_rows)
    folds = random_folds(rows.n_rows, count, repetitions, spec.seed)
    how = How(antecedents=spec.antecedents, start=starting_weights(fit))
    own = cross_validate(estimator, fit.spec, rows, folds, how)
    items = item_predictions(own)
    tests: list[LossDifference] = []
    if spec.cvpat:
        tests += against_benchmarks(own, confidence=spec.confidence)
    if spec.rival is not None:
        other = _rival_errors(spec.rival, prepared, estimator, folds, how)
        tests += against_rival(own, other, confidence=spec.confidence)
    notes: list[Diagnostic] = []
    if own.failed:
        notes.append(diagnostic("PREDICTION_FOLD_FAILED", failed=own.failed, folds=own.folds))
    return replace(
        found,
        folds=count,
        repetitions=folds.repetitions,
        items=items,
        power=predictive_power(items),
        cvpat=tuple(tests),
        failed=own.failed,
        inadmissible=own.inadmissible,
        diagnostics=tuple(notes),
    )


def _rival_errors(
    rival: ModelSpec, prepared: Prepared, estimator: PlsEstimator, folds: Folds, how: How
) -> CrossValidated:
    plain = replace(estimator, modes={})
    # The starting weights belong to the study's own model.
    return cross_validate(
        plain, rival, prepared.reduction.rows, folds, replace(how, start=None)
    )


def _beside_rival(
    found: Prediction, rival: ModelSpec, prepared: Prepared, estimator: PlsEstimator
) -> Prediction:
    """Criteria of the rival, and Akaike weights of the constructs both explain."""
    plain = replace(estimator, modes={})
    fit = plain.fit(rival, prepared.reduction.moments)
    theirs = {row.construct: row for row in selection_criteria(fit, plain)}
    mine, others = [], dict(theirs)
    for row in found.criteria:
        other = theirs.get(row.construct)
        weights = None if other is None else _weights(row, other)
        if other is None or weights is None:
            mine.append(row)
            continue
        mine.append(replace(row, weights={k: v[0] for k, v in weights.items()}))
        own = {k: v[1] for k, v in weights.items()}
        others[row.construct] = replace(other, weights=own)
    return replace(
        found,
        rival=rival.title.get("en") or rival.id,
        criteria=tuple(mine),
        rival_criteria=tuple(others.values()),
    )


def _weights(first: Criteria, second: Criteria) -> dict[str, tuple[float, float]] | None:
    found = {}
    for name in ("aic", "bic"):
        both = (getattr(first, name), getattr(second, name))
        if None in both:
            return None
        own, other = akaike_weights(np.array(both, dtype=float))
        found[name] = (float(own), float(other))
    return found


def _redundancy(prepared: Prepared, spec: StudySpec) -> tuple[Redundancy, ...]:
    blocks = {construct.name: construct for construct in prepared.model.constructs}
    rows = []
    for name, item in spec.redundancy.items():
        columns = (*blocks[name].indicators, item)
        moments = reduce(prepared.data, columns, missing=spec.missing).moments
        rows.append(
            redundancy_analysis(blocks[name], item, moments, mode=spec.modes.get(name, "B"))
        )
    return tuple(rows)
