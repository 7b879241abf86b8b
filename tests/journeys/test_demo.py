"""The demonstration twice, on one worker and on two: the same bytes, the same hash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FILES = {"report.pdf", "report-zh.pdf", "results.json"}


def _results(folder: Path) -> Any:
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


def test_two_reports_and_the_results_are_written(demonstrations: tuple[Path, Path]) -> None:
    assert {path.name for path in demonstrations[0].iterdir()} == FILES


def test_two_runs_give_the_same_pages(demonstrations: tuple[Path, Path]) -> None:
    first, second = demonstrations
    for name in ("report.pdf", "report-zh.pdf"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_two_runs_have_the_same_hash(demonstrations: tuple[Path, Path]) -> None:
    first, second = map(_results, demonstrations)
    assert first["result_sha256"] == second["result_sha256"]
    assert len(first["result_sha256"]) == 64


def test_the_index_is_the_published_route(demonstrations: tuple[Path, Path]) -> None:
    index = _results(demonstrations[0])["index"]
    assert index["value"] == pytest.approx(71.169, abs=5e-4)
    assert index["ci_lower"] < 71.169 < index["ci_upper"]
    assert index["n"] == 250
