"""Rows to `OrdinalMoments`: the one place where ordered answers are decided.

Which answers are categories, which rows enter, what an empty category or cell means,
and the thresholds, correlations and asymptotic covariance that follow, per group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, ResponseError, Severity, Where, diagnostic
from survey_engine.numerics.moments import Array
from survey_engine.numerics.ordinal_layout import OrdinalLayout, in_column_order
from survey_engine.numerics.ordinal_moments import OrdinalMoments
from survey_engine.numerics.ordinal_statistics import OrdinalStatistics, ordinal_statistics
from survey_engine.numerics.pair_tables import MISSING
from survey_engine.responses.listwise import LISTWISE_CAUTION
from survey_engine.responses.ordinal_findings import (
    category_findings,
    table_findings,
    unused_categories,
)
from survey_engine.responses.row_moments import kish_n, scaled_weights
from survey_engine.responses.survey_data import SurveyData
from survey_engine.responses.weights import usable_weights

MOST_CATEGORIES = 30
"""More different answers than a rating scale has: a measured column, not an ordered one."""
_WORST_ITEMS = 3


@dataclass(frozen=True, kw_only=True)
class OrdinalRows:
    """The rows of one group, for what tables cannot answer.

    Attributes
    ----------
    codes : ndarray of int8, shape (n, r)
        Category positions of the ordered columns; -1 = missing.
    values : ndarray, shape (n, q)
        Measured columns; NaN = missing.
    weights : ndarray, shape (n,), or None
        Scaled to sum n.
    """

    codes: NDArray[np.int8]
    values: Array
    weights: Array | None


@dataclass(frozen=True, kw_only=True)
class OrdinalReduction:
    """What ordinal estimators need of some columns of a survey.

    Attributes
    ----------
    moments : tuple[OrdinalMoments, ...]
        One a group, in order of first appearance.
    rows : tuple[OrdinalRows, ...]
    used : ndarray of bool, shape (n,)
    diagnostics : tuple[Diagnostic, ...]
    """

    moments: tuple[OrdinalMoments, ...]
    rows: tuple[OrdinalRows, ...]
    used: NDArray[np.bool_]
    diagnostics: tuple[Diagnostic, ...] = ()


def reduce_ordinal(
    data: SurveyData,
    columns: Sequence[str],
    *,
    ordered: Sequence[str] | None = None,
    group: str | None = None,
    use_weights: bool = True,
    missing: str = "listwise",
) -> OrdinalReduction:
    """Reduce some columns of a survey to `OrdinalMoments`, one per group.

    Parameters
    ----------
    data : SurveyData
    columns : sequence of str
        Item ids, in the order the moments shall have.
    ordered : sequence of str, optional
        Those with ordered answers; all if not given.
    group : str, optional
        Column of `data.extra`; responses without a group are left out.
    use_weights : bool
        Use the case weights of `data`, if it has any.
    missing : {"listwise", "pairwise"}

    Raises
    ------
    ResponseError
        UNKNOWN_COLUMN, ORDINAL_MISSING, NO_COMPLETE_ROWS, TOO_MANY_CATEGORIES,
        ZERO_VARIANCE_ITEM, EMPTY_CATEGORY, POLYCHORIC_AT_LIMIT or ZERO_COVERAGE.
    """
    names = tuple(columns)
    chosen = names if ordered is None else tuple(ordered)
    _refuse_unknown(data, names, chosen, group)
    if missing not in ("listwise", "pairwise"):
        raise ResponseError(diagnostic("ORDINAL_MISSING", missing=missing))
    values = data.values[:, data.positions(names)]
    weights = usable_weights(data.weights) if use_weights else None
    labels = np.zeros(data.n, dtype=object) if group is None else _labels(data, group)
    used, told = _rows_used(names, values, (weights, labels), missing)
    layout = OrdinalLayout(names=names, categories=_categories(names, chosen, values[used]))
    told += unused_categories(layout, data.ranges)
    groups = tuple(dict.fromkeys(labels[used]))
    rows = tuple(
        _rows(layout, values[at], None if weights is None else weights[at])
        for at in (used & (labels == one) for one in groups)
    )
    titles = tuple(None if group is None else str(one) for one in groups)
    told += category_findings(layout, [part.codes for part in rows], titles)
    _stop_at_errors(told)
    made = [
        _moments(layout, part, title, missing) for part, title in zip(rows, titles, strict=True)
    ]
    for moments, statistics in made:
        told += table_findings(moments, statistics)
    _stop_at_errors(told)
    return OrdinalReduction(
        moments=tuple(moments for moments, _ in made),
        rows=rows,
        used=used,
        diagnostics=tuple(told),
    )


def _refuse_unknown(
    data: SurveyData, names: tuple[str, ...], chosen: tuple[str, ...], group: str | None
) -> None:
    unknown = [name for name in names if name not in data.columns]
    unknown += [name for name in chosen if name not in names and name not in data.columns]
    known = list(data.columns)
    if group is not None and group not in data.extra.columns and group not in data.columns:
        unknown, known = [*unknown, group], [*known, *map(str, data.extra.columns)]
    if unknown:
        raise ResponseError(
            diagnostic(
                "UNKNOWN_COLUMN",
                where=Where(items=tuple(unknown)),
                column=", ".join(unknown),
                known=", ".join(known),
            )
        )


def _labels(data: SurveyData, group: str) -> NDArray[np.object_]:
    """Group labels as text, None where there is none, shape (n,)."""
    inside = group not in data.extra.columns
    column = (
        pd.Series(data.values[:, data.positions((group,))[0]]) if inside else data.extra[group]
    )
    labels = column.map(_text).to_numpy(dtype=object)
    labels[column.isna().to_numpy()] = None
    return labels


def _text(label: object) -> str:
    """A whole number stored as 1.0 is the group 1."""
    if isinstance(label, float) and label.is_integer():
        return str(int(label))
    return str(label)


def _rows_used(
    names: tuple[str, ...],
    values: Array,
    of_rows: tuple[Array | None, NDArray[np.object_]],
    missing: str,
) -> tuple[NDArray[np.bool_], list[Diagnostic]]:
    weights, labels = of_rows
    eligible = np.array([label is not None for label in labels])
    if weights is not None:
        eligible &= weights > 0
    observed = ~np.isnan(values)
    used = eligible & (observed.all(axis=1) if missing == "listwise" else observed.any(axis=1))
    gaps = (~observed[eligible]).sum(axis=0)
    order = np.argsort(-gaps, kind="stable")[:_WORST_ITEMS]
    worst = Where(items=tuple(names[j] for j in order if gaps[j] > 0))
    n_read, n = int(eligible.sum()), int(used.sum())
    if n == 0:
        raise ResponseError(diagnostic("NO_COMPLETE_ROWS", where=worst, n_read=n_read))
    if missing == "pairwise":
        flags = observed[used].astype(np.float64)
        pairs = flags.T @ flags
        if pairs.min() == n:
            return used, []
        smallest = int(pairs.min())
        return used, [diagnostic("PAIRWISE_DELETION", n_smallest=smallest, n_largest=n)]
    if n == n_read:
        return used, []
    share = (n_read - n) / n_read
    return used, [
        diagnostic(
            "LISTWISE_DELETION",
            where=worst,
            severity=Severity.WARNING if share > LISTWISE_CAUTION else Severity.INFO,
            n=n,
            n_read=n_read,
            dropped=n_read - n,
            percent=round(100 * share, 1),
        )
    ]


def _categories(
    names: tuple[str, ...], chosen: tuple[str, ...], values: Array
) -> tuple[tuple[float, ...], ...]:
    """The different answers of each ordered column over all groups; () for the others."""
    found: list[tuple[float, ...]] = []
    for j, name in enumerate(names):
        column = values[:, j]
        answers = np.unique(column[~np.isnan(column)]) if name in chosen else np.zeros(0)
        if answers.size > MOST_CATEGORIES:
            raise ResponseError(
                diagnostic(
                    "TOO_MANY_CATEGORIES",
                    where=Where(items=(name,)),
                    n=int(answers.size),
                    limit=MOST_CATEGORIES,
                )
            )
        found.append(tuple(float(answer) for answer in answers))
    return tuple(found)


def _rows(layout: OrdinalLayout, values: Array, weights: Array | None) -> OrdinalRows:
    codes = np.empty((len(values), len(layout.ordered)), dtype=np.int8)
    for at, j in enumerate(layout.ordered):
        column = values[:, j]
        codes[:, at] = np.searchsorted(layout.categories[j], column)
        codes[np.isnan(column), at] = MISSING
    return OrdinalRows(
        codes=codes,
        values=np.ascontiguousarray(values[:, layout.measured]),
        weights=None if weights is None else scaled_weights(weights),
    )


def _moments(
    layout: OrdinalLayout, rows: OrdinalRows, title: str | None, missing: str
) -> tuple[OrdinalMoments, OrdinalStatistics]:
    statistics = ordinal_statistics(rows.codes, rows.values, rows.weights, size=layout.size)
    n = len(rows.codes)
    plain = in_column_order(statistics, layout, n, kish_n(rows.weights, n))
    weighted = rows.weights is not None
    return replace(plain, weighted=weighted, missing=missing, group=title), statistics


def _stop_at_errors(told: list[Diagnostic]) -> None:
    errors = tuple(one for one in told if one.severity is Severity.ERROR)
    if errors:
        raise ResponseError(*errors)
