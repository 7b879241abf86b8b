"""Google Forms, downloaded or saved from the linked sheet: a time stamp, then questions."""

from __future__ import annotations

import pandas as pd

from survey_engine.readers.content import Content
from survey_engine.readers.layouts.headers import folded, plain_text
from survey_engine.readers.layouts.paradata import Told, gathered
from survey_engine.readers.layouts.table import Layout
from survey_engine.readers.source import SourceFile

STAMPS = (
    "timestamp", "zeitstempel", "horodateur", "marca temporal", "carimbo de data/hora",
    "informazioni cronologiche", "tijdstempel", "时间戳记", "时间戳", "時間戳記",
    "タイムスタンプ", "타임스탬프", "отметка времени",
)  # fmt: skip


def claims(content: Content) -> bool:
    """The first column is the time stamp in one of the tool's languages."""
    first = folded(content.sheet.row(0))
    return len(first) > 1 and first[0] in STAMPS


def layout(_source: SourceFile, content: Content) -> Layout:
    """Headers are the questions, ``question [row]`` in a grid."""
    names = [plain_text(cell) for cell in content.sheet.row(0)]
    stamp = names[0]

    def paradata(table: pd.DataFrame) -> Told:
        return gathered(table, ended=(stamp,))

    return Layout(
        platform="google_forms",
        names=names,
        labels={name: name for name in names if name},
        paradata=paradata,
        repeated_names=True,
    )
