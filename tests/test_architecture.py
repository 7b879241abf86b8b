"""`make check` refuses an upward import: the contract itself is tested."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LINT = Path(sys.executable).with_name("lint-imports")


@pytest.fixture
def copied_package(repository: Path, tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "_data")
    shutil.copytree(repository / "survey_engine", tmp_path / "survey_engine", ignore=ignored)
    shutil.copy(repository / "pyproject.toml", tmp_path)
    return tmp_path


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_deliberate_upward_import_is_refused(copied_package: Path) -> None:
    room = copied_package / "survey_engine" / "numerics" / "moments.py"
    text = room.read_text(encoding="utf-8")
    room.write_text(text + "\nimport survey_engine.study.result\n", encoding="utf-8")
    outcome = _lint(copied_package)
    assert outcome.returncode == 1
    assert "Imports point downward only BROKEN" in outcome.stdout
    assert "survey_engine.numerics is not allowed to import survey_engine.study" in re.sub(
        r"\s+", " ", outcome.stdout
    )


def test_a_forbidden_third_party_import_is_refused(copied_package: Path) -> None:
    room = copied_package / "survey_engine" / "numerics" / "moments.py"
    text = room.read_text(encoding="utf-8")
    room.write_text(text + "\nimport pandas\n", encoding="utf-8")
    outcome = _lint(copied_package)
    assert outcome.returncode == 1
    assert "numerics needs numpy and scipy only BROKEN" in outcome.stdout


def test_no_room_is_called_after_a_data_folder(repository: Path) -> None:
    names = {path.name for path in (repository / "survey_engine").rglob("*") if path.is_dir()}
    assert not names & {"models", "reports", "instruments", "utils", "helpers"}
