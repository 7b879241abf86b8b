"""LimeSurvey CSV (codes or full answers) and its R and SPSS pairs of data and script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from survey_engine.errors import Where, diagnostic
from survey_engine.readers.content import Cells, Content
from survey_engine.readers.layouts.headers import folded, plain_text
from survey_engine.readers.layouts.limesurvey_scripts import Script, parse_r, parse_sps
from survey_engine.readers.layouts.paradata import PARTIAL, Told, column_of, gathered
from survey_engine.readers.layouts.table import Layout
from survey_engine.readers.source import SourceFile
from survey_engine.responses.survey_data import AnswerStatus
from survey_engine.responses.text import cell_text

_OWN = {
    "submitdate", "lastpage", "startlanguage", "seed", "startdate", "datestamp", "token",
    "date submitted", "last page", "start language", "datum abgeschickt", "letzte seite",
    "start-sprache",
}  # fmt: skip
_INTERNAL = re.compile(r"\d+X\d+X\d+\w*")
# Code and text in one header, such as: img[SQ001]. How much do you agree?
_CODE_AND_TEXT = re.compile(r"([A-Za-z]\w*(?:\[[^\]]{1,60}\]){0,2})\. (.+)", re.DOTALL)
_ROW_FIRST = re.compile(r"\[([^\]]+)\]\s*(.+)", re.DOTALL)
_ANSWER_CODE = re.compile(r"A0*(\d{1,4})")
_SUBMITTED = ("submitdate", "Date submitted", "Datum Abgeschickt")


def claims(content: Content) -> bool:
    """Three of the tool's own columns, or internal survey ids."""
    first = folded(content.sheet.row(0))
    internal = sum(bool(_INTERNAL.fullmatch(name.upper())) for name in first)
    return len(_OWN & set(first)) >= 3 or internal >= 3


def claims_pair(source: SourceFile, content: Content) -> bool:
    """A data file without header whose syntax file stands beside it."""
    return content.kind == "text" and _sps(source) is not None


def layout(source: SourceFile, content: Content) -> Layout:
    """Codes and texts from the header, or from the script that belongs to the file."""
    script = _r(source)
    if script is not None:
        return _paired(source, content, script, start=1)
    names: list[str] = []
    labels: dict[str, str] = {}
    for cell in content.sheet.row(0):
        header = plain_text(cell)
        both = _CODE_AND_TEXT.fullmatch(header)
        name = both.group(1) if both else header
        names.append(name)
        if name:
            labels[name] = both.group(2) if both else header
    internal = any(_INTERNAL.fullmatch(name.upper()) for name in names)
    where = Where(file=source.name)
    notes = (
        (diagnostic("COMPANION_MISSING", where=where, companion=_r_name(source)),)
        if internal
        else ()
    )
    return Layout(
        platform="limesurvey",
        names=names,
        labels=labels,
        paradata=_paradata,
        states={"N/A": AnswerStatus.NOT_ASKED},
        traits=frozenset({"unseen_words"}),
        repeated_names=True,
        notes=notes,
    )


def pair_layout(source: SourceFile, content: Content) -> Layout:
    """Names, texts and answers of a header-less data file from its SPSS syntax."""
    script = _sps(source)
    assert script is not None  # noqa: S101  claims_pair said so
    return _paired(source, content, script, start=0)


def _paired(source: SourceFile, content: Content, script: Script, *, start: int) -> Layout:
    width = int(content.sheet.cells.shape[1])
    names = [script.names.get(j, f"column_{j + 1}") for j in range(width)]
    labels = {}
    for name, text in ((names[j], text) for j, text in script.labels.items() if j < width):
        row = _ROW_FIRST.fullmatch(text)
        labels[name] = f"{row.group(2)} [{row.group(1)}]" if row else text
    numeric: dict[str, Mapping[float, str]] = {}
    for j, of in script.value_labels.items():
        if j < width and not all(_is_number(code) for code in of):
            _spell_out(content.sheet.cells[start:], j, of)
        elif j < width:
            numeric[names[j]] = {float(code): text for code, text in of.items()}
    told = diagnostic("COMPANION_READ", where=Where(file=source.name), companion=script.file)
    return Layout(
        platform="limesurvey",
        names=names,
        labels=labels,
        start=start,
        paradata=_paradata,
        states={"N/A": AnswerStatus.NOT_ASKED},
        traits=frozenset({"unseen_words"}),
        value_labels=numeric,
        notes=(told,),
    )


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(?:\.\d+)?", text) is not None


def _spell_out(cells: Cells, j: int, of: Mapping[str, str]) -> None:
    """Answer codes of a column become the words the script gives them."""
    for i in range(cells.shape[0]):
        cells[i, j] = of.get(cell_text(cells[i, j]), cells[i, j])


def _r_name(source: SourceFile) -> str:
    return re.sub(r"data_file\.csv$", "syntax_file.R", source.name)


def _r(source: SourceFile) -> Script | None:
    name = _r_name(source)
    content = None if name == source.name else source.companion(name)
    return None if content is None else parse_r(content.decode("utf-8-sig", "replace"), name)


def _sps(source: SourceFile) -> Script | None:
    stem = source.name.rsplit(".", 1)[0]
    for name in (f"{stem}.sps", re.sub(r"data_file$", "syntax_file", stem) + ".sps"):
        content = source.companion(name) if name != source.name else None
        if content is not None:
            return parse_sps(content.decode("utf-8-sig", "replace"), name)
    return None


def without_answer_codes(content: Content, start: int) -> Content:
    """Columns of codes A1 ... A10, A99 as numbers, so that A10 does not sort as text."""
    sheet = content.sheet
    cells = sheet.cells.copy()
    changed = False
    for j in range(cells.shape[1]):
        filled = [i for i in range(start, cells.shape[0]) if cells[i, j] is not None]
        codes = [_ANSWER_CODE.fullmatch(cell_text(cells[i, j])) for i in filled]
        if filled and all(codes):
            cells[filled, j] = np.array([code.group(1) for code in codes if code], dtype=object)
            changed = True
    return (
        replace(content, sheets=(replace(sheet, cells=cells), *content.sheets[1:]))
        if changed
        else content
    )


def _paradata(table: pd.DataFrame) -> Told:
    done = column_of(table, *_SUBMITTED)
    out = gathered(
        table,
        respondent=("id", "Response ID", "Antwort ID"),
        started=("startdate", "Date started", "Datum gestartet"),
        ended=("datestamp", "Date last action", *_SUBMITTED),
        length=("interviewtime", "Total time"),
        language=("startlanguage", "Start language"),
    )
    if done is not None:
        out["status"] = [PARTIAL if not cell_text(cell) else "complete" for cell in done]
    return out
