"""Data quality before any fit: counts per item, and the screen that names culprits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, Severity, Where, diagnostic
from survey_engine.numerics.moments import Array
from survey_engine.responses.blocks import screen_blocks
from survey_engine.responses.collinear import collinear_items
from survey_engine.responses.repeats import screen_repeats
from survey_engine.responses.survey_data import AnswerStatus, ItemQuality, SurveyData
from survey_engine.responses.text import cell_text
from survey_engine.responses.weights import screen_weights, usable_weights

# Below this many answers no group is fitted or published (methodology section 9).
SMALLEST_GROUP = 10
SKEW_SHARE = 0.90
NONRESPONSE_SHARE = 0.15
# Straight-lining is told apart from satisfaction only over a long run of questions.
STRAIGHT_LINE_ITEMS = 8
STRAIGHT_LINE_SHARE = 0.05


def item_quality(
    columns: Sequence[str],
    values: Array,
    status: NDArray[np.int8],
    *,
    weights: Array | None = None,
) -> tuple[ItemQuality, ...]:
    """Count answers and each kind of "no number" per item.

    Parameters
    ----------
    columns : sequence of str, length p
    values : ndarray, shape (n, p)
        NaN where there is no number.
    status : ndarray, shape (n, p)
    weights : ndarray, shape (n,), or None
        Case weights; shares, means and standard deviations (divisor n - 1) use them.
    """
    usable = usable_weights(weights)
    return tuple(
        _one_item(name, values[:, j], status[:, j], usable) for j, name in enumerate(columns)
    )


def _one_item(
    name: str, values: Array, status: NDArray[np.int8], weights: Array | None
) -> ItemQuality:
    seen = ~np.isnan(values)
    answers = values[seen]
    share_of = np.ones(answers.size) if weights is None else weights[seen]
    total = float(share_of.sum())
    counts: dict[float, int] = {}
    shares: dict[float, float] = {}
    mean = deviation = None
    if answers.size and total > 0:
        distinct, code = np.unique(answers, return_inverse=True)
        per_value = np.bincount(code, weights=share_of, minlength=distinct.size) / total
        counts = dict(zip(distinct.tolist(), np.bincount(code).tolist(), strict=True))
        shares = dict(zip(distinct.tolist(), per_value.tolist(), strict=True))
        mean = float(share_of @ answers / total)
        if answers.size > 1:
            variance = float(share_of @ np.square(answers - mean) / total)
            deviation = float(np.sqrt(variance * answers.size / (answers.size - 1)))
    return ItemQuality(
        item=name,
        n_valid=int(answers.size),
        n_dont_know=_count(status, AnswerStatus.DONT_KNOW),
        n_not_asked=_count(status, AnswerStatus.NOT_ASKED),
        n_skipped=_count(status, AnswerStatus.SKIPPED, AnswerStatus.INVALID),
        n_not_reached=_count(status, AnswerStatus.NOT_REACHED),
        n_refused=_count(status, AnswerStatus.REFUSED),
        mean=mean,
        standard_deviation=deviation,
        counts=counts,
        shares=shares,
    )


def _count(status: NDArray[np.int8], *kinds: AnswerStatus) -> int:
    return int(np.isin(status, kinds).sum())


def screen(
    data: SurveyData, blocks: Mapping[str, Sequence[str]] | None = None
) -> tuple[Diagnostic, ...]:
    """Name what is wrong with the data before anything is fitted.

    Parameters
    ----------
    data : SurveyData
        Its `id_column`, `group_columns` and weights are screened too.
    blocks : Mapping[str, sequence of str] or None
        Items by construct; None takes the constructs of the instrument, and without
        one all columns as one set with no block checks. Items not in `data` are left
        to the binding of the model.

    Returns
    -------
    tuple of Diagnostic
        Nothing for a clean file. Every one names items, rows, groups or constructs.
    """
    chosen = {
        name: tuple(item for item in items if item in data.columns)
        for name, items in (blocks if blocks is not None else declared_blocks(data)).items()
    }
    items = tuple(dict.fromkeys(item for of in chosen.values() for item in of)) or data.columns
    values = data.values[:, data.positions(items)]
    healthy, found = _dead_items(items, values)
    alive = {name: tuple(i for i in of if i in healthy) for name, of in chosen.items()}
    columns = data.positions(healthy)
    found += [
        *screen_weights(data),
        *_too_few_rows(values, items),
        *_no_complete_row(data, healthy),
        *collinear_items(healthy, data.values[:, columns]),
        *screen_blocks(data, {name: of for name, of in alive.items() if len(of) > 1}),
        *_extreme_skew(data, healthy),
        *_nonresponse(data, healthy),
        *_straight_lining(data, items),
        *screen_repeats(data, items),
    ]
    for column in data.group_columns:
        found += _groups(data, column, healthy)
    return tuple(found)


def declared_blocks(data: SurveyData) -> dict[str, tuple[str, ...]]:
    """The instrument's items by construct, those in the data; empty without one."""
    blocks: dict[str, list[str]] = {}
    for item in data.instrument.items if data.instrument is not None else ():
        if item.construct_name is not None and item.id in data.columns:
            blocks.setdefault(item.construct_name, []).append(item.id)
    return {name: tuple(items) for name, items in blocks.items()}


