"""Other Chinese form tools: question numbers and 【单选题】 notes in the headers."""

from __future__ import annotations

import re

import pandas as pd

from survey_engine.readers.content import Content
from survey_engine.readers.layouts.headers import plain_text
from survey_engine.readers.layouts.paradata import Told, gathered
from survey_engine.readers.layouts.table import Layout
from survey_engine.readers.layouts.wenjuanxing import STATES
from survey_engine.readers.source import SourceFile

_NUMBERED = re.compile(r"\s*(?:[Qq]?\d{1,3}\s*[、.．:：)）]|第\s*\d+\s*题)")
_NOTE = re.compile(r"【[^】]{0,20}题[^】]{0,10}】|[\[(（][^\])）]{0,10}(?:题|必填|必答)[\])）]")
_LEAD = re.compile(r"\s*(?:第\s*\d+\s*题\s*[、.:：]?\s*)")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def claims(content: Content) -> bool:
    """Most headers with Chinese words are numbered or carry the kind of question."""
    first = [name for name in content.sheet.row(0) if _CHINESE.search(name)]
    marked = [name for name in first if _NUMBERED.match(name) or _NOTE.search(name)]
    return len(marked) >= 3 and len(marked) * 2 >= len(first)


def layout(_source: SourceFile, content: Content) -> Layout:
    """Names as they stand; question texts without number and note."""
    names = [plain_text(cell) for cell in content.sheet.row(0)]
    return Layout(
        platform="chinese_forms",
        names=names,
        labels={name: _LEAD.sub("", name) for name in names if name},
        paradata=_paradata,
        states=STATES,
        repeated_names=True,
    )


def _paradata(table: pd.DataFrame) -> Told:
    return gathered(
        table,
        respondent=("序号", "编号", "答题序号", "ID"),
        started=("开始答题时间", "开始时间", "答题开始时间"),
        ended=("结束答题时间", "提交时间", "结束时间", "提交答卷时间"),
        length=("答题时长", "填写时长", "所用时间"),
    )
