"""Case weights from margins of the population: rake, post-stratify, and say what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, ResponseError, Where, diagnostic
from survey_engine.numerics.moments import Array
from survey_engine.numerics.raking import TOLERANCE, Raked, design_effect, effective_n, rake
from survey_engine.responses.margin_cells import margin_codes
from survey_engine.responses.margins import CROSS, Margin
from survey_engine.responses.quality import item_quality
from survey_engine.responses.survey_data import SurveyData
from survey_engine.responses.weights import screen_weights, usable_weights

BOUND = 5.0
COLUMN = "weight"


@dataclass(frozen=True, kw_only=True)
class WeightingOptions:
    """How to weight.

    Attributes
    ----------
    bound : float or None
        c: weights are kept within [1/c, c] of their mean; None does not trim.
    tolerance : float
        Largest relative error of a margin.
    """

    bound: float | None = BOUND
    tolerance: float = TOLERANCE


@dataclass(frozen=True, kw_only=True)
class MarginShare:
    """One category of one margin: shares of the population, before and after weighting."""

    margin: str
    category: str
    n: int
    wanted: float
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class Weighting:
    """Case weights and what they do to the sample.

    Attributes
    ----------
    data : SurveyData
        With the weights as its case weights, column `column` of `extra`.
    column : str
    raked : Raked
    shares : tuple of MarginShare
    design_effect : float
        Kish's, of the final weights.
    n_effective : float
    diagnostics : tuple of Diagnostic
    """

    data: SurveyData
    column: str
    raked: Raked
    shares: tuple[MarginShare, ...]
    design_effect: float
    n_effective: float
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def weights(self) -> Array:
        """Case weights, shape (n,), mean 1; 0 where the base weight is 0."""
        return np.asarray(self.data.weights)

    @property
    def efficiency(self) -> float:
        """Share of the sample size that weighting leaves, ``n_effective / n``."""
        return self.n_effective / self.weights.size

    def to_dict(self) -> dict[str, Any]:
        """Plain values; no respondent's own weight."""
        used = self.weights[self.weights > 0]
        return {
            "n": int(self.weights.size),
            "n_effective": self.n_effective,
            "design_effect": self.design_effect,
            "efficiency": self.efficiency,
            "smallest": float(used.min()),
            "largest": float(used.max()),
            "trimmed": int(self.raked.trimmed.sum()),
            "cells": self.raked.cells,
            "sweeps": self.raked.sweeps,
            "error": self.raked.error,
            "margins": [vars(one) for one in self.shares],
        }

    def to_frame(self) -> pd.DataFrame:
        """The margins before and after, one line a category."""
        return pd.DataFrame([vars(one) for one in self.shares])


def weight_data(
    data: SurveyData, margins: Sequence[Margin], *, options: WeightingOptions | None = None
) -> Weighting:
    """Weight respondents to margins, beginning with the case weights they have.

    Parameters
    ----------
    data : SurveyData
        `data.weights`, if any, are the base weights (a design weight, say).
    margins : sequence of Margin
    options : WeightingOptions, optional

    Returns
    -------
    Weighting

    Raises
    ------
    ResponseError
        ``MARGIN_UNKNOWN_COLUMN``, ``RAKING_UNKNOWN_CATEGORY``, ``RAKING_EMPTY_CATEGORY``,
        ``RAKING_NOT_CONVERGED``, ``INVALID_WEIGHT``.
    """
    asked = options or WeightingOptions()
    base = _base(data)
    used = base > 0
    if not used.any():
        raise ResponseError(diagnostic("NO_WEIGHTED_ROWS", column=data.weight_column))
    coded = [margin_codes(data, margin, used) for margin in margins]
    faults = [fault for _, found in coded for fault in found]
    if faults:
        raise ResponseError(*faults)
    codes = np.column_stack([code for code, _ in coded])[used]
    shares = [np.array(list(margin.shares.values())) for margin in margins]
    raked = rake(codes, shares, base[used], tolerance=asked.tolerance, bound=asked.bound)
    if raked.error > asked.tolerance:
        raise ResponseError(_not_converged(raked, margins))
    weights = np.zeros(data.n)
    weights[used] = raked.weights * data.n / used.sum()
    column = _free_name(data)
    told = _told(raked, data, asked)
    return Weighting(
        data=_with_weights(data, weights, column, told),
        column=column,
        raked=raked,
        shares=_shares(codes, margins, base[used], raked.weights),
        design_effect=design_effect(raked.weights),
        n_effective=effective_n(raked.weights),
        diagnostics=told,
    )


def _base(data: SurveyData) -> Array:
    if data.weights is None:
        return np.ones(data.n)
    errors = tuple(d for d in screen_weights(data) if d.code == "INVALID_WEIGHT")
    if errors:
        raise ResponseError(*errors)
    usable = usable_weights(data.weights)
    return np.ones(data.n) if usable is None else usable


def _not_converged(raked: Raked, margins: Sequence[Margin]) -> Diagnostic:
    j, k = raked.worst
    margin = margins[j]
    category = CROSS.join(list(margin.shares)[k])
    return diagnostic(
        "RAKING_NOT_CONVERGED",
        where=Where(items=margin.columns, values=(category,)),
        margin=margin.name,
        category=category,
        percent=round(100 * raked.error, 4),
        sweeps=raked.sweeps,
    )


def _told(raked: Raked, data: SurveyData, asked: WeightingOptions) -> tuple[Diagnostic, ...]:
    found: list[Diagnostic] = []
    if raked.trimmed.any() and asked.bound is not None:
        n = int(raked.trimmed.sum())
        found.append(diagnostic("WEIGHTS_TRIMMED", n=n, bound=asked.bound))
    if not raked.within:
        found.append(
            diagnostic(
                "WEIGHTS_BEYOND_BOUND",
                bound=asked.bound,
                smallest=round(float(raked.weights.min()), 4),
                largest=round(float(raked.weights.max()), 4),
            )
        )
    if data.weight_column is not None:
        found.append(diagnostic("BASE_WEIGHTS_USED", column=data.weight_column))
    found.append(diagnostic("WEIGHTS_HELD_FIXED"))
    return tuple(found)


def _shares(
    codes: NDArray[np.int64], margins: Sequence[Margin], base: Array, weights: Array
) -> tuple[MarginShare, ...]:
    rows: list[MarginShare] = []
    for j, margin in enumerate(margins):
        size = len(margin.shares)
        count = np.bincount(codes[:, j], minlength=size)
        before, after = (
            np.bincount(codes[:, j], weights=w, minlength=size) / w.sum()
            for w in (base, weights)
        )
        rows += [
            MarginShare(
                margin=margin.name,
                category=CROSS.join(category),
                n=int(count[k]),
                wanted=wanted,
                before=float(before[k]),
                after=float(after[k]),
            )
            for k, (category, wanted) in enumerate(margin.shares.items())
        ]
    return tuple(rows)


def _free_name(data: SurveyData) -> str:
    taken = {*map(str, data.extra.columns), *data.columns}
    name, number = COLUMN, 1
    while name in taken:
        number += 1
        name = f"{COLUMN}_{number}"
    return name


def _with_weights(
    data: SurveyData, weights: Array, column: str, told: tuple[Diagnostic, ...]
) -> SurveyData:
    items = item_quality(data.columns, data.values, data.status, weights=weights)
    return replace(
        data,
        weights=weights,
        weight_column=column,
        extra=data.extra.assign(**{column: weights}),
        quality=replace(data.quality, items=items),
        diagnostics=(*data.diagnostics, *told),
    )
