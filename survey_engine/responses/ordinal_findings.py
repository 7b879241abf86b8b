"""What ordered answers lack: categories nobody chose, few answers, empty cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.numerics.ordinal_layout import OrdinalLayout
from survey_engine.numerics.ordinal_moments import OrdinalMoments
from survey_engine.numerics.ordinal_statistics import OrdinalStatistics
from survey_engine.numerics.pair_tables import pairs_of

# Fewer answers than this leave a threshold with a standard error of a third and more.
SPARSE = 10
# Above this many categories treating the answers as measured loses little
# (Rhemtulla, Brosseau-Liard & Savalei 2012, p. 371).
MANY = 7
_NAMED = 5


def unused_categories(
    layout: OrdinalLayout, ranges: Mapping[str, tuple[float, float]]
) -> list[Diagnostic]:
    """UNUSED_CATEGORY: declared answers nobody chose; MANY_CATEGORIES."""
    found: list[Diagnostic] = []
    for j in layout.ordered:
        name, answers = layout.names[j], layout.categories[j]
        low, high = ranges.get(name, (answers[0], answers[-1]))
        declared = np.arange(low, high + 1) if name in ranges else np.zeros(0)
        unused = tuple(float(one) for one in declared if one not in answers)
        if unused:
            found.append(
                diagnostic(
                    "UNUSED_CATEGORY",
                    where=Where(items=(name,), values=unused),
                    n=len(answers),
                )
            )
    many = tuple(layout.names[j] for j in layout.ordered if len(layout.categories[j]) > MANY)
    if many:
        most = max(len(layout.categories[j]) for j in layout.ordered)
        found.append(diagnostic("MANY_CATEGORIES", where=Where(items=many), most=most))
    return found


def category_findings(
    layout: OrdinalLayout,
    codes: Sequence[NDArray[np.int8]],
    titles: Sequence[str | None],
) -> list[Diagnostic]:
    """ZERO_VARIANCE_ITEM, EMPTY_CATEGORY and SPARSE_CATEGORIES, group by group."""
    found: list[Diagnostic] = []
    for part, title in zip(codes, titles, strict=True):
        groups = () if title is None else (title,)
        sparse: dict[str, str] = {}
        for at, j in enumerate(layout.ordered):
            name, answers = layout.names[j], np.array(layout.categories[j])
            column = part[:, at]
            count = np.bincount(column[column >= 0], minlength=len(answers))
            if (count > 0).sum() <= 1:
                found.append(_constant(name, tuple(answers[count > 0]), groups, len(part)))
            elif (count == 0).any():
                found.append(_empty(name, answers[count == 0], groups))
            elif (count < SPARSE).any():
                few = np.flatnonzero(count < SPARSE)
                sparse[name] = ", ".join(f"{answers[k]:g}: {count[k]}" for k in few)
        if sparse:
            found.append(
                diagnostic(
                    "SPARSE_CATEGORIES",
                    where=Where(items=tuple(sparse), groups=groups),
                    limit=SPARSE,
                    found="; ".join(f"{name} ({few})" for name, few in sparse.items()),
                )
            )
    return found


def _constant(
    name: str, values: tuple[float, ...], groups: tuple[str, ...], n: int
) -> Diagnostic:
    return diagnostic(
        "ZERO_VARIANCE_ITEM",
        where=Where(items=(name,), values=values, groups=groups),
        value=values[0] if values else None,
        n=n,
        cause="ordered",
    )


def _empty(name: str, values: NDArray[np.float64], groups: tuple[str, ...]) -> Diagnostic:
    return diagnostic(
        "EMPTY_CATEGORY",
        where=Where(items=(name,), values=tuple(float(one) for one in values), groups=groups),
        categories=", ".join(f"{one:g}" for one in values),
        group=", ".join(groups),
    )


def table_findings(moments: OrdinalMoments, statistics: OrdinalStatistics) -> list[Diagnostic]:
    """Empty cells, correlations at their limit, and whether the matrix is definite."""
    found: list[Diagnostic] = []
    groups = () if moments.group is None else (moments.group,)
    ordered = [
        name for name, is_one in zip(moments.columns, moments.ordered, strict=True) if is_one
    ]
    measured = [
        name
        for name, is_one in zip(moments.columns, moments.ordered, strict=True)
        if not is_one
    ]
    first, second = pairs_of(len(ordered))
    empty = _empty_cells(statistics, first, second)
    pairs = [f"{ordered[i]}–{ordered[j]}" for i, j in zip(first, second, strict=True)]
    if statistics.adjusted.any():
        of = np.flatnonzero(statistics.adjusted)
        named = dict.fromkeys(ordered[k] for at in of for k in (first[at], second[at]))
        found.append(
            diagnostic(
                "ZERO_CELLS_ADJUSTED",
                where=Where(items=tuple(named), groups=groups),
                pairs=", ".join(pairs[at] for at in of),
            )
        )
    elif empty.any():
        worst = np.argsort(-empty, kind="stable")[:_NAMED]
        found.append(
            diagnostic(
                "ZERO_CELLS",
                where=Where(groups=groups),
                n=int((empty > 0).sum()),
                of=len(pairs),
                worst=", ".join(f"{pairs[at]} ({empty[at]})" for at in worst if empty[at]),
            )
        )
    found += _undetermined((*ordered, *measured), statistics, groups)
    return found


def _empty_cells(
    statistics: OrdinalStatistics, first: NDArray[np.intp], second: NDArray[np.intp]
) -> NDArray[np.int64]:
    """Cells without an answer in each table, trailing categories not counted, (R,)."""
    exists = np.einsum("iiaa->ia", statistics.tables) > 0
    cells = exists[first][:, :, None] & exists[second][:, None, :]
    return np.asarray(((statistics.tables[first, second] == 0) & cells).sum(axis=(1, 2)))


def _undetermined(
    names: tuple[str, ...], statistics: OrdinalStatistics, groups: tuple[str, ...]
) -> list[Diagnostic]:
    correlation = statistics.correlation
    unseen = np.argwhere(np.triu(np.isnan(correlation), 1))
    limit = np.argwhere(np.triu(statistics.at_limit, 1))
    found = [
        diagnostic("ZERO_COVERAGE", where=Where(items=(names[i], names[j]), groups=groups), n=0)
        for i, j in unseen
    ]
    found += [
        diagnostic(
            "POLYCHORIC_AT_LIMIT",
            where=Where(items=(names[i], names[j]), groups=groups),
            sign="+1" if correlation[i, j] > 0 else "−1",
        )
        for i, j in limit
    ]
    if found:
        return found
    smallest = float(np.linalg.eigvalsh(correlation)[0])
    if smallest <= 0:
        found.append(
            diagnostic(
                "POLYCHORIC_NOT_PD",
                where=Where(items=names, groups=groups),
                eigenvalue=f"{smallest:.3g}",
            )
        )
    return found
