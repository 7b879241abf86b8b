"""Columns that hold personal data: flagged by name and by what stands in them."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from survey_engine.errors import Diagnostic, Where, diagnostic

_NAME = re.compile(
    r"(?:user|contact|recipient|respondent|customer|first|last|full|sur|family|given|middle|nick)"
    r"[\s_-]?name|name|.*(?:e-?mail|phone|mobile|address|surname|first.?name|last.?name|"
    r"full.?name|birth|passport|\bip\b|ipaddr|latitude|longitude|\bssn\b|\biban\b|telefon|handy|"
    r"anschrift|vorname|nachname|geburt|adresse|"
    r"邮箱|手机|电话|姓名|昵称|身份证|地址|住址|微信号|qq号|来自ip|生日|出生|护照|银行卡).*",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[a-zA-Z]{2,24}")
_IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?:\s*\(.*\))?|[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){4,7}")
_PHONE = re.compile(
    r"\+\d[\d\s()./-]{7,18}\d|00\d[\d\s()-]{8,16}\d|1[3-9]\d{9}|\(?0\d{2,4}\)?[\s/-]\d[\d\s-]{4,10}\d"
)
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?")
_CHINESE_ID = re.compile(r"\d{17}[\dXx]")
_CARD = re.compile(r"(?:\d[ -]?){12,18}\d")
_LOOKED_AT = 200


def personal_columns(extra: pd.DataFrame) -> tuple[str, ...]:
    """Columns that look like contacts, names, addresses, cards or identity numbers."""
    return tuple(str(c) for c in extra.columns if _is_personal(str(c), extra[c]))


def personal_data(extra: pd.DataFrame) -> tuple[Diagnostic, ...]:
    """PERSONAL_DATA with the columns of `personal_columns`."""
    hit = personal_columns(extra)
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
    return sum(map(_is_contact, cells)) * 2 > len(cells)


def _is_contact(cell: str) -> bool:
    if any(kind.fullmatch(cell) for kind in (_EMAIL, _IP, _PHONE, _IBAN)):
        return True
    if _CHINESE_ID.fullmatch(cell):
        return _chinese_check(cell)
    return bool(_CARD.fullmatch(cell)) and _luhn("".join(c for c in cell if c.isdigit()))


def _luhn(digits: str) -> bool:
    """Check digit of payment cards (ISO/IEC 7812-1, annex B).

    >>> _luhn("4111111111111111"), _luhn("4111111111111112")
    (True, False)
    """
    turned = [int(d) * (1 + k % 2) for k, d in enumerate(reversed(digits))]
    return sum(x - 9 if x > 9 else x for x in turned) % 10 == 0


def _chinese_check(number: str) -> bool:
    """Check character of the citizen identity number (GB 11643-1999, MOD 11-2)."""
    total = sum(int(d) * (2 ** (17 - k) % 11) for k, d in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()
