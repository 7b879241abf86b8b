"""Variants of the samples: header rows deleted, archives, script pairs, clean tables."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import numpy as np

from survey_engine.instrument.model import Instrument
from survey_engine.readers import read_file
from survey_engine.workflows.clean_table import clean_table
from survey_engine.workflows.read_export import read_export

from . import northline as made


def test_qualtrics_with_deleted_header_rows_and_as_utf16_tabs(
    shared_folder: Path, northline: Instrument, tmp_path: Path
) -> None:
    path = made.exports(shared_folder) / "qualtrics_values.csv"
    whole = read_export(path, instrument=northline)
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))
    for left in ([1, *range(3, 19)], [*range(2), *range(3, 19)]):
        out = io.StringIO()
        csv.writer(out, delimiter="\t").writerows(rows[k] for k in left)
        copy = tmp_path / "q.tsv"
        copy.write_text(out.getvalue(), encoding="utf-16")
        data = read_export(copy, instrument=northline)
        assert data.platform == "qualtrics"
        np.testing.assert_array_equal(data.values, whole.values)
        np.testing.assert_array_equal(data.rows, whole.rows)


def test_a_zip_holds_the_export(
    shared_folder: Path, northline: Instrument, tmp_path: Path
) -> None:
    name = "surveymonkey_expanded.csv"
    content = (made.exports(shared_folder) / name).read_bytes()
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("CSV/survey.csv", content)
        archive.writestr("README.txt", b"hello\n")
    data = read_export(path, instrument=northline)
    assert (data.platform, data.n) == ("surveymonkey", 15)
    (told,) = [d for d in data.diagnostics if d.code == "ARCHIVE_MEMBER_READ"]
    assert told.parameters["part"] == "CSV/survey.csv"


def test_limesurvey_data_without_header_beside_its_spss_syntax(tmp_path: Path) -> None:
    (tmp_path / "survey.dat").write_text(
        "1,A5,'good, really'\n2,A4,'so so'\n", encoding="utf-8"
    )
    (tmp_path / "survey.sps").write_text(
        "GET DATA /TYPE=TXT\n /FILE='survey.dat'\n /VARIABLES=\n id F3\n V2 A2\n V3 A20.\n"
        'VARIABLE LABELS V2 "[It works] How is it?".\n'
        "VALUE LABELS V2\n 'A5' \"Very good\"\n 'A4' \"Good\".\n"
        "RENAME VARIABLE ( V2 = img_SQ001 ).\n",
        encoding="utf-8",
    )
    raw = read_file(tmp_path / "survey.dat")
    assert raw.platform == "limesurvey"
    assert list(raw.table.columns)[:2] == ["id", "img_SQ001"]
    assert raw.table["img_SQ001"].tolist() == ["Very good", "Good"]
    assert raw.labels["img_SQ001"] == "How is it? [It works]"


def test_redcap_events_are_no_duplicates(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(
        "record_id,redcap_event_name,q1,form_complete\n1,base,5,2\n1,follow,4,2\n2,base,3,0\n",
        encoding="utf-8",
    )
    raw = read_file(path)
    assert raw.platform == "redcap"
    assert raw.paradata is not None
    assert list(raw.paradata["respondent"]) == ["1 / base", "1 / follow", "2 / base"]
    assert list(raw.paradata["status"]) == ["complete", "complete", "partial"]
    assert [d.code for d in raw.diagnostics] == ["REDCAP_EVENTS"]


def test_a_clean_table_keeps_every_state(
    shared_folder: Path, northline: Instrument, tmp_path: Path
) -> None:
    data = read_export(
        made.exports(shared_folder) / "surveymonkey_expanded.csv", instrument=northline
    )
    clean_table(data).to_csv(tmp_path / "clean.csv", index=False)
    again = read_export(tmp_path / "clean.csv", instrument=northline)
    np.testing.assert_array_equal(again.values, data.values)
    np.testing.assert_array_equal(again.status, data.status)
    for name in ("channels", "branch", "age", "tenure"):
        assert again.reasons[name].tolist() == data.reasons[name].tolist(), name
    ticks = [c for c in data.extra if str(c).startswith("channels/")]
    assert len(ticks) == 5
    found, wanted = (one.extra[ticks].to_numpy(dtype=float) for one in (again, data))
    np.testing.assert_array_equal(found, wanted)
