"""Case weights: which are usable, which are wrong, which rule the result alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.numerics.moments import Array
from survey_engine.responses.survey_data import SurveyData

# A weight this many times the mean of the others rules every weighted number.
EXTREME_RATIO = 10.0


def usable_weights(weights: Array | None) -> Array | None:
    """Weights with every invalid one (missing, infinite, negative) set to 0, or None."""
    if weights is None:
        return None
    valid = np.isfinite(weights) & (weights >= 0)
    return np.where(valid, weights, 0.0)


def screen_weights(data: SurveyData) -> tuple[Diagnostic, ...]:
    """INVALID_WEIGHT, ZERO_WEIGHT and EXTREME_WEIGHT of the case weights, by row."""
    weights = data.weights
    if weights is None:
        return ()
    found: list[Diagnostic] = []
    column = data.weight_column or ""
    rows = data.rows
    invalid = ~np.isfinite(weights) | (weights < 0)
    if invalid.any():
        given = _as_given(data, invalid)
        found.append(
            diagnostic(
                "INVALID_WEIGHT",
                where=Where(rows=_rows(rows, invalid), values=given),
                column=column,
                n=int(invalid.sum()),
                found=", ".join(one or "—" for one in given),
            )
        )
    zero = ~invalid & (weights == 0)
    if zero.any():
        found.append(
            diagnostic(
                "ZERO_WEIGHT",
                where=Where(rows=_rows(rows, zero)),
                column=column,
                n=int(zero.sum()),
            )
        )
    return (*found, *_extreme(weights, ~invalid & (weights > 0), rows, column=column))


def _extreme(
    weights: Array, positive: NDArray[np.bool_], rows: NDArray[np.int64], *, column: str
) -> tuple[Diagnostic, ...]:
    count = int(positive.sum())
    if count < 2:
        return ()
    kept = np.where(positive, weights, 0.0)
    total = kept.sum()
    extreme = kept > EXTREME_RATIO * (total - kept) / (count - 1)
    if not extreme.any():
        return ()
    return (
        diagnostic(
            "EXTREME_WEIGHT",
            where=Where(
                rows=_rows(rows, extreme), values=tuple(float(w) for w in kept[extreme])
            ),
            column=column,
            n=count,
            n_effective=round(float(total**2 / np.square(kept).sum()), 2),
            share_percent=round(100 * float(kept[extreme].sum() / total), 1),
        ),
    )


def _rows(rows: NDArray[np.int64], mask: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(row) for row in rows[mask])


def _as_given(data: SurveyData, mask: NDArray[np.bool_]) -> tuple[str, ...]:
    """The invalid weights as they stand in the file, "" for an empty cell."""
    if data.weight_column is not None and data.weight_column in data.extra:
        cells = data.extra[data.weight_column].to_numpy(dtype=object)[mask]
    else:
        cells = np.asarray(data.weights, dtype=object)[mask]
    return tuple("" if cell is None or cell != cell else str(cell) for cell in cells)
