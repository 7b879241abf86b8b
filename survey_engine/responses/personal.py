"""Columns that hold personal data: flagged by name and by what stands in them."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from survey_engine.errors import Diagnostic, Where, diagnostic

_NAME = re.compile(
    r".*(?:e-?mail|phone|mobile|address|surname|first.?name|last.?name|full.?name|"
    r"birth|passport|\bip\b|telefon|anschrift|vorname|nachname|"
    r"邮箱|手机|电话|姓名|身份证|地址|微信|来自ip).*",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[a-zA-Z]{2,24}")
_IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?:\s*\(.*\))?")
_PHONE = re.compile(r"\+\d[\d\s()-]{7,18}\d|1[3-9]\d{9}")
_LOOKED_AT = 50


def personal_data(extra: pd.DataFrame) -> tuple[Diagnostic, ...]:
    """PERSONAL_DATA with the columns that look like contacts, names or addresses."""
    hit = tuple(str(c) for c in extra.columns if _is_personal(str(c), extra[c]))
    if not hit:
        return ()
    return (diagnostic("PERSONAL_DATA", where=Where(items=hit), n=len(hit)),)


def _is_personal(name: str, column: pd.Series[Any]) -> bool:
    cells = [str(cell).strip() for cell in column.dropna().head(_LOOKED_AT)]
    cells = [cell for cell in cells if cell]
    if not cells:
        return False
    if _NAME.fullmatch(name):
        return True
    matching = sum(
        1 for cell in cells if any(kind.fullmatch(cell) for kind in (_EMAIL, _IP, _PHONE))
    )
    return matching * 2 > len(cells)
