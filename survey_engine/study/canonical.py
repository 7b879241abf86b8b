"""Plain values for the result JSON: canonical numbers, no NaN, and the hash."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

DIGITS = 12
"""Significant digits of every number: below the noise between machines, above any need."""

_OUTSIDE = ("created", "timings", "host")
"""Keys, at any depth, that say when and where and not what."""

_WORDS = ("message", "remedy")
"""Keys of a diagnostic that depend on the reader's language only."""


def plain(value: Any) -> Any:
    """Dictionaries, lists, strings, canonical numbers and None only.

    NaN and infinities become None: undefined is null.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return _number(float(value))
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return str(value)


def _number(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    rounded = float(f"{value:.{DIGITS}g}")
    return 0.0 if rounded == 0 else rounded


def result_sha256(document: Mapping[str, Any]) -> str:
    """Hash of everything but time stamps, timings, host and the diagnostics' words.

    The words are left out so that the same study has one hash in every language.
    """
    kept = _without(plain(document), (*_OUTSIDE, *_WORDS, "result_sha256"))
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _without(value: Any, keys: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {k: _without(entry, keys) for k, entry in value.items() if k not in keys}
    if isinstance(value, list):
        return [_without(entry, keys) for entry in value]
    return value
