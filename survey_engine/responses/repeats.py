"""Repeated respondents: exact copies of rows, and one id with different answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.numerics.moments import Array
from survey_engine.responses.survey_data import SurveyData
from survey_engine.responses.text import cell_text

# With fewer items two customers may well agree on all of them.
_FEWEST_ITEMS = 6
_FEWEST_DISTINCT = 3


def screen_repeats(data: SurveyData, items: tuple[str, ...]) -> tuple[Diagnostic, ...]:
    """DUPLICATE_ROWS and CONFLICTING_DUPLICATE_IDS.

    With an id column, rows repeat when id and answers are the same; one id with
    different answers conflicts. Copies under different ids, or in a file without ids,
    are judged by the answers alone: they are told only when more pairs of rows agree
    in every item than agree in all items but one. Where people agree by chance, pairs
    that differ once are many times as frequent as pairs that never differ.
    """
    if data.n < 2 or not items:
        return ()
    values = data.values[:, data.positions(items)]
    same_answers = _classes(values)
    found: list[Diagnostic] = []
    if data.id_column is not None:
        ids, known = _ids(data)
        both = _classes(np.column_stack([ids, same_answers]))
        repeated = _later(both) & known
        conflicting = _conflicting(ids, same_answers) & known
        if conflicting.any():
            found.append(_conflict(data, conflicting))
    else:
        known = np.zeros(data.n, dtype=bool)
        repeated = np.zeros(data.n, dtype=bool)
    # Rows of conflicting or repeated ids are already told.
    repeated |= _copied_answers(values, same_answers, skip=repeated)
    if repeated.any():
        rows = tuple(int(row) for row in data.rows[repeated])
        found.insert(0, diagnostic("DUPLICATE_ROWS", where=Where(rows=rows), n_exact=len(rows)))
    return tuple(found)


def _classes(values: Array | NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the class of equal rows of each row, NaN equal to NaN, shape (n,)."""
    filled = np.where(np.isnan(values), -1e300, values)
    return np.unique(filled, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _later(classes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """True for each row whose class was seen before."""
    first = np.unique(classes, return_index=True)[1]
    later = np.ones(classes.size, dtype=bool)
    later[first] = False
    return later


def _ids(data: SurveyData) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    texts = np.array([cell_text(cell) for cell in data.extra[data.id_column]], dtype=str)
    return np.unique(texts, return_inverse=True)[1].astype(np.int64), texts != ""


def _conflicting(ids: NDArray[np.int64], answers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """True for rows whose id stands with more than one set of answers."""
    pairs = np.unique(np.column_stack([ids, answers]), axis=0)[:, 0]
    several = np.bincount(pairs, minlength=int(ids.max()) + 1) > 1
    conflicting: NDArray[np.bool_] = several[ids]
    return conflicting


def _conflict(data: SurveyData, conflicting: NDArray[np.bool_]) -> Diagnostic:
    cells = data.extra[data.id_column].to_numpy(dtype=object)[conflicting]
    named = tuple(dict.fromkeys(cell_text(cell) for cell in cells))
    return diagnostic(
        "CONFLICTING_DUPLICATE_IDS",
        where=Where(rows=tuple(int(row) for row in data.rows[conflicting]), values=named),
        n_ids=len(named),
        ids=", ".join(named[:20]),
        column=data.id_column,
    )


def _copied_answers(
    values: Array, classes: NDArray[np.int64], *, skip: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Later copies of answers that chance does not explain, shape (n,)."""
    none = np.zeros(values.shape[0], dtype=bool)
    if values.shape[1] < _FEWEST_ITEMS:
        return none
    judged = ~skip & (_distinct_answers(values) >= _FEWEST_DISTINCT)
    kept, of = values[judged], classes[judged]
    if kept.shape[0] < 2:
        return none
    exact = _pairs(of)
    if exact == 0:
        return none
    if _pairs_differing_once(kept) - kept.shape[1] * exact >= exact:
        return none
    none[judged] = _later(of)
    return none


def _pairs_differing_once(values: Array) -> int:
    """Pairs that agree in all items but one, plus p times the pairs that agree in all.

    Rows are compared by sums of 64-bit hashes of their answers; the hash without one
    item is the sum minus a term, so the cost is p sorts of n numbers.
    """
    # Fixed multipliers: which rows are equal must not depend on a seed.
    chance = np.random.default_rng(0)
    factors = chance.integers(1, 2**63, size=(values.shape[1],)).astype(np.uint64)
    codes = [np.unique(column, return_inverse=True)[1].reshape(-1) for column in values.T]
    terms = [
        (code.astype(np.uint64) + np.uint64(1)) * factor
        for code, factor in zip(codes, factors, strict=True)
    ]
    total = np.asarray(np.add.reduce(np.stack(terms), axis=0), dtype=np.uint64)
    return sum(_pairs(np.unique(total - term, return_inverse=True)[1]) for term in terms)


def _distinct_answers(values: Array) -> NDArray[np.int64]:
    """Number of different answers in each row: straight lines repeat by chance."""
    ordered = np.sort(values, axis=1)
    with np.errstate(invalid="ignore"):
        changes = (np.diff(ordered, axis=1) > 0).sum(axis=1)
    distinct: NDArray[np.int64] = changes + ~np.isnan(ordered[:, 0])
    return distinct


def _pairs(classes: NDArray[np.int64]) -> int:
    counts = np.bincount(classes).astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())
