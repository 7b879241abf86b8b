"""Times, durations and completion flags of many tools as ISO text, seconds and words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from survey_engine.responses.text import cell_text

Told = dict[str, Sequence[object]]
"""Paradata columns by name."""

COMPLETE, PARTIAL, TEST = "complete", "partial", "test"
_ZONE = re.compile(r"\s*(?:(?:GMT|UTC)\s*)?([+-]\d{1,2})(?::?(\d{2}))?$|\s*(Z|UTC|GMT)$")
_ISO = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M",
    "%Y/%m/%d %I:%M:%S %p", "%Y/%m/%d", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M",
)  # fmt: skip
_CLOCK = (" %H:%M:%S", " %I:%M:%S %p", " %H:%M", " %I:%M %p", "")
_UNIT = {
    "时": 3600, "小时": 3600, "h": 3600, "分": 60, "分钟": 60, "min": 60, "m": 60, "秒": 1,
    "s": 1, "sec": 1,
}  # fmt: skip
_DURATION = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(小时|分钟|时|分|秒|h|min|m|sec|s)?", re.IGNORECASE
)
_CLOCKED = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:\.\d+)?")


def times(column: pd.Series[Any], *, zone: str = "") -> list[str | None]:
    """ISO 8601 texts of a column of dates; None where there is none.

    The order of day and month is taken from the column as a whole: the reading all
    cells allow, and if both do, the one under which the answers lie closer together.

    Parameters
    ----------
    column : Series
    zone : str
        Written behind times that name no zone, such as ``"+00:00"`` for UTC.
    """
    bare, zones = _without_zone(column, zone)
    parsed = _parsed(bare)
    return [
        None if pd.isna(moment) else moment.isoformat(timespec="seconds") + suffix
        for moment, suffix in zip(parsed, zones, strict=True)
    ]


def _without_zone(column: pd.Series[Any], zone: str) -> tuple[list[str], list[str]]:
    bare: list[str] = []
    zones: list[str] = []
    for cell in column:
        text = cell.isoformat(sep=" ") if hasattr(cell, "isoformat") else cell_text(cell)
        text = re.sub(r"(\d)T(\d)", r"\1 \2", text)
        match = _ZONE.search(text) if ":" in text else None
        own = zone
        if match:
            text = text[: match.start()]
            hours, minutes, utc = match.groups()
            own = "+00:00" if utc else f"{int(hours):+03d}:{minutes or '00'}"
        bare.append(re.sub(r"\.\d+$", "", text.strip()))
        zones.append(own)
    return bare, zones


def _parsed(texts: list[str]) -> pd.Series[Any]:
    series = pd.Series(texts, dtype=object)
    out = pd.Series(pd.NaT, index=series.index, dtype="datetime64[us]")
    for form in _ISO:
        out = out.fillna(_as(series, form))
    if out.isna().sum() == sum(not text for text in texts):
        return out
    readings = [out.fillna(_all(series, order)) for order in (("%m", "%d"), ("%d", "%m"))]
    month_first, day_first = readings
    if month_first.isna().sum() != day_first.isna().sum():
        return min(readings, key=lambda reading: int(reading.isna().sum()))
    span = [reading.max() - reading.min() for reading in readings]
    return day_first if span[1] < span[0] else month_first


def _all(series: pd.Series[Any], order: tuple[str, str]) -> pd.Series[Any]:
    out = pd.Series(pd.NaT, index=series.index, dtype="datetime64[us]")
    plain = series.str.replace(r"[/.-]", "/", n=2, regex=True)
    for clock in _CLOCK:
        out = out.fillna(_as(plain, f"{order[0]}/{order[1]}/%Y{clock}"))
    return out


def _as(series: pd.Series[Any], form: str) -> pd.Series[Any]:
    return pd.to_datetime(series, format=form, errors="coerce").astype("datetime64[us]")


def seconds(column: pd.Series[Any]) -> list[float | None]:
    """Lengths in seconds: 312, "312秒", "5分12秒", "00:05:12"."""
    return [_seconds(cell_text(cell)) for cell in column]


def _seconds(text: str) -> float | None:
    clocked = _CLOCKED.fullmatch(text)
    if clocked:
        hours, minutes, rest = (int(part or 0) for part in clocked.groups())
        return float(hours * 3600 + minutes * 60 + rest)
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        return None
    return sum(float(n.replace(",", ".")) * _UNIT.get(unit.lower(), 1) for n, unit in parts)


def between(started: Sequence[str | None], ended: Sequence[str | None]) -> list[float | None]:
    """Seconds from start to end of each response."""
    first, last = (
        pd.to_datetime(
            pd.Series([m or "" for m in moments], dtype=object),
            utc=True,
            errors="coerce",
            format="ISO8601",
        )
        for moments in (started, ended)
    )
    return [None if np.isnan(x) else float(x) for x in (last - first).dt.total_seconds()]


def moved(
    moments: Sequence[str | None], by: Sequence[float | None], *, sign: int
) -> list[str | None]:
    """Moments moved by seconds: the end from the start, or the start from the end."""
    out: list[str | None] = []
    for moment, length in zip(moments, by, strict=True):
        if moment is None or length is None:
            out.append(None)
        else:
            then = pd.Timestamp(moment) + pd.Timedelta(seconds=sign * round(length))
            out.append(then.isoformat(timespec="seconds"))
    return out


def flags(column: pd.Series[Any], words: Mapping[str, str]) -> list[str]:
    """Completion words of a column; what is not in `words` counts as complete."""
    return [words.get(cell_text(cell).casefold(), COMPLETE) for cell in column]


def column_of(table: pd.DataFrame, *names: str) -> pd.Series[Any] | None:
    """The first column that is there, case and spaces ignored."""
    have = {"".join(str(c).casefold().split()): c for c in reversed(list(table.columns))}
    for name in names:
        key = "".join(name.casefold().split())
        if key in have:
            return table[have[key]]
    return None


def gathered(
    table: pd.DataFrame,
    *,
    zone: str = "",
    **wanted: Sequence[str],
) -> Told:
    """Paradata from the columns that are there; start, end and length complete each other.

    Parameters
    ----------
    table : DataFrame
    zone : str
        See `times`.
    **wanted : sequence of str
        Possible column names of ``respondent``, ``started``, ``ended``, ``length``,
        ``language``.
    """
    out: Told = {}
    who, first, last, long, spoken = (
        column_of(table, *wanted.get(role, ()))
        for role in ("respondent", "started", "ended", "length", "language")
    )
    if who is not None:
        out["respondent"] = [cell_text(cell) or None for cell in who]
    starts = None if first is None else times(first, zone=zone)
    ends = None if last is None else times(last, zone=zone)
    lasting = None if long is None else seconds(long)
    if lasting is None and starts is not None and ends is not None:
        lasting = between(starts, ends)
    if lasting is not None and starts is None and ends is not None:
        starts = moved(ends, lasting, sign=-1)
    if lasting is not None and ends is None and starts is not None:
        ends = moved(starts, lasting, sign=1)
    found = {"started": starts, "ended": ends, "seconds": lasting}
    out.update({name: values for name, values in found.items() if values is not None})
    if spoken is not None:
        out["language"] = [cell_text(cell) or None for cell in spoken]
    return out
