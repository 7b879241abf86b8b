"""Files are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from survey_engine.errors import EnvironmentProblem
from survey_engine.workflows import write_file
from survey_engine.workflows.write_file import write_atomically


def test_folders_are_made_and_nothing_is_left_beside(tmp_path: Path) -> None:
    path = write_atomically(tmp_path / "a" / "b.pdf", b"pages")
    assert path.read_bytes() == b"pages"
    assert [entry.name for entry in path.parent.iterdir()] == ["b.pdf"]


def test_an_old_file_survives_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_atomically(tmp_path / "b.pdf", b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write_file.os, "fsync", full)
    with pytest.raises(EnvironmentProblem) as caught:
        write_atomically(path, b"new")
    (found,) = caught.value.diagnostics
    assert found.code == "OUTPUT_NOT_WRITABLE"
    assert found.parameters["reason"] == "No space left on device"
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["b.pdf"]


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentProblem) as caught:
        write_atomically(tmp_path / "file" / "b.pdf", b"new")
    assert caught.value.diagnostics[0].where.file == str(tmp_path / "file" / "b.pdf")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_the_file_has_ordinary_rights(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        path = write_atomically(tmp_path / "b.pdf", b"x")
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o644
