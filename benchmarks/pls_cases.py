"""More PLS cases: 10,000 resamples, groups and prediction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.cases import _our_study, _ours, case, mobi

TEN_THOUSAND = "10,000 PLS resamples with HTMT and all intervals, n = 250"
GROUPS = "MICOM with 1,000 permutations, and CVPAT 10 x 10, n = 250"


@case(f"{TEN_THOUSAND} | survey_engine", 3)
def _() -> Callable[[], dict[str, Any]]:
    return _our_study(mobi(), resamples=10_000)


@case(f"{GROUPS} | survey_engine", 3)
def _() -> Callable[[], dict[str, Any]]:
    from survey_engine.analysis.groups.compare import HowToCompare, compare_groups
    from survey_engine.assessment.prediction.cross_validate import How, cross_validate
    from survey_engine.assessment.prediction.cvpat import against_benchmarks
    from survey_engine.estimation.pls.estimator import PlsEstimator
    from survey_engine.numerics.folds import random_folds

    spec, _moments, rows = _ours(mobi())
    labels = ["a" if k % 2 else "b" for k in range(rows.n_rows)]
    estimator = PlsEstimator()

    def work() -> dict[str, Any]:
        how = HowToCompare(permutations=1_000, resamples=0)
        found = compare_groups(estimator, spec, rows, labels, column="half", how=how)
        folds = random_folds(rows.n_rows, 10, 10, seed=1)
        errors = cross_validate(estimator, spec, rows, folds, How())
        test = against_benchmarks(errors, confidence=0.95)[0]
        return {"usable": found.pairs[0].usable, "t": round(float(test.t or 0), 3)}

    return work
