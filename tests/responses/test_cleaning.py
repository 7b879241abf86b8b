"""Every rule on a planted case; applying and undoing; plans, files and words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import survey_engine as se
from survey_engine.cli import main
from survey_engine.errors import Severity, SurveyEngineError
from survey_engine.responses.cleaning import clean_data, finding
from survey_engine.responses.late import screen_late
from survey_engine.responses.quality_plan import RULES, CleaningPlan, CleaningRule
from survey_engine.responses.subset import data_hash
from survey_engine.responses.survey_data import SurveyData
from survey_engine.workflows.clean import FLAGS, clean_answers, load_plan, plan_yaml

ITEMS = [f"Q{k}" for k in range(1, 13)]


def table(seed: int = 1, n: int = 200) -> pd.DataFrame:
    """Answers 1-10 that hang together, times around three minutes, ids."""
    chance = np.random.default_rng(seed)
    common = chance.normal(size=(n, 1))
    raw = 5.5 + 1.3 * common + 1.2 * chance.normal(size=(n, len(ITEMS)))
    frame = pd.DataFrame(np.clip(np.rint(raw), 1, 10).astype(int), columns=ITEMS)
    frame["seconds"] = chance.normal(180, 20, n).round()
    frame["respondent"] = [f"r{k}" for k in range(n)]
    return frame


def read(frame: pd.DataFrame, folder: Path) -> SurveyData:
    """As a plain table whose indicators are the twelve questions."""
    from survey_engine.responses.options import ResponseOptions
    from survey_engine.workflows.read_export import read_export

    path = folder / "export.csv"
    frame.to_csv(path, index=False)
    options = ResponseOptions(columns=tuple(ITEMS), scale=(1, 10), id_column="respondent")
    return read_export(path, options=options)


def named(data: SurveyData, **rule: object) -> list[int]:
    """Rows of the file one rule names."""
    plan = CleaningPlan.model_validate({"rules": [rule]})
    (hits,) = clean_data(data, plan).hits
    assert hits.reason is None
    found = finding(data, hits)
    rows = [] if found is None else list(found.where.rows)
    assert rows == data.rows[hits.flagged].tolist()
    return rows


def test_a_clean_file_names_next_to_nobody(tmp_path: Path) -> None:
    report = clean_answers(read(table(), tmp_path))
    assert [step.rule for step in report.steps] == list(RULES)
    flagged = {step.rule: step.flagged for step in report.steps}
    assert flagged.pop("outliers") <= 2
    assert not any(flagged.values()), flagged
    assert not [d for d in report.diagnostics if d.severity is Severity.WARNING]
    assert report.data is report.cleaning.original, "nothing asked for, nothing set aside"


def test_speeders(tmp_path: Path) -> None:
    frame = table()
    frame.loc[[4, 9], "seconds"] = [30, 59]
    data = read(frame, tmp_path)
    assert named(data, rule="speeders") == [5, 10]
    assert named(data, rule="speeders", cutoff=40) == [5]


def test_straightlining_and_long_string(tmp_path: Path) -> None:
    frame = table()
    frame.loc[7, ITEMS] = 6
    frame.loc[8, ITEMS[:9]] = 3
    frame.loc[8, ITEMS[9:]] = [4, 5, 4]
    data = read(frame, tmp_path)
    assert named(data, rule="straightlining") == [8]
    assert named(data, rule="long_string") == [8, 9]
    assert named(data, rule="long_string", cutoff=10) == [8]


def test_matrices_of_a_questionnaire_are_judged_apart(
    mobi: pd.DataFrame, tmp_path: Path
) -> None:
    """Alike within each matrix and different between them: a line all the same."""
    from survey_engine.responses.quality_columns import matrices

    first = [f"IMAG{k}" for k in range(1, 6)]
    second = [*(f"PERQ{k}" for k in range(1, 8)), "PERV1", "PERV2"]
    changed = mobi.copy()
    changed.loc[0, first], changed.loc[0, second] = 7, 4
    changed.loc[1, first] = 7  # five alike are too few
    changed.loc[1, second] = range(1, 10)
    path = tmp_path / "mobi.csv"
    changed.to_csv(path, index=False)
    data = se.read(path, instrument="ecsi")
    found = matrices(data, data.columns)
    assert list(found.values()) == [tuple(first), tuple(second)]
    rows = named(data, rule="straightlining")
    assert 1 in rows
    assert 2 not in rows


def test_variability(tmp_path: Path) -> None:
    frame = table()
    frame.loc[20, ITEMS] = [1, 10] * 6
    assert named(read(frame, tmp_path), rule="variability") == [21]


def test_repeated_respondents(tmp_path: Path) -> None:
    frame = table()
    frame.loc[50, "respondent"] = "r3"
    frame.loc[60, ITEMS] = frame.loc[2, ITEMS].to_numpy()
    frame["ip_address"] = [f"10.0.0.{k}" for k in range(200)]
    frame.loc[70, "ip_address"] = "10.0.0.5"
    data = read(frame, tmp_path)
    assert named(data, rule="duplicate_ids") == [51]
    assert named(data, rule="duplicate_answers") == [61]
    assert named(data, rule="duplicate_devices") == [71]


def test_attention_and_pairs(tmp_path: Path) -> None:
    frame = table()
    frame["ATT1"] = 3
    frame.loc[[11, 12], "ATT1"] = [5, 9]
    frame["Q1"] = frame["Q2"] = 5
    frame.loc[30, ["Q1", "Q2"]] = [2, 8]  # six ninths apart: exactly two thirds
    frame.loc[31, ["Q1", "Q2"]] = [2, 7]
    data = read(frame, tmp_path)
    assert named(data, rule="attention", answers={"ATT1": (3,)}) == [12, 13]
    assert named(data, rule="attention", answers={"ATT1": (3, 5)}) == [13]
    assert named(data, rule="pairs", pairs=(("Q1", "Q2"),)) == [31]
    # Turned round, 2 and 8 become 2 and 3, while 5 and 5 stay near each other.
    assert named(data, rule="pairs", pairs=(("Q1", "-Q2"),)) == []


def test_outliers(tmp_path: Path) -> None:
    frame = table()
    frame.loc[40, ITEMS] = [1, 10, 1, 10, 1, 10, 10, 1, 10, 1, 10, 1]
    assert 41 in named(read(frame, tmp_path), rule="outliers")


def test_late_respondents(tmp_path: Path) -> None:
    frame = table()
    frame["started"] = pd.date_range("2024-03-01", periods=200, freq="h").astype(str)
    assert screen_late(read(frame, tmp_path)) == ()
    frame.loc[150:, "Q4"] = np.maximum(frame.loc[150:, "Q4"] - 3, 1)
    # Order of arrival, not of the file.
    (told,) = screen_late(read(frame.sample(frac=1, random_state=1), tmp_path))
    assert told.code == "LATE_RESPONDENTS_DIFFER"
    assert told.where.items == ("Q4",)
    assert told.where.values[0] < -1
    assert told.parameters["n"] == 50


def test_undoing_gives_the_identical_data(tmp_path: Path) -> None:
    frame = table()
    frame.loc[[4, 9], "seconds"] = 30
    frame.loc[9, ITEMS] = 6
    data = read(frame, tmp_path)
    before = data_hash(data)
    report = clean_answers(
        data, [CleaningRule(rule="straightlining"), CleaningRule(rule="speeders")]
    )
    assert report.data.n == 198
    assert data_hash(report.data) != before
    assert [(s.flagged, s.new, s.n_before, s.n_after) for s in report.steps] == [
        (1, 1, 200, 199),
        (2, 1, 199, 198),
    ]
    assert report.cleaning.flags[9] == "straightlining;speeders"
    assert dict(report.data.quality.excluded) == {
        "cleaning_straightlining": 1,
        "cleaning_speeders": 1,
    }
    # A respondent two rules name stays set aside until both are undone.
    assert report.cleaning.undo(["straightlining"]).data.rows.tolist() == [
        row for row in range(1, 201) if row not in (5, 10)
    ]
    assert data_hash(report.cleaning.undo().data) == before
    assert data_hash(data) == before, "the original is never touched"


def test_the_hash_sees_every_part(tmp_path: Path) -> None:
    from dataclasses import replace

    data = read(table(), tmp_path)
    values = data.values.copy()
    values[0, 0] += 1
    status = data.status.copy()
    status[0, 0] = 3
    extra = data.extra.assign(seconds=1)
    changed = [{"values": values}, {"status": status}, {"extra": extra}]
    changed += [{"row_numbers": data.rows + 1}, {"weights": np.ones(data.n)}]
    hashes = {data_hash(replace(data, **one)) for one in changed}
    assert len({data_hash(data), *hashes}) == 6


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    rules = (
        CleaningRule(rule="speeders", cutoff=120, column="seconds"),
        CleaningRule(rule="attention", answers={"ATT1": (3, 4)}),
        CleaningRule(rule="pairs", pairs=(("Q1", "-Q2"),)),
    )
    plan = CleaningPlan(rules=rules)
    path = tmp_path / "plan.yaml"
    path.write_text(plan_yaml(plan), encoding="utf-8")
    assert load_plan(path) == plan


def test_a_wrong_plan_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text('schema: "1"\nrules:\n  - rule: speedsters\n', encoding="utf-8")
    with pytest.raises(SurveyEngineError) as problem:
        load_plan(path)
    assert problem.value.diagnostics[0].where.line == 3


def test_unknown_columns_are_named(tmp_path: Path) -> None:
    data = read(table(), tmp_path)
    with pytest.raises(SurveyEngineError) as problem:
        named(data, rule="attention", answers={"ATT9": (3,)})
    (told,) = problem.value.diagnostics
    assert (told.code, told.where.items) == ("CLEANING_UNKNOWN_COLUMN", ("ATT9",))


def test_a_rule_that_cannot_be_judged_is_told(tmp_path: Path) -> None:
    data = read(table().drop(columns="seconds"), tmp_path)
    report = clean_answers(data, [CleaningRule(rule="speeders")])
    assert [d.code for d in report.diagnostics] == ["CLEANING_RULE_NOT_JUDGED"]
    assert report.data.n == 200


def test_nobody_left_is_refused(tmp_path: Path) -> None:
    report = clean_answers(
        read(table(), tmp_path), [CleaningRule(rule="speeders", cutoff=9999)]
    )
    with pytest.raises(SurveyEngineError) as problem:
        _ = report.data
    assert problem.value.diagnostics[0].code == "CLEANING_LEAVES_NOBODY"


@pytest.fixture
def export(mobi: pd.DataFrame, tmp_path: Path) -> Path:
    chance = np.random.default_rng(1)
    frame = mobi.assign(seconds=chance.normal(200, 25, len(mobi)).round())
    frame.loc[:19, "seconds"] = 20
    path = tmp_path / "export.csv"
    frame.to_csv(path, index=False)
    return path


def test_command_shows_then_applies(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer, out = tmp_path / "answer.json", tmp_path / "clean.csv"
    flagged, plan = tmp_path / "flagged.csv", tmp_path / "plan.yaml"
    start = ["clean", str(export), "-i", "ecsi", "-m", "ecsi", "--json", str(answer)]
    assert main(start) == 0
    shown = json.loads(answer.read_text(encoding="utf-8"))
    assert (shown["applied"], shown["n_after"], shown["plan"]) == (False, 250, None)
    assert shown["data_sha256_before"] == shown["data_sha256_after"]
    assert "--rule RULE" in capsys.readouterr().err

    files = ["-o", str(out), "--flagged", str(flagged), "--save-plan", str(plan)]
    rules = ["--rule", "speeders", "--rule", "straightlining"]
    assert main([*start, *rules, "--dry-run", *files]) == 0
    assert not out.exists()
    assert not flagged.exists()
    plan.unlink()
    assert main([*start, *rules, *files]) == 0
    applied = json.loads(answer.read_text(encoding="utf-8"))
    first, second = applied["rules"]
    assert (first["rule"], first["n_before"], first["n_after"]) == ("speeders", 250, 230)
    assert first["index_after"] == second["index_before"]
    assert second["n_after"] == applied["n_after"] == len(pd.read_csv(out))
    told = {d["code"]: d for d in applied["diagnostics"]}
    assert told["SPEEDERS"]["where"]["rows"] == list(range(1, 21))
    assert told["SPEEDERS"]["severity"] == "warning"

    # The index after the last rule is that of a study of the file written.
    written = se.Study(
        se.read(out, instrument="ecsi"), "ecsi", resamples=0, second_opinion=False
    ).run()
    assert written.index is not None
    assert written.index.est == pytest.approx(second["index_after"], abs=1e-10)

    # Nothing is lost: the flagged file without its last column is the file as read.
    everything = pd.read_csv(flagged)
    assert len(everything) == 250
    assert everything[FLAGS].notna().sum() == 250 - applied["n_after"]
    back = tmp_path / "back.csv"
    everything.drop(columns=[FLAGS, "row"]).to_csv(back, index=False)
    again, original = (se.read(path, instrument="ecsi") for path in (back, export))
    np.testing.assert_array_equal(again.values, original.values)

    # The plan gives the same result on the next file of the same kind.
    assert main([*start, "--plan", str(plan)]) == 0
    repeated = json.loads(answer.read_text(encoding="utf-8"))
    assert repeated["data_sha256_after"] == applied["data_sha256_after"]


def test_python_and_report_name_the_rules(export: Path) -> None:
    data = se.read(export, instrument="ecsi")
    report = se.clean(data, ["speeders"], model="ecsi")
    assert report.to_frame().loc[0, "flagged"] == 20
    result = se.Study(report.data, "ecsi", resamples=0, second_opinion=False).run()
    found = result.to_dict()
    told = {d["code"]: d for d in found["diagnostics"]}
    assert told["CLEANING_APPLIED"]["where"]["rows"] == list(range(1, 21))


def test_check_warns_of_many_speeders(export: Path, tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    main(["check", str(export), "-i", "ecsi", "--json", str(answer)])
    found = json.loads(answer.read_text(encoding="utf-8"))
    assert "SPEEDERS" in [d["code"] for d in found["diagnostics"]]


def test_usage_of_attention_without_an_item(export: Path, tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    assert main(["clean", str(export), "--rule", "attention", "--json", str(answer)]) == 2
    assert main(["clean", str(export), "--rule", "careless", "--json", str(answer)]) == 2


def test_plan_states_default_cutoffs_and_unknown_rules_are_refused(tmp_path: Path) -> None:
    data = read(table(), tmp_path)
    plan = se.clean(data, ["speeders", "straightlining", "duplicate_ids"]).plan
    assert plan is not None
    assert [rule.cutoff for rule in plan.rules] == [1 / 3, 8, None]
    with pytest.raises(SurveyEngineError) as problem:
        se.clean(data, ["careless"])
    (told,) = problem.value.diagnostics
    assert told.code == "USAGE_BAD_VALUE"
    assert "speeders" in told.parameters["expected"]
