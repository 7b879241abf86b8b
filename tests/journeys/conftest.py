"""What several journeys look at: the demonstration, made once a worker process."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey_engine.cli import main


@pytest.fixture(scope="session")
def demonstrations(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The demonstration on one worker and on two."""
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    assert main(["demo", "--out", str(first)]) == 0
    assert main(["demo", "--out", str(second), "--workers", "2"]) == 0
    return first, second
