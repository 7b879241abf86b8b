"""The self-test passes, says what is missing, and fails when a number is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from survey_engine.cli import main
from survey_engine.validation import run as runner
from survey_engine.validation.check import Check, Frames, Outcome, Requirement
from survey_engine.validation.run import Validation, requirements, validate
from survey_engine.workflows import validate as workflow
from survey_engine.workflows.resources import load_model, load_wording


@pytest.fixture(scope="module")
def found() -> Validation:
    return workflow.run_validation()


def test_every_requirement_is_met(found: Validation) -> None:
    assert {one.requirement.id: one.verdict for one in found.outcomes} == {
        one.requirement.id: "pass" for one in found.outcomes
    }, [(one.requirement.id, one.worst) for one in found.outcomes if one.verdict != "pass"]
    assert found.verdict == "pass"
    assert found.cells > 350


def test_every_requirement_has_words(found: Validation) -> None:
    for language in ("en", "zh"):
        words = load_wording(language)["validation"]["requirements"]
        assert set(words) == {one.requirement.id for one in found.outcomes}


def test_absent_data_are_said_and_do_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = workflow.installed_frames()
    assert set(everything) == set(workflow.FILES)
    few = {name: frame for name, frame in everything.items() if name != "mobi"}
    monkeypatch.setattr(runner, "requirements", lambda model: requirements(model)[-6:])
    outcomes = validate(few, load_model("ecsi")).outcomes
    verdicts = {one.requirement.id: (one.verdict, one.missing) for one in outcomes}
    assert verdicts["pls_mode_a"] == ("not run", ("mobi",))
    assert verdicts["same_digits"] == ("pass", ())


def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "requirements", lambda model: requirements(model)[:6])
    answer, pdf = tmp_path / "answer.json", tmp_path / "self-test.pdf"
    assert main(["validate", "-o", str(pdf), "--json", str(answer)]) == 0
    told = json.loads(answer.read_text(encoding="utf-8"))
    assert told["verdict"] == "pass"
    assert told["requirements"][0]["checks"][0]["cell"] == "NumAcc1 mean"
    assert "6 requirements agree" in capsys.readouterr().err
    pages = [page.extract_text() for page in PdfReader(pdf).pages]
    assert "Every requirement is met on this machine" in pages[2]
    assert any("NumAcc4" in page for page in pages)


def wrong(frames: Frames) -> Iterator[Check]:
    del frames
    yield Check(cell="fine", value=1.0, reference=1.0)
    yield Check(cell="off", value=1.0 + 1e-5, reference=1.0)


def test_a_wrong_number_fails_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = Requirement(id="chi_square_formulas", area="arithmetic", source="x", run=wrong)
    monkeypatch.setattr(runner, "requirements", lambda _model: (bad,))
    assert main(["validate", "--lang", "zh", "--json", str(tmp_path / "a.json")]) == 1
    said = capsys.readouterr().err
    assert "未满足" in said
    assert "off" in said


@pytest.mark.parametrize(
    ("check", "passes"),
    [
        (Check(cell="a", value=float("nan"), reference=1.0), False),
        (Check(cell="a", value=1.0000005, reference=1.0), True),
        (Check(cell="a", value=0.9, reference=1.0, measure="absolute", tolerance=0.2), True),
        (Check(cell="a", value=1.0, reference=1.0, measure="digits", tolerance=9), True),
        (Check(cell="a", value=1 + 1e-8, reference=1.0, measure="digits", tolerance=9), False),
        (Check(cell="a", value=2.0, reference=1.0, measure="equal", tolerance=0), False),
    ],
)
def test_measures(check: Check, passes: bool) -> None:
    assert check.passes is passes


def test_no_checks_is_no_pass() -> None:
    one = Requirement(id="x", area="arithmetic", source="x", run=wrong)
    assert Outcome(requirement=one, checks=()).verdict == "fail"
    assert Validation(outcomes=()).verdict == "fail"
