"""Covariance-based models against lavaan: estimates, standard errors and fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import ArrayRows, Moments
from survey_engine.responses.row_moments import mean_and_covariance
from survey_engine.spec.model_text import parse_model_text
from survey_engine.validation import reference_sem as reference
from survey_engine.validation.check import Check, Frames, Requirement

HOLZINGER = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\n"
DEMOCRACY = """
ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ a*ind60
dem65 ~ c*ind60 + b*dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
ind := a*b
tot := c + a*b
"""
P_VALUE = 1e-4
"""Relative: a chi-square known to 1e-6 of 160 gives its p value to 8e-5 of itself."""
SCHOOLS = ("Pasteur", "Grant-White")
"""Groups in the order lavaan meets them."""


def moments_of(frame: pd.DataFrame, columns: tuple[str, ...]) -> Moments:
    """Moments of complete, equally weighted rows."""
    mean, covariance = mean_and_covariance(frame[list(columns)].to_numpy(np.float64), None)
    n = len(frame)
    return Moments(columns=columns, n=n, n_effective=float(n), mean=mean, covariance=covariance)


def _columns(text: str) -> tuple[str, ...]:
    return parse_model_text(text, file="validation").indicators


def _fit(frame: pd.DataFrame, text: str, method: str = "ml") -> CbSemFit:
    columns = _columns(text)
    rows = ArrayRows(columns=columns, values=frame[list(columns)].to_numpy(np.float64))
    grouped = GroupedMoments.single(moments_of(frame, columns), rows)
    spec = parse_model_text(text, file="validation")
    return CbSemEstimator(method=method).fit(spec, grouped)


def _measures(fit: CbSemFit, expected: Mapping[str, float]) -> Iterator[Check]:
    found = fit_measures(fit)
    for key, value in expected.items():
        mine = found.get(key)
        exact = key in ("npar", "df")
        yield Check(
            cell=key,
            value=float("nan") if mine is None else mine,
            reference=value,
            measure="equal" if exact else "relative",
            tolerance=0.0 if exact else P_VALUE if key == "pvalue" else 1e-6,
        )


def _parameters(fit: CbSemFit, expected: Mapping[str, reference.Row]) -> Iterator[Check]:
    # A defined parameter is known by its name: its formula may be spaced otherwise.
    rows = {
        f"{row.lhs} :=" if row.op == ":=" else f"{row.lhs} {row.op} {row.rhs}": row
        for row in fit.parameters
    }
    for key, numbers in expected.items():
        row = rows[key]
        for column, mine, value in zip(
            ("est", "se", "std.all"), (row.est, row.se, row.std_all), numbers, strict=True
        ):
            yield Check(
                cell=f"{key} ({column})",
                value=float("nan") if mine is None else mine,
                reference=value,
            )


def holzinger(frames: Frames) -> Iterator[Check]:
    """Three factors of nine mental tests, maximum likelihood."""
    fit = _fit(frames["holzinger"], HOLZINGER)
    yield from _measures(fit, reference.HOLZINGER_FIT)
    yield from _parameters(fit, reference.HOLZINGER)


def robust(frames: Frames) -> Iterator[Check]:
    """The same with sandwich errors and a scaled test."""
    fit = _fit(frames["holzinger"], HOLZINGER, "mlr")
    yield from _measures(fit, reference.HOLZINGER_MLR_FIT)
    yield from _parameters(fit, reference.HOLZINGER_MLR)


def groups(frames: Frames) -> Iterator[Check]:
    """Equal loadings, then equal loadings and intercepts, in two schools."""
    columns, frame = _columns(HOLZINGER), frames["holzinger"]
    grouped = GroupedMoments(
        labels=SCHOOLS,
        groups=tuple(moments_of(frame[frame["school"] == name], columns) for name in SCHOOLS),
    )
    spec = parse_model_text(HOLZINGER, file="validation")
    ladder = (
        (("loadings",), reference.HOLZINGER_METRIC_FIT),
        (("loadings", "intercepts"), reference.HOLZINGER_SCALAR_FIT),
    )
    for equal, expected in ladder:
        fit = CbSemEstimator(group_equal=equal).fit(spec, grouped)
        for check in _measures(fit, expected):
            yield Check(
                cell=f"{' + '.join(equal)}: {check.cell}",
                value=check.value,
                reference=check.reference,
                measure=check.measure,
                tolerance=check.tolerance,
            )


def democracy(frames: Frames) -> Iterator[Check]:
    """Bollen's model of industrialisation and democracy, with defined effects."""
    fit = _fit(frames["political_democracy"], DEMOCRACY)
    yield from _measures(fit, reference.DEMOCRACY_FIT)
    yield from _parameters(fit, reference.DEMOCRACY)


_LAVAAN = "lavaan 0.6-20"
REQUIREMENTS = (
    Requirement(
        id="ml_holzinger",
        area="structural",
        source=_LAVAAN,
        run=holzinger,
        needs=("holzinger",),
    ),
    Requirement(
        id="ml_democracy",
        area="structural",
        source=f"{_LAVAAN}; Bollen 1989",
        run=democracy,
        needs=("political_democracy",),
    ),
    Requirement(
        id="ml_groups", area="structural", source=_LAVAAN, run=groups, needs=("holzinger",)
    ),
    Requirement(
        id="mlr_holzinger",
        area="structural",
        source=_LAVAAN,
        run=robust,
        needs=("holzinger",),
    ),
)
