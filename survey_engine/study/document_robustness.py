"""Robustness checks in the result JSON: the dataclasses as they are, ends named from, to."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from survey_engine.study.robustness import Robustness

_KEYS = {"source": "from", "target": "to"}


def robustness_document(found: Robustness | None) -> dict[str, Any] | None:
    """Every check as plain values; diagnostics stand with those of the study."""
    if found is None:
        return None
    document: dict[str, Any] = _plain(found)
    del document["diagnostics"]
    return document


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {
            _KEYS.get(one.name, one.name): _plain(getattr(value, one.name))
            for one in fields(value)
        }
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value
