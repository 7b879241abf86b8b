"""How much the respondents of a branch agree, and how reliable its mean is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from survey_engine.assessment.agreement import (
    Index,
    OneWay,
    one_way,
    r_wg,
    r_wg_j,
    skewed_null,
    uniform_null,
    within_variances,
)
from survey_engine.assessment.resampled import number
from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.numerics.moments import Array
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec
from survey_engine.study.segments import segment_labels

AGREES = 0.70
"""From this r_wg on a group is usually said to agree (James et al. 1984)."""


@dataclass(frozen=True, kw_only=True)
class WithinGroup:
    """r_wg over groups under one null: mean, median, share of groups from .70 on."""

    mean: float | None
    median: float | None
    share: float | None
    beyond: int
    """Groups whose answers vary more than the null's; their r_wg is 0."""


@dataclass(frozen=True, kw_only=True)
class AgreementRow:
    """One item, or one construct (`item` is None: mean of its items, r_wg(j))."""

    construct: str
    item: str | None
    n: int
    n0: float | None
    icc1: float | None
    icc2: float | None
    f: float | None
    df_between: float | None
    df_within: float | None
    p: float | None
    uniform: WithinGroup | None
    skewed: WithinGroup | None


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Agreement by one column; singles are groups of one respondent."""

    column: str
    groups: int
    singles: int
    rows: tuple[AgreementRow, ...]


def agreement_of(
    prepared: Prepared, spec: StudySpec
) -> tuple[tuple[Agreement, ...], tuple[Diagnostic, ...]]:
    """By the group and the cluster column of a request, from answers really given."""
    found: list[Agreement] = []
    notes: list[Diagnostic] = []
    for column in dict.fromkeys((spec.group, spec.cluster)):
        if column is None:
            continue
        one = _by(prepared, column)
        if one is None:
            where = Where(values=(column,))
            notes.append(diagnostic("AGREEMENT_UNDEFINED", where=where, column=column))
            continue
        found.append(one)
        if prepared.reduction.moments.weighted:
            notes.append(diagnostic("AGREEMENT_UNWEIGHTED", column=column))
    return tuple(found), tuple(notes)


def _by(prepared: Prepared, column: str) -> Agreement | None:
    labels = np.array(segment_labels(prepared, column), dtype=object)
    known = np.array([label is not None for label in labels], dtype=bool)
    if not known.any():
        return None
    group = np.unique(labels[known].astype(str), return_inverse=True)[1].astype(np.intp)
    sizes = np.bincount(group)
    if len(sizes) < 2 or sizes.max() < 2:
        return None
    rows: list[AgreementRow] = []
    for construct in prepared.model.constructs:
        items = tuple(i for i in construct.indicators if i in prepared.data.columns)
        if items:
            values = prepared.data.values[prepared.reduction.used][known]
            block = values[:, prepared.data.positions(items)]
            nulls = _nulls(prepared, items)
            rows += _rows(construct.name, items, block, group, nulls)
    return Agreement(
        column=column,
        groups=len(sizes),
        singles=int((sizes == 1).sum()),
        rows=tuple(rows),
    )


def _nulls(prepared: Prepared, items: tuple[str, ...]) -> tuple[Array, Array] | None:
    """Null variances of the items; None where a scale is not declared or not of steps."""
    ranges = prepared.data.ranges
    if any(item not in ranges for item in items):
        return None
    limits = np.array([ranges[item] for item in items])
    options = limits[:, 1] - limits[:, 0] + 1
    if (options < 2).any() or (options != np.round(options)).any():
        return None
    return uniform_null(options), skewed_null(options)


def _rows(
    construct: str,
    items: tuple[str, ...],
    block: Array,
    group: Index,
    nulls: tuple[Array, Array] | None,
) -> list[AgreementRow]:
    # The mean of the items is of those who answered all of them.
    average = block.mean(axis=1, keepdims=True)
    by_item, of_mean = one_way(block, group), one_way(average, group)
    complete = np.where(np.isfinite(average), block, np.nan)
    single, joint = within_variances(block, group), within_variances(complete, group)
    counts = np.isfinite(block).sum(axis=0)
    rows = [_row((construct, None), of_mean, 0, int(np.isfinite(average).sum()), nulls, joint)]
    if len(items) > 1:
        for k, item in enumerate(items):
            own = None if nulls is None else (nulls[0][[k]], nulls[1][[k]])
            rows.append(
                _row((construct, item), by_item, k, int(counts[k]), own, single[:, [k]])
            )
    else:
        rows[0] = _row((construct, items[0]), by_item, 0, int(counts[0]), nulls, single)
    return rows


def _row(
    name: tuple[str, str | None],
    found: OneWay,
    at: int,
    n: int,
    nulls: tuple[Array, Array] | None,
    variances: Array,
) -> AgreementRow:
    uniform, skewed = (
        (None, None) if nulls is None else (_within(variances, null) for null in nulls)
    )
    return AgreementRow(
        construct=name[0],
        item=name[1],
        n=n,
        n0=number(found.n0[at]),
        icc1=number(found.icc1[at]),
        icc2=number(found.icc2[at]),
        f=number(found.f[at]),
        df_between=number(found.df_between[at]),
        df_within=number(found.df_within[at]),
        p=number(found.p[at]),
        uniform=uniform,
        skewed=skewed,
    )


def _within(variances: Array, null: Array) -> WithinGroup:
    each = r_wg(variances, null)[:, 0] if variances.shape[1] == 1 else r_wg_j(variances, null)
    known = each[np.isfinite(each)]
    if known.size == 0:
        return WithinGroup(mean=None, median=None, share=None, beyond=0)
    with np.errstate(invalid="ignore"):
        beyond = (variances / null).mean(axis=1) > 1
    return WithinGroup(
        mean=float(known.mean()),
        median=float(np.median(known)),
        share=float((known >= AGREES).mean()),
        beyond=int(beyond.sum()),
    )


def agreement_rows(found: tuple[Agreement, ...]) -> list[dict[str, Any]]:
    """Agreement in the result JSON; empty without a group or cluster column."""
    return [
        {
            "column": one.column,
            "groups": one.groups,
            "singles": one.singles,
            "rows": [
                {
                    **vars(row),
                    "uniform": None if row.uniform is None else vars(row.uniform),
                    "skewed": None if row.skewed is None else vars(row.skewed),
                }
                for row in one.rows
            ],
        }
        for one in found
    ]
