"""Do the intervals of a path cover the estimator's value in the population?"""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.assessment.resampled import Resampled
from survey_engine.estimation.bootstrap import ResamplingOptions, bootstrap
from survey_engine.estimation.jackknife import jackknife
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import ArrayRows, Moments
from survey_engine.spec.parse import parse_model
from survey_engine.study.quantities import layout_of, quantities
from survey_engine.study.statistic import pls_solution, pls_statistic

SAMPLES, ROWS = 200, 150


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["percentile", "bca", "studentised"])
def test_a_path_is_covered(kind: str) -> None:
    spec = parse_model("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A", file="m.txt")
    loading = np.array([0.8, 0.7, 0.6])
    own = np.outer(loading, loading) + np.diag(1 - loading**2)
    across = 0.5 * np.outer(loading, loading)
    population = np.block([[own, across], [across.T, own]])
    estimator = PlsEstimator()

    def fitted(covariance: np.ndarray, n: int) -> tuple:
        moments = Moments(
            columns=spec.indicators,
            n=n,
            n_effective=float(n),
            mean=np.zeros(6),
            covariance=covariance,
        )
        fit = estimator.fit(spec, moments)
        layout = layout_of(spec, metric="standardised", ranges=None, target=None)
        return fit, layout

    truth = fitted(population, 10**6)[0].paths[0, 1]
    random, inside = np.random.default_rng(6), 0
    for seed in range(SAMPLES):
        values = random.multivariate_normal(np.zeros(6), population, size=ROWS)
        fit, layout = fitted(np.cov(values.T, bias=True), ROWS)
        statistic = pls_statistic(estimator, fit, layout)
        rows = ArrayRows(columns=spec.indicators, values=values)
        options = ResamplingOptions(studentised=kind == "studentised")
        resamples = 250 if kind == "studentised" else 500
        drawn = bootstrap(rows, statistic, requested=resamples, seed=seed, options=options)
        sampled = Resampled(
            point=quantities(pls_solution(fit), layout),
            draws=drawn.draws,
            errors=drawn.errors,
            leaves=jackknife(rows, statistic).leaves if kind != "percentile" else {},
            interval=kind,
        )
        found = sampled.estimate("paths", 0, 1)
        assert found.ci_lower is not None
        assert found.ci_upper is not None
        inside += found.ci_lower <= truth <= found.ci_upper
    # 95 % less and plus 3.3 Monte-Carlo standard errors, and what 150 rows may cost.
    assert 0.87 <= inside / SAMPLES <= 0.995, inside / SAMPLES
