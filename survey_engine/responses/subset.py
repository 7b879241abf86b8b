"""Some of the respondents of `SurveyData`, with everything that belongs to them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.responses.quality import item_quality
from survey_engine.responses.survey_data import SurveyData


def keep_rows(
    data: SurveyData, kept: NDArray[np.bool_], *, excluded: Mapping[str, int] | None = None
) -> SurveyData:
    """The respondents of `kept`; counts per item are those of the respondents left.

    Parameters
    ----------
    data : SurveyData
    kept : ndarray of bool, shape (n,)
    excluded : Mapping[str, int], optional
        Respondents left out now by reason, added to those left out before.
    """
    weights = None if data.weights is None else data.weights[kept]
    values, status = data.values[kept], data.status[kept]
    quality = replace(
        data.quality,
        n_kept=int(kept.sum()),
        excluded={**data.quality.excluded, **(excluded or {})},
        items=item_quality(data.columns, values, status, weights=weights),
    )
    return replace(
        data,
        values=values,
        status=status,
        extra=_rows(data.extra, kept),
        paradata=_rows(data.paradata, kept),
        personal=_rows(data.personal, kept),
        reasons={name: of[kept] for name, of in data.reasons.items()},
        weights=weights,
        row_numbers=data.rows[kept],
        quality=quality,
    )


def _rows(table: pd.DataFrame, kept: NDArray[np.bool_]) -> pd.DataFrame:
    # A tool that tells nothing leaves a table without rows.
    return table[kept].reset_index(drop=True) if len(table) == kept.size else table


def data_hash(data: SurveyData) -> str:
    """SHA-256 of all that was answered: values, reasons, rows, weights, other columns."""
    found = hashlib.sha256()
    found.update("\x1f".join(data.columns).encode())
    for array in (data.values, data.status, data.rows, data.weights):
        if array is not None:
            found.update(np.ascontiguousarray(array).tobytes())
    for table in (data.extra, data.paradata, data.personal):
        found.update(table.to_csv(index=False).encode())
    for name, reasons in data.reasons.items():
        found.update(name.encode())
        found.update(np.ascontiguousarray(reasons).tobytes())
    return found.hexdigest()
