"""Microsoft Forms workbooks: id, two times, e-mail, name, then questions."""

from __future__ import annotations

import re

import pandas as pd

from survey_engine.readers.content import Content
from survey_engine.readers.layouts.headers import folded, plain_text
from survey_engine.readers.layouts.paradata import Told, gathered
from survey_engine.readers.layouts.table import Layout
from survey_engine.readers.source import SourceFile

_STARTED = (
    "Start time",
    "Startzeit",
    "开始时间",
    "開始時間",
    "Heure de début",
    "Hora de inicio",
)
_ENDED = (
    "Completion time", "Fertigstellungszeit", "完成时间", "完成時間", "Heure de fin",
    "Hora de finalización",
)  # fmt: skip
_QUIZ = re.compile(
    r"(?:points|feedback|punkte|总分|得分)\s*[-–:：].*|total points|quiz feedback",
    re.IGNORECASE,
)
_TWIN = re.compile(r"(.{4,}?)(\d{1,2})$", re.DOTALL)


def claims(content: Content) -> bool:
    """``ID``, a start time and a completion time lead the header."""
    first = folded(content.sheet.row(0))[:4]
    started, ended = set(folded(_STARTED)), set(folded(_ENDED))
    return len(first) > 2 and first[0] == "id" and first[1] in started and first[2] in ended


def layout(_source: SourceFile, content: Content) -> Layout:
    """Headers are questions or bare statements; a twin of a header ends in a number."""
    names = [plain_text(cell) for cell in content.sheet.row(0)]
    have = set(names)
    labels: dict[str, str] = {}
    for name in names:
        twin = _TWIN.fullmatch(name)
        if name and not _QUIZ.fullmatch(name):
            labels[name] = twin.group(1) if twin and twin.group(1) in have else name
    return Layout(
        platform="microsoft_forms",
        names=names,
        labels=labels,
        paradata=_paradata,
        repeated_names=True,
    )


def _paradata(table: pd.DataFrame) -> Told:
    return gathered(table, respondent=("ID",), started=_STARTED, ended=_ENDED)
