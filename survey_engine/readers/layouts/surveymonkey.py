"""SurveyMonkey: a question row and a row below it with statements or choices."""

from __future__ import annotations

import re

import pandas as pd

from survey_engine.readers.content import Content
from survey_engine.readers.layouts.headers import filled_right, plain_text
from survey_engine.readers.layouts.paradata import Told, gathered
from survey_engine.readers.layouts.table import Layout
from survey_engine.readers.source import SourceFile

_ID = re.compile(r"respondent ?id", re.IGNORECASE)
_BARE = frozenset({"response", "open-ended response", "antwort", "offene antwort"})
_OWN = frozenset(
    {
        "respondent id", "respondentid", "collector id", "start date", "end date",
        "date created", "date modified", "ip address", "email address", "first name",
        "last name",
    }
)  # fmt: skip


def claims(content: Content) -> bool:
    """A respondent id, and "Response" below the questions or a collector id."""
    first, second = content.sheet.row(0), content.sheet.row(1)
    if not first or not _ID.fullmatch(plain_text(first[0])):
        return False
    below = any(plain_text(cell).casefold() in _BARE for cell in second)
    return below or any("collector id" in plain_text(cell).casefold() for cell in first)


def layout(_source: SourceFile, content: Content) -> Layout:
    """One name a column: the question, with the statement or choice behind it."""
    first = [plain_text(cell) for cell in content.sheet.row(0)]
    second = [plain_text(cell) for cell in content.sheet.row(1)]
    two = any(cell.casefold() in _BARE for cell in second) or any(not cell for cell in first)
    names = list(first)
    if two:
        own = [
            name.casefold().startswith("custom data") or name.casefold() in _OWN
            for name in first
        ]
        whole = filled_right(first, stop=own)
        names = [
            question if not below or below.casefold() in _BARE else f"{question} - {below}"
            for question, below in zip(whole, second, strict=True)
        ]
    return Layout(
        platform="surveymonkey",
        names=names,
        labels={name: name for name in names if name},
        start=2 if two else 1,
        paradata=_paradata,
        repeated_names=True,
    )


def _paradata(table: pd.DataFrame) -> Told:
    return gathered(
        table,
        respondent=("Respondent ID", "RespondentID"),
        started=("Start Date", "StartDate", "Date Created"),
        ended=("End Date", "EndDate", "Date Modified"),
    )
