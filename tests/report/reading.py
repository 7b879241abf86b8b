"""What a document says: every string a reader sees, and the prose among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd

from survey_engine.document.blocks import (
    ActionList,
    DefinitionList,
    FindingList,
    Paragraph,
    ReportDocument,
)

NUMBER = re.compile(r"[+−]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:e−?\d+)?%?")
_TECHNICAL = {
    "id", "rule", "link", "style", "align", "width", "flags", "language", "meta", "numbers",
    "evidence", "source", "target",
}  # fmt: skip


def strings(value: Any) -> Iterator[str]:
    """Every visible string under a document value."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if field.name not in _TECHNICAL:
                yield from strings(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from (text for entry in value.values() for text in strings(entry))
    elif isinstance(value, tuple | list):
        yield from (text for entry in value for text in strings(entry))


def prose(document: ReportDocument) -> Iterator[str]:
    """Titles, leads, paragraphs, findings, action cards and definitions."""
    for section in document.sections:
        yield section.title
        yield section.lead
        if section.id == "provenance":
            continue
        for block in section.blocks:
            if isinstance(block, Paragraph | FindingList | ActionList | DefinitionList):
                yield from strings(block)


def tokens(text: str) -> list[str]:
    """Numbers of a text as printed, without a leading plus or trailing comma."""
    return [found.rstrip(",").lstrip("+") for found in NUMBER.findall(text)]


def values(result: Any) -> Iterator[float]:
    """Every number of a result, unrounded."""
    if isinstance(result, bool) or result is None or isinstance(result, str | pd.DataFrame):
        return
    if isinstance(result, int | float | np.number):
        yield float(result)
    elif isinstance(result, np.ndarray):
        yield from (float(entry) for entry in result.ravel())
    elif is_dataclass(result) and not isinstance(result, type):
        for field in fields(result):
            yield from values(getattr(result, field.name))
    elif isinstance(result, Mapping):
        for entry in result.values():
            yield from values(entry)
    elif isinstance(result, tuple | list):
        for entry in result:
            yield from values(entry)
    elif hasattr(type(result), "model_fields"):
        for name in type(result).model_fields:
            yield from values(getattr(result, name))
