"""Which columns tell about respondents: times, devices, items of one matrix."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from survey_engine.numerics.moments import Array
from survey_engine.responses.survey_data import SurveyData

_SECONDS = ("seconds", "response_seconds", "duration_seconds")
SMALLEST_MATRIX = 3
_DEVICE = re.compile(
    r"(?:.*[\s_-])?ip(?:[\s_-]?address)?|ip\s*地址|.*来自ip.*|.*device.?id|.*设备号.*",
    re.IGNORECASE,
)


def column_cells(data: SurveyData, name: str) -> pd.Series[Any]:
    """A column of whatever table of the data holds it, as it stands."""
    for table in (data.extra, data.paradata, data.personal):
        if name in table:
            return table[name]
    return pd.Series(data.values[:, data.columns.index(name)])


def seconds_of(data: SurveyData, column: str | None = None) -> Array | None:
    """Length of each interview in seconds, NaN where unknown; None if nothing tells it."""
    names = [column] if column else [*_time_items(data), *_SECONDS]
    for name in names:
        if name in data.extra or name in data.paradata or name in data.columns:
            cells = pd.to_numeric(column_cells(data, name), errors="coerce")
            seconds = cells.to_numpy(dtype=np.float64)
            # Dates and times of day are no lengths.
            if np.isfinite(seconds).mean() > 0.5:
                return np.asarray(np.where(seconds >= 0, seconds, np.nan))
    return None


def _time_items(data: SurveyData) -> list[str]:
    items = data.instrument.items if data.instrument is not None else ()
    return [item.id for item in items if item.role == "time"]


def device_columns(data: SurveyData) -> list[str]:
    """Columns that hold an IP address or a device by their name."""
    tables = (data.personal, data.paradata, data.extra)
    names = [str(c) for table in tables for c in table.columns]
    return [name for name in names if _DEVICE.fullmatch(name.strip())]


def matrices(data: SurveyData, items: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Items that stand under one question, by that question; one block without any.

    Matrix rows share their stem; failing that, a part of the page and its scale; failing
    that, neighbours on the same response scale.
    """
    instrument = data.instrument
    if instrument is None:
        return {"all": items}
    found: dict[str, list[str]] = {}
    before, run = "", 0
    for name in items:
        item = instrument.item(name)
        run += item.scale != before
        before = item.scale
        stem = next(iter(item.stem.values()), "")
        place = f"{item.block} ({item.scale})" if item.block else f"{item.scale} {run}"
        found.setdefault(stem or place, []).append(name)
    return {name: tuple(of) for name, of in found.items() if len(of) >= SMALLEST_MATRIX}
