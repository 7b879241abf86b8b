"""Items of one construct against each other: direction, alpha, scale."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from survey_engine.errors import Diagnostic, Severity, Where, diagnostic
from survey_engine.numerics.moments import Array
from survey_engine.responses.survey_data import SurveyData

# A negative correlation counts when it is beyond noise and not trivially small.
_SMALL_CORRELATION = 0.10
_Z = 3.0
# Standard deviations of one block this far apart were not asked on one scale.
_SCALE_RATIO = 5.0
_ILL_SCALED_RATIO = 1e3


def screen_blocks(
    data: SurveyData, blocks: Mapping[str, tuple[str, ...]]
) -> tuple[Diagnostic, ...]:
    """REVERSED_ITEM, NEGATIVE_ALPHA, SCALE_MISMATCH and ILL_SCALED_ITEM.

    Parameters
    ----------
    data : SurveyData
    blocks : Mapping[str, tuple of str]
        At least two varying items each.
    """
    found: list[Diagnostic] = []
    for construct, items in blocks.items():
        found += _direction(data, construct, items, blocks)
        found += _scales(data, construct, items)
    return (*found, *_ill_scaled(data, blocks))


def _complete(data: SurveyData, items: tuple[str, ...]) -> Array:
    values = data.values[:, data.positions(items)]
    complete: Array = values[~np.isnan(values).any(axis=1)]
    return complete


def _direction(
    data: SurveyData,
    construct: str,
    items: tuple[str, ...],
    blocks: Mapping[str, tuple[str, ...]],
) -> list[Diagnostic]:
    values = _complete(data, items)
    if values.shape[0] <= len(items) or (np.ptp(values, axis=0) == 0).any():
        return []
    sign = _signs(values)
    if (sign > 0).all():
        return []
    against = _item_rest(values, sign) * sign
    noise = max(_SMALL_CORRELATION, _Z / np.sqrt(values.shape[0]))
    minority = [j for j in range(len(items)) if sign[j] < 0 and against[j] < -noise]
    if not minority:
        return []
    others = tuple(i for name, of in blocks.items() if name != construct for i in of)
    outside = _outside(data, items, sign, others)
    tie = 2 * len(minority) == len(items)
    if outside > noise or (not tie and outside > -noise):
        return [_reversed_item(data, construct, items[j], against[j]) for j in minority]
    if tie and outside < -noise:
        majority = [j for j in range(len(items)) if j not in minority]
        return [_reversed_item(data, construct, items[j], against[j]) for j in majority]
    alpha = _alpha(values)
    suspects = ", ".join(items[j] for j in minority)
    where = Where(items=items, constructs=(construct,))
    return [diagnostic("NEGATIVE_ALPHA", where=where, alpha=round(alpha, 2), suspects=suspects)]


def _signs(values: Array) -> Array:
    """Signs of the first principal component; the larger camp is positive, shape (p,)."""
    vector = np.linalg.eigh(np.corrcoef(values.T))[1][:, -1]
    positive, negative = int((vector > 0).sum()), int((vector < 0).sum())
    turn = -1.0 if negative > positive or (negative == positive and vector[0] < 0) else 1.0
    return np.where(turn * vector < 0, -1.0, 1.0)


def _item_rest(values: Array, sign: Array) -> Array:
    """Correlation of each turned item with the sum of the other turned items, (p,)."""
    z = (values - values.mean(axis=0)) / values.std(axis=0) * sign
    rest = z.sum(axis=1, keepdims=True) - z
    rest -= rest.mean(axis=0)
    scale = np.sqrt(np.square(rest).sum(axis=0) * np.square(z).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation: Array = np.nan_to_num((z * rest).sum(axis=0) / scale)
    return correlation


def _outside(
    data: SurveyData, items: tuple[str, ...], sign: Array, others: tuple[str, ...]
) -> float:
    """Correlation of the turned block score with the mean of all other items; 0 if none."""
    if not others:
        return 0.0
    values = _complete(data, (*items, *others))
    spread = values.std(axis=0) if values.shape[0] > 2 else np.zeros(0)
    if spread.size == 0 or (spread == 0).any():
        return 0.0
    z = (values - values.mean(axis=0)) / spread
    inside, outside = z[:, : len(items)] @ sign, z[:, len(items) :].sum(axis=1)
    if inside.std() == 0 or outside.std() == 0:
        return 0.0
    return float(np.corrcoef(inside, outside)[0, 1])


def _reversed_item(
    data: SurveyData, construct: str, item: str, correlation: float
) -> Diagnostic:
    low, high = data.ranges.get(item, (None, None))
    if low is None or high is None:
        answers = data.values[:, data.positions((item,))[0]]
        low, high = float(np.nanmin(answers)), float(np.nanmax(answers))
    return diagnostic(
        "REVERSED_ITEM",
        where=Where(items=(item,), constructs=(construct,)),
        severity=Severity.ERROR if _direction_declared(data, item) else None,
        correlation=round(float(correlation), 2),
        expected_sign="+",
        found_sign="-",
        recoding=f"{low + high:g} − {item}",
    )


def _direction_declared(data: SurveyData, item: str) -> bool:
    """Whether a questionnaire says how the item runs: then the answers contradict it."""
    if data.instrument is None:
        return False
    declared = {asked.id: asked.direction for asked in data.instrument.items}
    return declared.get(item, "none") != "none"


def _alpha(values: Array) -> float:
    """Raw alpha of the block as it stands (Cronbach 1951)."""
    p = values.shape[1]
    total = values.sum(axis=1).var(ddof=1)
    if total == 0:
        return float("-inf")
    return float(p / (p - 1) * (1 - values.var(axis=0, ddof=1).sum() / total))


def _scales(data: SurveyData, construct: str, items: tuple[str, ...]) -> list[Diagnostic]:
    declared = {data.ranges[item] for item in items if item in data.ranges}
    if len(declared) > 1:
        severity, found = Severity.INFO, declared
    elif not declared and _spread_ratio(data, items) >= _SCALE_RATIO:
        severity, found = Severity.WARNING, {_seen_range(data, item) for item in items}
    else:
        return []
    return [
        diagnostic(
            "SCALE_MISMATCH",
            where=Where(items=items, constructs=(construct,)),
            severity=severity,
            scales=", ".join(f"{low:g}–{high:g}" for low, high in sorted(found)),
        )
    ]


def _seen_range(data: SurveyData, item: str) -> tuple[float, float]:
    answers = data.values[:, data.positions((item,))[0]]
    return float(np.nanmin(answers)), float(np.nanmax(answers))


def _spread_ratio(data: SurveyData, items: tuple[str, ...]) -> float:
    spread = np.nanstd(data.values[:, data.positions(items)], axis=0)
    return float(spread.max() / spread.min()) if spread.min() > 0 else 1.0


def _ill_scaled(
    data: SurveyData, blocks: Mapping[str, tuple[str, ...]]
) -> tuple[Diagnostic, ...]:
    items = tuple(dict.fromkeys(i for of in blocks.values() for i in of))
    if not items:
        return ()
    spread = np.nanstd(data.values[:, data.positions(items)], axis=0)
    middle = float(np.median(spread))
    far = (spread > _ILL_SCALED_RATIO * middle) | (spread * _ILL_SCALED_RATIO < middle)
    named = tuple(items[j] for j in np.flatnonzero(far))
    if not named:
        return ()
    found = ", ".join(f"{items[j]} {spread[j]:.3g}" for j in np.flatnonzero(far))
    return (
        diagnostic(
            "ILL_SCALED_ITEM", where=Where(items=named), found=found, median=f"{middle:.3g}"
        ),
    )
