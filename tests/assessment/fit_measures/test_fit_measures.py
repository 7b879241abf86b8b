"""Number-level cores of the fit measures, and what is undefined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from survey_engine.assessment.fit_measures import absolute, fit_measures, incremental, residual
from survey_engine.assessment.fit_measures import rmsea as rmsea_family
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.numerics.moments import Moments
from survey_engine.spec.parse import parse_model_text


def test_rmsea_by_hand() -> None:
    # 61.306 / 7224 is .0084864; its root:
    assert rmsea_family.rmsea(85.306, 24, 301) == pytest.approx(0.092122, abs=1e-6)
    assert rmsea_family.rmsea(20.0, 24, 301) == 0.0
    assert rmsea_family.rmsea(0.0, 0, 301) is None


@pytest.mark.parametrize(("chisq", "df"), [(85.3, 24), (30.0, 24), (575.6, 241), (2000.0, 50)])
def test_rmsea_limits_solve_their_equations(chisq: float, df: int) -> None:
    n = 301.0
    lower, upper = rmsea_family.interval(chisq, df, n)
    assert lower is not None
    assert upper is not None
    at = stats.ncx2.cdf(chisq, df, upper**2 * n * df)
    assert at == pytest.approx(0.05, abs=1e-9)
    if lower > 0:
        assert stats.ncx2.cdf(chisq, df, lower**2 * n * df) == pytest.approx(0.95, abs=1e-9)
    assert lower <= (rmsea_family.rmsea(chisq, df, n) or 0) <= upper


def test_rmsea_of_a_perfect_model_has_limits_of_zero() -> None:
    assert rmsea_family.interval(2.0, 24, 301) == (0.0, 0.0)


def test_incremental_by_hand() -> None:
    four = (85.306, 24, 918.852, 36)
    assert incremental.cfi(*four) == pytest.approx(1 - 61.306 / 882.852)
    assert incremental.tli(*four) == pytest.approx(0.8958, abs=1e-4)
    assert incremental.nfi(85.306, 918.852) == pytest.approx(833.546 / 918.852)
    assert incremental.cfi(10, 24, 918.852, 36) == 1.0
    # A baseline that fits leaves nothing to improve.
    assert incremental.cfi(3.0, 5, 4.0, 6) is None
    assert incremental.tli(0.0, 0, 918.852, 36) is None


def test_residual_families_agree_where_variances_are_reproduced() -> None:
    sample = np.array([[2.0, 0.6], [0.6, 1.0]])
    implied = np.array([[2.0, 0.4], [0.4, 1.0]])
    off = 0.2 / math.sqrt(2)
    assert residual.rmr(sample, implied) == pytest.approx(math.sqrt(0.04 / 3))
    assert residual.srmr(sample, implied) == pytest.approx(off / math.sqrt(3))
    assert residual.srmr_mplus(sample, implied) == pytest.approx(off / math.sqrt(3))
    assert residual.crmr(sample, implied) == pytest.approx(off)
    assert residual.crmr(np.eye(1), np.eye(1)) is None


def test_gfi_of_a_perfect_model_is_one() -> None:
    covariance = np.array([[2.0, 0.6, 0.4], [0.6, 1.0, 0.3], [0.4, 0.3, 1.5]])
    moments = Moments(
        columns=("a", "b", "c"),
        n=100,
        n_effective=100.0,
        mean=np.arange(3.0),
        covariance=covariance,
    )
    spec = parse_model_text("F =~ a + b + c", file="m")
    for method in ("ml", "gls", "uls"):
        fit = CbSemEstimator(method=method, meanstructure=True).fit(spec, moments)
        assert absolute.gfi(fit) == pytest.approx(1.0)
    assert absolute.agfi(0.9, 0, 10) is None
    assert absolute.critical_n(0.0, 3, 100, 0.05) is None


def test_a_saturated_model_leaves_tests_undefined() -> None:
    covariance = np.array([[1.0, 0.5, 0.4], [0.5, 1.2, 0.3], [0.4, 0.3, 0.9]])
    moments = Moments(
        columns=("a", "b", "c"),
        n=200,
        n_effective=200.0,
        mean=np.zeros(3),
        covariance=covariance,
    )
    spec = parse_model_text("F =~ a + b + c", file="m")
    measures = fit_measures(CbSemEstimator().fit(spec, moments))
    assert measures["df"] == 0
    assert measures["chisq"] == pytest.approx(0, abs=1e-8)
    for name in ("pvalue", "tli", "rfi", "rmsea", "rmsea_ci_upper", "rmsea_pvalue", "cn_05"):
        assert measures[name] is None, name
    assert measures["cfi"] == pytest.approx(1.0)
    assert measures["srmr"] == pytest.approx(0.0, abs=1e-8)
