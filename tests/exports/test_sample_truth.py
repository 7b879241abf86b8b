"""Each sample export reads, with one questionnaire, to the truth table: cell by cell.

Compared are the rows, every answer, the four states of "no number", ticks and the text
typed for "other", segments, numbers, comments, completion and times, apart from the
losses that the samples' own manifest documents.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey_engine.instrument.model import Instrument
from survey_engine.responses.options import ResponseOptions
from survey_engine.responses.survey_data import AnswerStatus as S
from survey_engine.responses.survey_data import SurveyData
from survey_engine.workflows.read_export import read_export

from . import northline as made

FILES = (
    "qualtrics_values.csv", "qualtrics_labels.csv", "surveymonkey_expanded.csv",
    "limesurvey_codes.csv", "limesurvey_full_de.csv", "limesurvey_R_data_file.csv",
    "google_forms_download.csv", "google_forms_sheet.csv", "microsoft_forms.xlsx",
    "typeform.csv", "kobo_xml_values.csv", "redcap_raw.csv", "redcap_labels.csv",
    "wenjuanxing_text.xlsx", "wenjuanxing_codes_gb18030.csv", "spss.sav", "stata.dta",
    "table.parquet", "plain_de_semicolon_cp1252.csv", "plain_en_tab_utf16.txt",
    "excel_merged_headers.xlsx",
)  # fmt: skip
PLATFORM = {"plain": "csv", "excel": "xlsx"}
BLANK = {S.SKIPPED, S.NOT_REACHED}
CHANNELS = ("shop", "app", "phone", "web", "other")
# Times the layout gives in UTC; the truth is local, one hour later.
UTC = {"typeform.csv": 1}


def test_no_sample_is_left_out(shared_folder: Path) -> None:
    assert sorted(made.manifest(shared_folder)) == sorted(FILES)
    assert len(FILES) == 21


@pytest.mark.parametrize("name", FILES)
def test_the_truth_comes_back(shared_folder: Path, northline: Instrument, name: str) -> None:
    told = made.manifest(shared_folder)[name]
    data = read_export(
        made.exports(shared_folder) / name,
        instrument=northline,
        options=ResponseOptions(keep=("unfinished", "test")),
    )
    assert data.platform == PLATFORM.get(told["platform"], told["platform"])
    assert [d.code for d in data.diagnostics if d.severity == "error"] == []
    assert respondents(data, told["rid_column"]) == told["rids"]
    expected = made.truth(shared_folder).loc[told["rids"]]
    wrong = [
        f"{name} {rid} {column}: read {found!r}, true {wanted!r}"
        for column in expected.columns
        for rid, found, wanted in compared(data, expected[column], told, name)
    ]
    assert wrong == [], "\n".join(wrong)


def respondents(data: SurveyData, column: str) -> list[str]:
    # The R script of LimeSurvey writes its names in lower case.
    name = next(c for c in data.extra if str(c).casefold() == column.casefold())
    return [str(cell) for cell in data.extra[name]]


def compared(data: SurveyData, truth: pd.Series, told: dict[str, Any], name: str) -> list:
    """Cells of one column of the truth that are not as read: (rid, read, true)."""
    column, losses = str(truth.name), told.get("losses", {})
    if column == "start" and column in losses:
        return starts(data, truth, losses["start"])
    if losses.get(column, "").startswith("not "):
        assert column not in data.extra or data.extra[column].isna().all()
        return []
    if column in ("status", "start", "end", "duration_s"):
        if column == "end" and told["platform"] == "redcap":
            # "[not completed]": this tool stamps an interview when it ends, or never.
            assert data.paradata["ended"].iloc[-1] is None
            return paradata(data, truth, name, but_last=True)
        return paradata(data, truth, name)
    if column in data.columns:
        return numbers(data, truth, losses)
    if column == "channels":
        return ticks(data, truth, losses)
    if column in losses:
        # Characters the code page does not have were lost before the file reached us.
        truth = truth.drop(["R10", "R11"])
    return others(data, truth, told["rids"])


def numbers(data: SurveyData, truth: pd.Series, losses: dict[str, Any]) -> list:
    j = data.columns.index(str(truth.name))
    out = []
    for i, (rid, word) in enumerate(truth.items()):
        value, status = data.values[i, j], S(data.status[i, j])
        if word == "DK":
            lost = truth.name in losses.get("dk_as_blank", ())
            fine = status in ({S.DONT_KNOW} | (BLANK if lost else set()))
        elif word == "NOTASKED":
            fine = status is S.NOT_ASKED
        elif word == "":
            fine = status in BLANK
        else:
            number = {"yes": 1.0, "no": 2.0}.get(word) or float(word)
            fine = value == number and status is S.ANSWERED
        if not fine or (status is not S.ANSWERED and not math.isnan(value)):
            out.append((rid, (float(value), status.name), word))
    return out


def ticks(data: SurveyData, truth: pd.Series, losses: dict[str, Any]) -> list:
    out = []
    for i, (rid, word) in enumerate(truth.items()):
        cells = {c: data.extra[f"channels/{c}"].iloc[i] for c in CHANNELS}
        status = S(data.reasons["channels"][i])
        if word == "":
            fine = status in BLANK and all(cell is None for cell in cells.values())
            fine = fine or f"{rid} channels" in losses
        else:
            wanted = set() if word == "NONE" else set(word.split("|"))
            fine = {c for c, cell in cells.items() if cell == 1} == wanted
            fine = fine and status is S.ANSWERED and None not in cells.values()
        if not fine:
            out.append((rid, (cells, status.name), word))
    return out


def others(data: SurveyData, truth: pd.Series, rids: list[str]) -> list:
    """Segments, numbers and text; expected are answer names, read are English labels."""
    column = str(truth.name)
    assert data.instrument is not None
    names = {}
    if column in ("branch", "age"):
        scale = data.instrument.scale_of(column)
        names = {scale.labels[k]["en"]: name for k, (name,) in scale.names.items()}
    out = []
    for rid, word in truth.items():
        cell = data.extra[column].iloc[rids.index(str(rid))]
        if column == "tenure":
            found: object = "" if cell is None else f"{float(cell):g}"
        else:
            found = "" if cell is None else names.get(str(cell), str(cell))
        # LimeSurvey's R export replaces line breaks by spaces: said in the manifest.
        same = found == word or (
            data.platform == "limesurvey" and found == word.replace("\n", " ")
        )
        if not same:
            out.append((rid, found, word))
    return out


def starts(data: SurveyData, truth: pd.Series, loss: str) -> list:
    """A lost start may be absent, to the minute, or derived: never wrong."""
    if "started" not in data.paradata:
        return []
    size = 16 if loss == "minutes only" else 19
    pairs = zip(truth.items(), data.paradata["started"], strict=True)
    return [(rid, s, word) for (rid, word), s in pairs if s is None or s[:size] != word[:size]]


def paradata(data: SurveyData, truth: pd.Series, name: str, *, but_last: bool = False) -> list:
    key = {"start": "started", "end": "ended", "duration_s": "seconds"}.get(
        str(truth.name), "status"
    )
    if key not in data.paradata:
        # No tool mark of completion: the samples of these layouts say nothing else.
        fine = key == "status"
        return [] if fine else [("all", "absent", key)]
    found = list(data.paradata[key])
    if but_last:
        truth, found = truth.iloc[:-1], found[:-1]
    if key == "seconds":
        found = [f"{round(cell)}" for cell in found]
    elif key != "status":
        hours = pd.Timedelta(hours=UTC.get(name, 0))
        found = [(pd.Timestamp(c[:19]) + hours).isoformat(timespec="seconds") for c in found]
    pairs = zip(truth.items(), found, strict=True)
    return [(rid, cell, word) for (rid, word), cell in pairs if cell != word]


def test_unfinished_and_previews_are_set_aside_and_told(
    shared_folder: Path, northline: Instrument
) -> None:
    path = made.exports(shared_folder) / "qualtrics_values.csv"
    data = read_export(path, instrument=northline)
    assert data.quality.n_read == 16
    assert data.quality.excluded == {"unfinished": 1, "test": 1}
    told = {
        d.parameters["rule"]: d.where.rows
        for d in data.diagnostics
        if d.code == "ROWS_SET_ASIDE"
    }
    assert told == {"unfinished": (15,), "test": (16,)}
    np.testing.assert_array_equal(data.rows, np.arange(1, 15))
    kept = read_export(path, instrument=northline, options=ResponseOptions(keep=("test",)))
    assert kept.rows.tolist() == [*range(1, 15), 16]
