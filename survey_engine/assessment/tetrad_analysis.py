"""CTA-PLS: could the items of a construct all reflect it, or do they form it?

References
----------
Gudergan, S. P., Ringle, C. M., Wende, S. & Will, A. (2008). Confirmatory tetrad analysis
in PLS path modeling. Journal of Business Research 61, 1238-1249: borrowed indicators,
bootstrap, Bonferroni-adjusted bias-corrected intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.resampled import number
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.numerics.item_products import item_products
from survey_engine.numerics.jackknife import grouped_rows
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.numerics.refined_intervals import bca_interval
from survey_engine.numerics.resampling import resampled_moments, resampling_tasks
from survey_engine.numerics.tetrads import PAIRED, Tetrad, model_tetrads, tetrads

_JACKKNIFE = 500


@dataclass(frozen=True, kw_only=True)
class TetradRow:
    """One tetrad with its interval, adjusted for their number (Bonferroni)."""

    items: tuple[str, ...]
    est: float | None
    ci_lower: float | None
    ci_upper: float | None
    vanishes: bool | None


@dataclass(frozen=True, kw_only=True)
class TetradAnalysis:
    """Tetrads of one construct.

    Attributes
    ----------
    borrowed : tuple[str, ...]
        Items of `lender` that complete a block of two or three.
    reflective : bool or None
        Whether every interval contains 0; None without intervals.
    """

    construct: str
    declared: str
    lender: str | None
    borrowed: tuple[str, ...]
    tetrads: tuple[TetradRow, ...]
    level: float
    reflective: bool | None


def tetrad_analyses(
    fit: PlsFit, rows: ArrayRows, *, resamples: int, seed: int, alpha: float = 0.10
) -> tuple[TetradAnalysis, ...]:
    """All constructs with at least two items.

    Parameters
    ----------
    alpha : float
        Family-wise error of one construct's tetrads; each interval has level
        ``1 - alpha / number``.
    """
    found = []
    at = [rows.columns.index(item) for item in fit.spec.indicators]
    plain = ArrayRows(
        columns=fit.spec.indicators, values=rows.values[:, at], weights=rows.weights
    )
    draws, leaves = _resampled(plain, resamples, seed)
    covariance = fit.moments.covariance
    for k, construct in enumerate(fit.spec.constructs):
        block = _block(fit, k)
        if block is None:
            continue
        own, lender, which = block
        here = np.ix_(own, own)
        point = tetrads(covariance[here], which)
        level = 1 - alpha / len(which)
        lower = upper = np.full(len(which), np.nan)
        if draws is not None and leaves is not None:
            lower, upper = bca_interval(
                tetrads(draws[:, own][:, :, own], which),
                point,
                tetrads(leaves[:, own][:, :, own], which),
                level,
            )
        borrowed = tuple(
            fit.spec.indicators[j]
            for j in own
            if fit.spec.indicators[j] not in construct.indicators
        )
        table = _table(fit, own, which, (point, lower, upper))
        judged = [row.vanishes for row in table]
        found.append(
            TetradAnalysis(
                construct=construct.name,
                declared=construct.kind,
                lender=lender,
                borrowed=borrowed,
                tetrads=table,
                level=level,
                reflective=None if None in judged else all(judged),
            )
        )
    return tuple(found)


def _table(
    fit: PlsFit,
    own: list[int],
    which: tuple[Tetrad, ...],
    values: tuple[Array, Array, Array],
) -> tuple[TetradRow, ...]:
    rows = []
    for j, one in enumerate(which):
        est, low, high = (number(part[j]) for part in values)
        rows.append(
            TetradRow(
                items=tuple(fit.spec.indicators[own[i]] for i in one),
                est=est,
                ci_lower=low,
                ci_upper=high,
                vanishes=None if low is None or high is None else low <= 0 <= high,
            )
        )
    return tuple(rows)


def _block(fit: PlsFit, k: int) -> tuple[list[int], str | None, tuple[Tetrad, ...]] | None:
    """Positions of a construct's items, completed to four, and the tetrads that vanish."""
    spec = fit.spec
    size = len(spec.constructs[k].indicators)
    own = [spec.indicators.index(item) for item in spec.constructs[k].indicators]
    if size < 2:
        return None
    if size >= 4:
        return own, None, model_tetrads(size)
    near = np.abs(fit.proxy_correlations[k]).copy()
    near[k] = -1
    lenders = [
        int(j)
        for j in np.argsort(-near, kind="stable")
        if j != k
        and len(spec.constructs[int(j)].indicators) >= 4 - size
        and spec.constructs[int(j)].kind == "reflective"
    ]
    if not lenders:
        return None
    lender = spec.constructs[lenders[0]]
    lent = [spec.indicators.index(item) for item in lender.indicators[: 4 - size]]
    return own + lent, lender.name, model_tetrads(4) if size == 3 else PAIRED


def _resampled(rows: ArrayRows, resamples: int, seed: int) -> tuple[Array | None, Array | None]:
    if resamples < 2 or rows.n_rows < 10:
        return None, None
    products = item_products(rows)
    tasks = resampling_tasks(resamples, seed)
    draws = np.concatenate([resampled_moments(products, task)[1] for task in tasks])
    groups = grouped_rows(rows, groups=min(rows.n_rows, _JACKKNIFE), seed=seed)
    return draws, groups.without(0, groups.groups)[1]
