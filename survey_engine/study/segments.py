"""The segment of each respondent that enters the model."""

from __future__ import annotations

from survey_engine.study.prepare import Prepared


def segment_labels(prepared: Prepared, group: str) -> list[str | None]:
    """The segment of each row that enters the model; None where the cell is empty."""
    used, data = prepared.reduction.used, prepared.data
    if group in data.extra.columns:
        column = data.extra[group].to_numpy(dtype=object)[used]
    else:
        column = data.values[used, data.columns.index(group)].astype(object)
    return [None if _absent(value) else _label(value) for value in column]


def _absent(value: object) -> bool:
    """Whether a cell of a segment column is empty (NaN is not equal to itself)."""
    return value is None or value != value or value == ""


def _label(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
