r"""Score (Lagrange multiplier) tests: what would freeing a parameter, or an equality, give?

With s the slope of the log-likelihood and I the expected information, freeing the
direction d beside the model's own directions K is worth

.. math:: X^2 = N \frac{(d's)^2}{d'Id - d'IK (K'IK)^{-1} K'Id}

(Aitchison & Silvey 1958; Sorbom 1989, eq. 6) and is expected to move the parameter by
``d's`` over the same denominator (Saris, Satorra & Sorbom 1987). Nothing is refitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from survey_engine.assessment.model_tests.candidates import candidates
from survey_engine.assessment.model_tests.point import Location, ModelPoint, places_of
from survey_engine.numerics.covariance_structure import (
    Places,
    information_between,
    information_diagonal,
)
from survey_engine.numerics.moments import Array

UNIDENTIFIED = 1e-7
"""Below this share of its own information a parameter only repeats what the model has."""


@dataclass(frozen=True, kw_only=True)
class ModificationIndex:
    """What freeing one fixed parameter would give.

    Attributes
    ----------
    lhs, op, rhs, group
        `group` counts from 1.
    mi : float
        Expected fall of chi-square.
    mi_scaled : float
        `mi` over the scaling factor of the model's chi-square; equal to it without one.
    epc : float
        Expected change of the parameter.
    sepc_lv, sepc_all : float or None
        The change standardised by latent, and by all variables.
    """

    lhs: str
    op: str
    rhs: str
    group: int
    mi: float
    mi_scaled: float
    p: float
    epc: float
    sepc_lv: float | None
    sepc_all: float | None


@dataclass(frozen=True, kw_only=True)
class ScoreTest:
    """A score test of one or several equality constraints.

    Attributes
    ----------
    lhs, rhs : tuple[str, ...]
        The parameter and what it is held equal to, as texts with the group.
    chisq : float
    df : int
    p : float
    epc : float or None
        Expected change of the freed parameter (single constraints).
    """

    lhs: str
    rhs: str
    chisq: float
    df: int
    p: float
    epc: float | None = None
    location: Location | None = None


def modification_indices(
    point: ModelPoint,
    *,
    exogenous: tuple[str, ...] = (),
    scaling: float = 1.0,
    at: Sequence[Location] | None = None,
) -> tuple[ModificationIndex, ...]:
    """Score tests of every fixed parameter, in the order of `candidates`.

    Parameters
    ----------
    point : ModelPoint
        At the optimum.
    exogenous : tuple of str
    scaling : float
        Scaling factor of a robust chi-square.
    at : sequence of Location, optional
        Test these instead.

    Returns
    -------
    tuple of ModificationIndex
        Without those that freeing would not identify.
    """
    locations = tuple(candidates(point, exogenous=exogenous) if at is None else at)
    if not locations:
        return ()
    where = places_of(locations, point.variables)
    gain, change, known = _gains(point, where)
    lv, everything = _change_scales(point, where)
    return tuple(
        ModificationIndex(
            lhs=one.lhs,
            op=one.op,
            rhs=one.rhs,
            group=one.group,
            mi=float(gain[i]),
            mi_scaled=float(gain[i]) / scaling,
            p=float(chdtrc(1, gain[i] / scaling)),
            epc=float(change[i]),
            sepc_lv=_finite(change[i] * lv[i]),
            sepc_all=_finite(change[i] * everything[i]),
        )
        for i, one in enumerate(locations)
        if known[i]
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _gains(point: ModelPoint, where: Places) -> tuple[Array, Array, Array]:
    """Falls of chi-square, expected changes, and which places are identified."""
    frame, share = point.frame, point.sample.share
    own, others = point.along(where), point.along(point.places)
    crossed = information_between(frame, own, others, share) @ point.design
    inner = point.design.T @ point.information() @ point.design
    raw = information_diagonal(frame, own, share)
    left = raw - np.einsum("ar,ar->a", crossed, np.linalg.solve(inner, crossed.T).T)
    known = left > UNIDENTIFIED * raw
    safe = np.where(known, left, 1.0)
    slope = point.score(where)
    return point.total * slope**2 / safe, slope / safe, known


def _change_scales(point: ModelPoint, where: Places) -> tuple[Array, Array]:
    """What turns a change into its standardised twin: latents only, and all variables."""
    total = np.diagonal(point.reduced.covariance, axis1=1, axis2=2)
    residual = np.diagonal(point.arrows.symmetric, axis1=1, axis2=2)
    observed = np.arange(len(point.variables)) < point.arrows.n_observed
    g, row, column = where.group, where.row, where.column
    found = []
    with np.errstate(invalid="ignore", divide="ignore"):
        for latent_only in (True, False):
            sd, rest = (
                np.sqrt(np.where(observed & latent_only, 1.0, variance))
                for variance in (total, residual)
            )
            arrow = sd[g, column] / sd[g, row]
            pair = 1 / (rest[g, row] * rest[g, column])
            found.append(np.where(where.kind == 0, arrow, pair))
    return found[0], found[1]


def equality_tests(point: ModelPoint) -> tuple[ScoreTest, tuple[ScoreTest, ...]]:
    """Score tests of every parameter that is held equal to an earlier one.

    Returns
    -------
    total : ScoreTest
        Of all constraints together.
    each : tuple of ScoreTest
        One constraint released, the others kept.
    """
    numbers = [point.rows[i].free for i in point.free]
    first = {number: numbers.index(number) for number in numbers}
    tied = [k for k, number in enumerate(numbers) if first[number] != k]
    if not tied:
        return ScoreTest(lhs="", rhs="", chisq=0.0, df=0, p=np.nan), ()
    information, slope = point.information(), point.score(point.places)
    inner = point.design.T @ information @ point.design
    crossed = information[tied] @ point.design
    left = information[np.ix_(tied, tied)] - crossed @ np.linalg.solve(inner, crossed.T)
    s = slope[tied]
    df = len(tied)
    together = point.total * float(s @ np.linalg.pinv(left, hermitian=True) @ s)
    several = len(point.sample.n) > 1
    single = point.total * s**2 / np.diagonal(left)
    each = tuple(
        ScoreTest(
            lhs=_text(point, first[numbers[k]], several=several),
            rhs=_text(point, k, several=several),
            chisq=float(single[i]),
            df=1,
            p=float(chdtrc(1, single[i])),
            epc=float(s[i] / left[i, i]),
            location=_location(point, k),
        )
        for i, k in enumerate(tied)
    )
    total = ScoreTest(lhs="", rhs="", chisq=together, df=df, p=float(chdtrc(df, together)))
    return total, each


def _location(point: ModelPoint, k: int) -> Location:
    row = point.rows[point.free[k]]
    return Location(lhs=row.lhs, op=row.op, rhs=row.rhs, group=row.group)


def _text(point: ModelPoint, k: int, *, several: bool) -> str:
    row = point.rows[point.free[k]]
    text = f"{row.lhs} {row.op} {row.rhs}".strip()
    return f"{text} [{row.group_label or row.group}]" if several else text
