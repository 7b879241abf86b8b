"""The wheel carries the authored folders and works far from the checkout, offline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, "."],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"is hatchling installed (make test)? {done.stderr[-2000:]}"
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the commands of a fresh environment that has only the wheel of its own.

    Dependencies are seen through a .pth file: nothing is downloaded.
    """
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True)
    commands = folder / ("Scripts" if os.name == "nt" else "bin")
    offline = [commands / "python", "-m", "pip", "install", "--no-deps", "--no-index", wheel]
    subprocess.run(offline, check=True, capture_output=True)
    (own,) = folder.glob("lib/python*/site-packages") or folder.glob("Lib/site-packages")
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return commands


def _run(command: list[object], folder: Path) -> subprocess.CompletedProcess[str]:
    clean = {key: text for key, text in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


def test_the_wheel_holds_every_authored_file(wheel: Path, repository: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    wanted = {
        f"survey_engine/_data/{path.relative_to(repository).as_posix()}"
        for folder in ("instruments", "models", "reports")
        for path in (repository / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert len(wanted) > 15
    assert wanted - names == set()
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]


def test_presets_are_listed_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    command = [installed / "survey-engine", "instrument", "list", "--json", "-"]
    done = _run(command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "ecsi" in {entry["id"] for entry in json.loads(done.stdout)["instruments"]}
    where = _run(
        [installed / "python", "-c", "import survey_engine; print(survey_engine.__file__)"],
        tmp_path,
    )
    assert str(installed.parent) in where.stdout


def test_a_report_is_made_outside_the_checkout(
    installed: Path, mobi_path: Path, tmp_path: Path
) -> None:
    command = [
        *(installed / "survey-engine", "report", mobi_path, "-i", "ecsi", "-o", "r.pdf"),
        *("--resamples", "200", "--no-second-opinion", "--lang", "zh"),
    ]
    done = _run(command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")
    assert "已写出" in done.stderr
