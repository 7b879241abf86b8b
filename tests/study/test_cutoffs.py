"""Any line of the checklist can be judged by other limits; a misspelt line is named."""

from __future__ import annotations

import pytest

import survey_engine as se
from survey_engine.study.cutoffs import judged, unknown_cutoffs
from survey_engine.study.result import ChecklistLine


def line(item: str, value: float | str | None, cutoff: str) -> ChecklistLine:
    return ChecklistLine(item=item, value=value, cutoff=cutoff, verdict="fail", source="x")


@pytest.mark.parametrize(
    ("value", "cutoff", "limits", "verdict", "shown"),
    [
        (0.62, "≥ .70", (0.6, 0.5), "pass", "≥ .6"),
        (0.55, "≥ .70", (0.6, 0.5), "caution", "≥ .6"),
        (0.40, "≥ .70", (0.6, 0.5), "fail", "≥ .6"),
        (0.09, "< .08", (0.10, 0.12), "pass", "≤ .1"),
        (4.0, "≤ 3", (3.5, 5.0), "caution", "≤ 3.5"),
    ],
)
def test_limits_take_the_place_of_a_lines_own(
    value: float, cutoff: str, limits: tuple[float, float], verdict: str, shown: str
) -> None:
    found = judged(line("a", value, cutoff), {"a": limits})
    assert (found.verdict, found.cutoff) == (verdict, shown)


def test_other_lines_and_words_stay() -> None:
    for one in (line("b", 0.5, "≥ .70"), line("a", "yes", "yes"), line("a", None, "≥ 1")):
        assert judged(one, {"a": (0.1, 0.1)}) == one


def test_a_misspelt_line_is_named() -> None:
    (told,) = unknown_cutoffs((line("rmsea", 0.05, "≤ .06"),), {"rmsae": (0.06, 0.08)})
    assert told.code == "CUTOFF_UNKNOWN"
    assert (told.parameters["suggestion"], told.parameters["known"]) == ("rmsea", "rmsea")


def test_in_a_study(mobi_path: object) -> None:
    data = se.read(mobi_path, instrument="ecsi")  # type: ignore[arg-type]
    limits = {"smallest_loading": (0.1, 0.05), "htmmt": (1.0, 1.0)}
    study = se.Study(data, "ecsi", resamples=0, cutoffs=limits).run().study
    chosen = next(one for one in study.checklist if one.item == "smallest_loading")
    assert (chosen.verdict, chosen.cutoff) == ("pass", "≥ .1")
    codes = [one.code for one in study.diagnostics]
    assert codes.count("CUTOFF_UNKNOWN") == 1
