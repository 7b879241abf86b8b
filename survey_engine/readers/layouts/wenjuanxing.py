"""问卷星 (Wenjuanxing) downloads by text and by option number, old and new."""

from __future__ import annotations

import re

import pandas as pd

from survey_engine.readers.content import Content
from survey_engine.readers.layouts.headers import folded, plain_text
from survey_engine.readers.layouts.paradata import Told, gathered
from survey_engine.readers.layouts.table import Layout
from survey_engine.readers.source import SourceFile
from survey_engine.responses.survey_data import AnswerStatus

_OWN = frozenset({"提交答卷时间", "所用时间", "来源", "来源详情", "来自ip"})
_TOTAL = re.compile(r"总分|得分|.*[-—_]得分")
_ROW = re.compile(r"\d{1,3}\s*[、.．]\s*[(（](.+)[)）]", re.DOTALL)
STATES = {
    "(跳过)": AnswerStatus.NOT_ASKED,
    "(空)": AnswerStatus.SKIPPED,
    "-3": AnswerStatus.NOT_ASKED,
    "-2": AnswerStatus.SKIPPED,
}


def claims(content: Content) -> bool:
    """``序号`` first and two of the tool's own columns."""
    first = folded(content.sheet.row(0))
    return bool(first) and first[0] == "序号" and len(_OWN & set(first)) >= 2


def layout(_source: SourceFile, content: Content) -> Layout:
    """Headers lead with the question's number; rows follow a dash or stand in brackets."""
    names = [plain_text(cell) for cell in content.sheet.row(0)]
    labels: dict[str, str] = {}
    for name in names:
        row = _ROW.fullmatch(name)
        if name and not _TOTAL.fullmatch(name):
            labels[name] = row.group(1) if row else name
    return Layout(
        platform="wenjuanxing",
        names=names,
        labels=labels,
        paradata=_paradata,
        states=STATES,
        repeated_names=True,
        traits=frozenset({"option_numbers"}) if _by_number(content) else frozenset(),
    )


def _by_number(content: Content) -> bool:
    """Whether choices are option numbers: hardly a Chinese word below numbered headers."""
    columns = [
        j for j, name in enumerate(content.sheet.row(0)) if re.match(r"\d+\s*[、.．]", name)
    ]
    cells = [c for j in columns for c in content.sheet.cells[1:200, j] if c is not None]
    words = sum(
        bool(re.search(r"[\u4e00-\u9fff]", str(c))) and str(c) not in STATES for c in cells
    )
    return bool(cells) and words * 10 < len(cells)


def _paradata(table: pd.DataFrame) -> Told:
    return gathered(table, respondent=("序号",), ended=("提交答卷时间",), length=("所用时间",))
