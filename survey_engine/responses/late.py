"""Early against late respondents: late ones are the likest to those who never answered.

References
----------
Armstrong, J. S. & Overton, T. S. (1977). Estimating nonresponse bias in mail surveys.
Journal of Marketing Research 14(3), 396-402.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.numerics.casewise import welch
from survey_engine.numerics.moments import Array
from survey_engine.numerics.multiple_testing import adjusted
from survey_engine.responses.quality_columns import column_cells
from survey_engine.responses.survey_data import SurveyData

QUARTER = 0.25
SMALLEST_QUARTER = 25
SIGNIFICANT = 0.01
NOTICEABLE = 0.3
"""Differences below this many standard deviations are small (Cohen 1988) and not told."""
_STARTED = ("started", "response_started")


def order_of_arrival(data: SurveyData) -> Array | None:
    """When each response was begun, in seconds of an epoch; None if nothing tells it."""
    items = data.instrument.items if data.instrument is not None else ()
    for name in (*_STARTED, *(item.id for item in items if item.role == "time")):
        if name not in data.paradata and name not in data.extra:
            continue
        cells = column_cells(data, name)
        if pd.to_numeric(cells, errors="coerce").notna().any():
            continue  # a length, not a moment
        moments = pd.to_datetime(cells, errors="coerce", utc=True, format="mixed")
        if moments.notna().mean() > 0.5:
            seconds = (moments - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
            return np.asarray(seconds.to_numpy(dtype=np.float64))
    return None


def screen_late(data: SurveyData) -> tuple[Diagnostic, ...]:
    """LATE_RESPONDENTS_DIFFER: items whose mean in the last quarter is another one.

    Welch's test of the first against the last quarter by time of arrival, p adjusted by
    Holm over the items.
    """
    arrived = order_of_arrival(data)
    if arrived is None:
        return ()
    order = np.argsort(arrived, kind="stable")
    order = order[~np.isnan(arrived[order])]
    size = int(QUARTER * order.size)
    if size < SMALLEST_QUARTER:
        return ()
    d, p = welch(data.values[order[:size]], data.values[order[-size:]])
    holm = adjusted(p)["holm"]
    with np.errstate(invalid="ignore"):
        hit = np.flatnonzero((holm < SIGNIFICANT) & (np.abs(d) >= NOTICEABLE))
    if hit.size == 0:
        return ()
    items = tuple(data.columns[j] for j in hit)
    return (
        diagnostic(
            "LATE_RESPONDENTS_DIFFER",
            where=Where(items=items, values=tuple(round(float(d[j]), 3) for j in hit)),
            n=size,
            found=", ".join(f"{data.columns[j]} {d[j]:+.2f}" for j in hit),
        ),
    )