def _dead_items(
    items: tuple[str, ...], values: Array
) -> tuple[tuple[str, ...], list[Diagnostic]]:
    """Items with no answer or only one answer: nothing can be computed from them."""
    empty: list[str] = []
    constant: dict[str, float] = {}
    for j, name in enumerate(items):
        seen = values[~np.isnan(values[:, j]), j]
        if seen.size == 0:
            empty.append(name)
        elif np.ptp(seen) == 0:
            constant[name] = float(seen[0])
    found: list[Diagnostic] = []
    if empty:
        found.append(diagnostic("ALL_MISSING_ITEM", where=Where(items=tuple(empty)), n_valid=0))
    if constant:
        numbers = tuple(constant.values())
        found.append(
            diagnostic(
                "ZERO_VARIANCE_ITEM",
                where=Where(items=tuple(constant), values=numbers),
                value=numbers[0] if len(set(numbers)) == 1 else None,
                n=int(values.shape[0]),
                cause="file",
            )
        )
    healthy = tuple(i for i in items if i not in constant and i not in empty)
    return healthy, found


def _too_few_rows(values: Array, items: tuple[str, ...]) -> list[Diagnostic]:
    n, p = int((~np.isnan(values)).any(axis=1).sum()), len(items)
    return [diagnostic("N_LESS_THAN_P", n=n, p=p)] if n < p else []


def _no_complete_row(data: SurveyData, items: tuple[str, ...]) -> list[Diagnostic]:
    """A warning here: whether it stops a fit depends on the treatment of missing answers."""
    gaps = np.isnan(data.values[:, data.positions(items)])
    if not items or not gaps.any(axis=1).all():
        return []
    order = np.argsort(-gaps.sum(axis=0), kind="stable")[:3]
    worst = tuple(items[j] for j in order)
    return [
        diagnostic(
            "NO_COMPLETE_ROWS",
            where=Where(items=worst),
            severity=Severity.WARNING,
            n_read=data.n,
        )
    ]


