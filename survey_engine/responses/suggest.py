"""Columns that look like a respondent number, a weight or a segment: told, never used."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from survey_engine.errors import Diagnostic, Where, diagnostic

_ID = re.compile(
    r"(?:.*[_\s.-])?(?:id|ids|rid|resp|respid|respondent|respondentid|responseid|uuid|token|"
    r"nr|序号|编号)",
    re.IGNORECASE,
)
_WEIGHT = re.compile(
    r"(?:.*[_\s.-])?(?:w|wt|wgt|weight|weights|gewicht|权重|加权)", re.IGNORECASE
)
_GROUP = re.compile(
    r".*(?:branch|region|segment|group|store|country|city|gender|sex|age|filiale|"
    r"门店|区域|地区|性别|年龄|分组|城市).*",
    re.IGNORECASE,
)
_MAX_GROUPS = 30


def looks_like_id(column: pd.Series[Any], name: str) -> bool:
    """Whether a column is a respondent number by its name, or counts the rows 1..n."""
    if _ID.fullmatch(name.strip()):
        return True
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    n = numbers.size
    return n > 30 and bool(np.array_equal(numbers, np.arange(1, n + 1)))


def looks_like_weight(name: str) -> bool:
    """Whether a column is named like a case weight."""
    return _WEIGHT.fullmatch(name.strip()) is not None


def suggest_columns(
    extra: pd.DataFrame, *, declared: tuple[str, ...] = ()
) -> tuple[Diagnostic, ...]:
    """SUGGESTED_ID, SUGGESTED_WEIGHTS and SUGGESTED_GROUP for undeclared columns."""
    found: list[Diagnostic] = []
    for name in (str(c) for c in extra.columns if c not in declared):
        distinct = int(extra[name].nunique())
        if looks_like_id(extra[name], name):
            code = "SUGGESTED_ID"
        elif looks_like_weight(name):
            code = "SUGGESTED_WEIGHTS"
        elif _GROUP.fullmatch(name.strip()) and 2 <= distinct <= _MAX_GROUPS:
            code = "SUGGESTED_GROUP"
        else:
            continue
        found.append(diagnostic(code, where=Where(items=(name,)), column=name, n=distinct))
    return tuple(found)
