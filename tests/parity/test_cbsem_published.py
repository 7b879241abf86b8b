"""ML CB-SEM against published values, on data every clone has.

Reference numbers: lavaan 0.6-20, whose values for these two models have been published
in the literature for decades (Joreskog 1969; Bollen 1989, p. 333).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Moments
from survey_engine.spec.parse import parse_model_text
from survey_engine.validation.structural import DEMOCRACY, HOLZINGER

CORE = """
Image =~ IMAG1+IMAG2+IMAG3+IMAG4+IMAG5
Quality =~ PERQ1+PERQ2+PERQ3+PERQ4+PERQ5+PERQ6+PERQ7
Value =~ PERV1+PERV2
Satisfaction =~ CUSA1+CUSA2+CUSA3
Loyalty =~ CUSL1+CUSL2+CUSL3
Quality ~ Image
Value ~ Quality
Satisfaction ~ Image + Quality + Value
Loyalty ~ Image + Satisfaction
"""


def _fit(text: str, frame: pd.DataFrame) -> CbSemFit:
    numbers = frame.select_dtypes("number")
    values = numbers.to_numpy(float)
    moments = Moments(
        columns=tuple(numbers.columns),
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )
    return CbSemEstimator().fit(parse_model_text(text, file="model"), moments)


def _row(fit: CbSemFit, lhs: str, op: str, rhs: str) -> tuple[float | None, ...]:
    row = next(r for r in fit.parameters if (r.lhs, r.op, r.rhs) == (lhs, op, rhs))
    return row.est, row.se, row.std_all


HOLZINGER_MEASURES = {
    "npar": 21,
    "chisq": 85.3055217697941,
    "df": 24,
    "pvalue": 8.50255321704907e-09,
    "baseline_chisq": 918.851589292384,
    "baseline_df": 36,
    "cfi": 0.930559651799538,
    "tli": 0.895839477699307,
    "logl": -3737.74492662611,
    "unrestricted_logl": -3695.09216574121,
    "aic": 7517.48985325221,
    "bic": 7595.33916881194,
    "bic2": 7528.7391117306,
    "rmsea": 0.0921214845100345,
    "rmsea_ci_lower": 0.0714184904397985,
    "rmsea_ci_upper": 0.113678016811833,
    "rmsea_pvalue": 0.000661236778076502,
    "srmr": 0.0652050562115922,
    "gfi": 0.943332048829408,
    "agfi": 0.89374759155514,
    "mfi": 0.903177285931631,
    "cn_05": 129.490200301725,
    "ecvi": 0.422941932790014,
}


def test_holzinger_swineford_fit(holzinger: pd.DataFrame) -> None:
    measures = fit_measures(_fit(HOLZINGER, holzinger))
    for name, expected in HOLZINGER_MEASURES.items():
        assert measures[name] == pytest.approx(expected, rel=1e-6), name


@pytest.mark.parametrize(
    ("lhs", "op", "rhs", "est", "se", "std_all"),
    [
        ("visual", "=~", "x1", 1.0, 0.0, 0.771880176434943),
        ("visual", "=~", "x2", 0.553500185826969, 0.099665182362459, 0.423600648058866),
        ("speed", "=~", "x9", 1.08153019237105, 0.151167409385718, 0.665009406429147),
        ("x8", "~~", "x8", 0.487697369408902, 0.0741940662962611, 0.477207015974926),
        ("visual", "~~", "speed", 0.26222470028599, 0.0562764085624185, 0.47053475230703),
    ],
)
def test_holzinger_swineford_estimates(
    holzinger: pd.DataFrame, lhs: str, op: str, rhs: str, est: float, se: float, std_all: float
) -> None:
    found = _row(_fit(HOLZINGER, holzinger), lhs, op, rhs)
    assert found == pytest.approx((est, se, std_all), rel=1e-6)


def test_political_democracy(political_democracy: pd.DataFrame) -> None:
    fit = _fit(DEMOCRACY, political_democracy)
    measures = fit_measures(fit)
    # Bollen (1989): chi-square 38.13 on 35 degrees of freedom.
    assert fit.chisq == pytest.approx(38.1252, abs=5e-5)
    assert fit.df == 35
    assert measures["rmsea"] == pytest.approx(0.0345044826786253, rel=1e-6)
    assert measures["srmr"] == pytest.approx(0.0444175464655883, rel=1e-6)
    assert measures["gfi"] == pytest.approx(0.922670993013222, rel=1e-6)
    a, _, _ = _row(fit, "dem60", "~", "ind60")
    b, _, _ = _row(fit, "dem65", "~", "dem60")
    c, _, _ = _row(fit, "dem65", "~", "ind60")
    defined = {r.lhs: r.est for r in fit.parameters if r.op == ":="}
    assert defined["ind"] == pytest.approx((a or 0) * (b or 0))
    assert defined["tot"] == pytest.approx((c or 0) + (a or 0) * (b or 0))


def test_mobi_core_model(mobi: pd.DataFrame) -> None:
    fit = _fit(CORE, mobi)
    measures = fit_measures(fit)
    assert fit.chisq == pytest.approx(433.569906700169, rel=1e-9)
    assert measures["cfi"] == pytest.approx(0.888367485533963, rel=1e-6)
    assert measures["rmsea_ci_upper"] == pytest.approx(0.0908272401597898, rel=1e-6)
    found = _row(fit, "Satisfaction", "~", "Image")
    assert found == pytest.approx(
        (1.62816106128131, 1.89054609223966, 2.02383822273885), rel=1e-6
    )
