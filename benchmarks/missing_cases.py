"""Cases of incomplete answers: full-information maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.cases import _ours, case, simulated


def with_gaps(n: int) -> Any:
    """The simulated answers, each missing with probability 0.1."""
    frame = simulated(n)
    return frame.mask(np.random.default_rng(5).random(frame.shape) < 0.1)


def _our_fiml(n: int) -> Callable[[], dict[str, Any]]:
    """FIML with observed information, saturated and baseline models, every measure."""
    from survey_engine.assessment.fit_measures import fit_measures
    from survey_engine.estimation.cbsem.estimator import CbSemEstimator
    from survey_engine.estimation.cbsem.grouped import GroupedMoments

    spec, moments, rows = _ours(with_gaps(n))

    def work() -> dict[str, Any]:
        fit = CbSemEstimator(missing="fiml").fit(spec, GroupedMoments.single(moments, rows))
        return {"chisq": round(float(fit_measures(fit)["chisq"] or 0), 4)}

    return work


@case("FIML with all measures, ECSI 10 % missing n = 1,000 | survey_engine", 5)
def _() -> Callable[[], dict[str, Any]]:
    return _our_fiml(1000)


@case("FIML with all measures, ECSI 10 % missing n = 10,000 | survey_engine", 3)
def _() -> Callable[[], dict[str, Any]]:
    return _our_fiml(10_000)
