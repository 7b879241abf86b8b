from __future__ import annotations

from pathlib import Path

import pytest

from survey_engine.instrument.model import Instrument

from . import northline as made


@pytest.fixture(scope="session")
def northline(shared_folder: Path) -> Instrument:
    return made.northline(shared_folder)


@pytest.fixture(scope="session")
def northline_yaml(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("instrument") / "northline.yaml"
    path.write_text(made.instrument_yaml(shared_folder), encoding="utf-8")
    return path
