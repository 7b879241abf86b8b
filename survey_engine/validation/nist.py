"""NIST Statistical Reference Datasets: means, deviations and regressions.

Data and certified values are works of the United States government, in the public
domain (NIST StRD, univariate summary statistics and linear regression). Longley's data
come with statsmodels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from survey_engine.numerics.moments import Array, Moments
from survey_engine.numerics.small_systems import solve_symmetric
from survey_engine.responses.row_moments import mean_and_covariance
from survey_engine.validation.check import DIGITS, Check, Frames, Requirement

# x, y of Norris: calibration of ozone monitors.
_NORRIS = """
0.2 0.1 337.4 338.8 118.2 118.1 884.6 888.0 10.1 9.2 226.5 228.1 666.3 668.5 996.3 998.5
448.6 449.1 777.0 778.9 558.2 559.2 0.4 0.3 0.6 0.1 775.5 778.1 666.9 668.8 338.0 339.3
447.5 448.9 11.6 10.8 556.0 557.7 228.1 228.3 995.8 998.0 887.6 888.8 120.2 119.6 0.3 0.3
0.3 0.6 556.8 557.6 339.1 339.3 887.2 888.0 999.0 998.5 779.0 778.9 11.1 10.2 118.3 117.6
229.2 228.9 669.1 668.4 448.9 449.2 0.5 0.2
"""
NORRIS = {
    "intercept": -0.262323073774029,
    "slope": 1.00211681802045,
    "sigma": 0.884796396144373,
}
LONGLEY = {
    "intercept": -3482258.63459582,
    "GNPDEFL": 15.0618722713733,
    "GNP": -0.358191792925910e-01,
    "UNEMP": -2.02022980381683,
    "ARMED": -1.03322686717359,
    "POP": -0.511041056535807e-01,
    "YEAR": 1829.15146461355,
    "sigma": 304.854073561965,
}
NUMACC = {
    # name: (value, step up, step down, times), certified mean and standard deviation
    "NumAcc1": (np.array([10000001.0, 10000003.0, 10000002.0]), 10000002.0, 1.0),
    "NumAcc2": (np.array([1.2, *[1.1, 1.3] * 500]), 1.2, 0.1),
    "NumAcc3": (np.array([1000000.2, *[1000000.1, 1000000.3] * 500]), 1000000.2, 0.1),
    "NumAcc4": (np.array([10000000.2, *[10000000.1, 10000000.3] * 500]), 10000000.2, 0.1),
}
REPRESENTABLE = {"NumAcc3": 9.0, "NumAcc4": 8.0}
"""Digits of a deviation of .1 that answers of 1e6 and 1e7 can hold: 1000000.2 as a double
is off by 1e-11, so nothing computed from it is closer to .1 than ten digits."""


def univariate(frames: Frames) -> Iterator[Check]:
    """Means and standard deviations (divisor n - 1)."""
    del frames
    for name, (values, mean, deviation) in NUMACC.items():
        found_mean, covariance = mean_and_covariance(values[:, None], None)
        n = len(values)
        found = float(np.sqrt(covariance[0, 0] * n / (n - 1)))
        yield Check(
            cell=f"{name} mean",
            value=float(found_mean[0]),
            reference=mean,
            measure="digits",
            tolerance=DIGITS,
        )
        yield Check(
            cell=f"{name} standard deviation",
            value=found,
            reference=deviation,
            measure="digits",
            tolerance=REPRESENTABLE.get(name, DIGITS),
        )


def linear(frames: Frames) -> Iterator[Check]:
    """Coefficients and residual standard deviations of Norris and Longley."""
    norris = np.array(_NORRIS.split(), dtype=np.float64).reshape(-1, 2)
    found = dict(zip(NORRIS, _regression(norris), strict=True))
    yield from _coefficients("Norris", found, NORRIS)
    longley = frames["longley"]
    columns = [*[name for name in LONGLEY if name in longley.columns], "TOTEMP"]
    found = dict(zip(LONGLEY, _regression(longley[columns].to_numpy(float)), strict=True))
    yield from _coefficients("Longley", found, LONGLEY)


def _regression(values: Array) -> list[float]:
    """Intercept, slopes and residual SD of the last column on the others, by moments."""
    n, p = values.shape
    mean, covariance = mean_and_covariance(values, None)
    moments = Moments(
        columns=tuple(map(str, range(p))),
        n=n,
        n_effective=float(n),
        mean=mean,
        covariance=covariance,
    )
    r, deviation = moments.correlation, moments.standard_deviation
    left, right = r[:-1, :-1, None], r[:-1, -1][:, None, None]
    beta = solve_symmetric(left, right)[0][:, 0, 0]
    slopes = beta * deviation[-1] / deviation[:-1]
    unexplained = 1 - float(beta @ r[:-1, -1])
    sigma = deviation[-1] * np.sqrt(unexplained * (n - 1) / (n - p))
    return [float(mean[-1] - slopes @ mean[:-1]), *slopes.tolist(), float(sigma)]


def _coefficients(
    name: str, found: dict[str, float], certified: dict[str, float]
) -> Iterator[Check]:
    for key, reference in certified.items():
        yield Check(
            cell=f"{name} {key}",
            value=found[key],
            reference=reference,
            measure="digits",
            tolerance=DIGITS,
        )


REQUIREMENTS = (
    Requirement(id="nist_univariate", area="arithmetic", source="NIST StRD", run=univariate),
    Requirement(
        id="nist_regression",
        area="arithmetic",
        source="NIST StRD",
        run=linear,
        needs=("longley",),
    ),
)