def _extreme_skew(data: SurveyData, items: tuple[str, ...]) -> list[Diagnostic]:
    by_item = {quality.item: quality for quality in data.quality.items}
    hit: dict[str, float] = {}
    ends: set[str] = set()
    for name in items:
        # Unweighted: one giant weight is EXTREME_WEIGHT, not a ceiling of every item.
        counts = by_item[name].counts
        low, high = data.ranges.get(name, (min(counts), max(counts)))
        # A yes/no question has no middle: its lopsidedness is no ceiling.
        if high - low < 2:
            continue
        for end, at in (("minimum", low), ("maximum", high)):
            share = counts.get(at, 0) / by_item[name].n_valid
            if share >= SKEW_SHARE:
                hit[name] = share
                ends.add(end)
    if not hit:
        return []
    return [
        diagnostic(
            "EXTREME_SKEW",
            where=Where(items=tuple(hit), values=tuple(round(s, 4) for s in hit.values())),
            percent=round(100 * min(hit.values()), 1),
            end="/".join(sorted(ends)),
        )
    ]


def _nonresponse(data: SurveyData, items: tuple[str, ...]) -> list[Diagnostic]:
    status = data.status[:, data.positions(items)]
    asked = (status != AnswerStatus.NOT_ASKED).sum(axis=0)
    silent = np.isin(
        status, (AnswerStatus.DONT_KNOW, AnswerStatus.SKIPPED, AnswerStatus.REFUSED)
    ).sum(axis=0)
    share = silent / np.maximum(asked, 1)
    hit = [j for j in np.argsort(-share, kind="stable") if share[j] > NONRESPONSE_SHARE]
    if not hit:
        return []
    names = tuple(items[j] for j in hit)
    shares = ", ".join(f"{items[j]} {100 * share[j]:.0f} %" for j in hit)
    return [diagnostic("HIGH_ITEM_NONRESPONSE", where=Where(items=names), found=shares)]


def _straight_lining(data: SurveyData, items: tuple[str, ...]) -> list[Diagnostic]:
    if len(items) < STRAIGHT_LINE_ITEMS or data.n == 0:
        return []
    values = data.values[:, data.positions(items)]
    answered = (~np.isnan(values)).sum(axis=1)
    high = np.where(np.isnan(values), -np.inf, values).max(axis=1)
    low = np.where(np.isnan(values), np.inf, values).min(axis=1)
    straight = (answered >= STRAIGHT_LINE_ITEMS) & (high == low)
    share = float(straight.mean())
    if share < STRAIGHT_LINE_SHARE:
        return []
    rows = tuple(int(row) for row in data.rows[straight])
    return [
        diagnostic(
            "STRAIGHT_LINING",
            where=Where(rows=rows),
            n=len(rows),
            percent=round(100 * share, 1),
            questions=len(items),
        )
    ]


def _groups(data: SurveyData, column: str, items: tuple[str, ...]) -> list[Diagnostic]:
    labels = group_labels(data, column)
    values = data.values[:, data.positions(items)]
    counts = {label: int((labels == label).sum()) for label in dict.fromkeys(labels) if label}
    small = {label: n for label, n in counts.items() if n < SMALLEST_GROUP}
    found: list[Diagnostic] = []
    if small:
        found.append(
            diagnostic(
                "GROUP_TOO_SMALL",
                # A segment nobody asked for is left out of the report, no more.
                severity=Severity.ERROR
                if column in data.requested_groups
                else Severity.WARNING,
                where=Where(groups=tuple(small), values=tuple(small.values())),
                column=column,
                counts=", ".join(f"{label}: {n}" for label, n in small.items()),
                threshold=SMALLEST_GROUP,
            )
        )
    for label in (label for label in counts if label not in small):
        dead = _dead_items(items, values[labels == label])[1]
        found += [_in_group(one, label) for one in dead]
    return found


def _in_group(found: Diagnostic, label: str) -> Diagnostic:
    where = Where(items=found.where.items, values=found.where.values, groups=(label,))
    parameters = {**found.parameters, "cause": "group"}
    return diagnostic(found.code, where=where, severity=Severity.WARNING, **parameters)


def group_labels(data: SurveyData, column: str) -> NDArray[np.object_]:
    """Segment of each response as text, "" where it is not known, shape (n,)."""
    return np.array([cell_text(cell) for cell in data.extra[column]], dtype=object)
