"""Resamples of a survey whose constructs are hardly told apart still find their optimum.

The maximum-likelihood solution of the mobi survey has paths beyond 2: as a common start it
is no help to resamples whose own solutions lie elsewhere.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.numerics.moments import Moments
from survey_engine.spec.parse import parse_model

RESAMPLES = 40


def test_a_bad_common_start_is_not_the_end(repository: Path, mobi: pd.DataFrame) -> None:
    text = (repository / "models" / "ecsi.yaml").read_text(encoding="utf-8")
    spec = parse_model(text, file="ecsi.yaml")
    values = mobi[list(spec.indicators)].to_numpy(dtype=float)
    n = len(values)

    def moments(rows: np.ndarray) -> Moments:
        return Moments(
            columns=spec.indicators,
            n=n,
            n_effective=float(n),
            mean=rows.mean(axis=0),
            covariance=np.cov(rows, rowvar=False, bias=True),
        )

    estimator = CbSemEstimator()
    full = estimator.fit(spec, moments(values))
    random = np.random.default_rng(1)
    drawn = [moments(values[random.integers(0, n, n)]) for _ in range(RESAMPLES)]
    covariance = np.stack([one.covariance for one in drawn])
    batch = estimator.fit_batch(spec, full.moments, covariance, start=full)
    # From the common start alone 14 of these 40 do.
    assert batch.converged.sum() >= 25
    for k in np.flatnonzero(batch.converged)[:8]:
        single = estimator.fit(spec, drawn[k])
        # Several optima: a batch may end in the better one, never in none.
        assert single.converged
        assert batch.chisq[k] == pytest.approx(single.chisq, rel=2e-2)
