"""Attacks end in typed refusals under the limits, with this process unharmed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from survey_engine.errors import ResponseError
from survey_engine.readers import read_file
from survey_engine.readers.sandbox import Limits, ReadingProcess, parse
from survey_engine.readers.source import SourceFile

from . import attacks

LIMITS = Limits(memory=2 * 2**30, seconds=20)


@pytest.mark.parametrize("name", attacks.REFUSED)
def test_an_attack_is_refused_by_name(name: str) -> None:
    make, codes = attacks.REFUSED[name]
    source = SourceFile(name="upload", content=make(), sha256="0" * 64)
    with pytest.raises(ResponseError) as caught:
        parse(source, limits=LIMITS)
    assert caught.value.diagnostics[0].code in codes
    assert caught.value.diagnostics[0].where.file == "upload"


def test_formulas_count_by_their_saved_values_and_links_are_not_followed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(attacks.formulas())
    raw = read_file(path)
    assert list(raw.table.columns) == ["a", "b"]
    assert raw.table.to_numpy().tolist() == [[7, 42]]


def small_workbook() -> SourceFile:
    cell = attacks.inline
    rows = f"<row>{cell('a')}{cell('b')}</row><row>{cell('x')}{cell('y')}</row>"
    return SourceFile(name="a.xlsx", content=attacks.workbook(rows), sha256="0" * 64)


def test_limits_hold_and_are_said() -> None:
    process = ReadingProcess()
    try:
        with pytest.raises(ResponseError) as caught:
            process.read(small_workbook(), "workbook", None, Limits(size=10))
        assert caught.value.diagnostics[0].code == "READER_CRASHED"
        large = SourceFile(name="a.csv", content=b"a,b\n" + b"1,2\n" * 3_000_000, sha256="")
        with pytest.raises(ResponseError) as caught:
            process.read(large, "text", None, Limits(memory=64 * 2**20))
        assert caught.value.diagnostics[0].code == "READER_CRASHED"
        assert caught.value.diagnostics[0].parameters["reason"] == "memory"
        again = process.read(small_workbook(), "workbook", None, Limits())
        assert again.sheet.cells.tolist() == [["a", "b"], ["x", "y"]]
    finally:
        process.stop()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes to kill")
def test_a_killed_reading_process_is_replaced() -> None:
    process = ReadingProcess()
    try:
        first = process.read(small_workbook(), "workbook", None, Limits())
        assert process._process is not None
        os.kill(process._process.pid, signal.SIGKILL)
        process._process.wait()
        second = process.read(small_workbook(), "workbook", None, Limits())
        assert second.sheet.cells.tolist() == first.sheet.cells.tolist()
    finally:
        process.stop()


def test_the_reading_process_has_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEY_SECRET", "hunter2")
    process = ReadingProcess()
    try:
        process.read(small_workbook(), "workbook", None, Limits())
        assert process._process is not None
        told = Path(f"/proc/{process._process.pid}/environ")
        if told.exists():
            assert b"hunter2" not in told.read_bytes()
    finally:
        process.stop()


def test_a_wrong_ending_is_told_and_the_content_decides(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(small_workbook().content)
    raw = read_file(path)
    assert raw.platform == "xlsx"
    told = {one.code: one.parameters for one in raw.diagnostics}
    assert told["NAME_SAYS_OTHERWISE"] == {"named": ".csv", "kind": "workbook"}


def test_garbled_answers_are_named_by_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("q1,comment\n1,fÃ¼r uns\n2,größer\n3,plain\n", encoding="utf-8")
    (told,) = read_file(path).diagnostics
    assert (told.code, told.where.items, told.where.rows) == (
        "GARBLED_CELLS",
        ("comment",),
        (1,),
    )
    assert told.parameters["meant"] == "für uns"
