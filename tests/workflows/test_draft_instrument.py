"""Start from the file: what a draft says of three questionnaires that are in no library."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

import survey_engine as se
from survey_engine.cli import main
from survey_engine.errors import Severity, SurveyEngineError
from survey_engine.responses.draft.labels import ordered_labels
from survey_engine.responses.draft.ranges import range_of
from survey_engine.workflows.draft_instrument import Draft, draft_instrument, write_draft
from survey_engine.workflows.lint_questionnaire import lint_questionnaire
from survey_engine.workflows.read_export import open_export
from survey_engine.workflows.resources import load_instrument, load_model, model_of_instrument
from tests.workflows.home_made import chinese_matrix, mixed_scales, three_ratings


def test_chinese_matrix(tmp_path: Path) -> None:
    draft = draft_instrument(
        chinese_matrix(tmp_path),
        answers={"direction": "highest", "special_codes": {"99": "dont_know"}},
    )
    constructs = {one.id: one.construct_name for one in draft.instrument.items}
    assert constructs == {
        "ID1": None, "SEG1": None,
        "QUA1": "Quality", "QUA2": "Quality", "QUA3": "Quality", "QUA4": "Quality",
        "VAL1": "Value", "VAL2": "Value",
        "SAT1": "Satisfaction", "SAT2": "Satisfaction", "SAT3": "Satisfaction",
        "LOY1": "Loyalty", "LOY2": "Loyalty",
    }  # fmt: skip
    first = draft.instrument.item("QUA1")
    assert first.text == {"zh": "菜品口味"}
    assert first.stem == {"zh": "请对以下各方面进行评分"}
    assert draft.instrument.item("SAT1").role == "overall"
    scale = draft.instrument.scale_of("QUA1")
    assert (scale.minimum, scale.maximum, scale.missing) == (1, 5, {99: "dont_know"})
    assert draft.instrument.open_questions == ()
    assert draft.model is not None
    assert [(one.source, one.target) for one in draft.model.paths] == [
        ("Quality", "Value"),
        ("Quality", "Satisfaction"),
        ("Value", "Satisfaction"),
        ("Satisfaction", "Loyalty"),
    ]


def test_mixed_scales(tmp_path: Path) -> None:
    draft = draft_instrument(mixed_scales(tmp_path))
    ranges = {
        one.id: (
            draft.instrument.scale_of(one.id).minimum,
            draft.instrument.scale_of(one.id).maximum,
        )
        for one in draft.instrument.items
        if one.type == "rating"
    }
    assert ranges == {
        "QUA1": (1, 5), "QUA2": (1, 5), "QUA3": (1, 5), "VAL1": (1, 7),
        "SAT1": (1, 10), "NPS": (0, 10),
    }  # fmt: skip
    assert draft.instrument.item("QUA3").direction == "lower_is_better"
    assert draft.instrument.item("NPS").role == "nps"
    assert draft.instrument.item("QUA1").text == {"en": "How would you rate our staff?"}
    assert [one.id for one in draft.instrument.open_questions] == ["direction", "reversed"]
    assert draft.model is None
    aside = next(one for one in draft.diagnostics if one.code == "DRAFT_COLUMNS_ASIDE")
    assert aside.where.items == ("E-mail",)


def test_three_ratings_ask_for_overall_first(tmp_path: Path) -> None:
    draft = draft_instrument(three_ratings(tmp_path))
    assert [one.id for one in draft.proposal.questions] == [
        "overall",
        "direction",
        "constructs",
    ]
    assert draft.instrument.item("NPS").role == "nps"
    assert all(one.role != "overall" for one in draft.instrument.items)
    [score] = draft.instrument.scores
    assert (score.rule, score.top, score.bottom, score.items) == ("net", 9, 6, ("NPS",))


@pytest.mark.parametrize("make", [chinese_matrix, mixed_scales, three_ratings])
def test_a_draft_parses_lints_and_reads_its_file(make: object, tmp_path: Path) -> None:
    export = make(tmp_path)  # type: ignore[operator]
    draft = draft_instrument(export)
    written = write_draft(draft, tmp_path / "mine.yaml")
    name = str(written[0])
    _, report = lint_questionnaire(name)
    assert [one.code for one in report.remarks if one.severity is Severity.ERROR] == []
    named = [
        one.parameters["question"]
        for one in report.remarks
        if one.code == "DRAFT_QUESTION_OPEN"
    ]
    assert named == [one.id for one in draft.proposal.questions]
    data = open_export(export, instrument=load_instrument(name)).data
    assert [one.code for one in data.diagnostics if one.severity is Severity.ERROR] == []
    for one in draft.proposal.of_kind("rating"):
        item = draft.proposal.ids[one.column]
        given = data.values[:, data.columns.index(item)]
        low, high = data.ranges[item]
        down = draft.instrument.item(item).direction == "lower_is_better"
        wanted = low + high - one.values if down else one.values
        np.testing.assert_array_equal(given, wanted, err_msg=item)


def test_the_model_lies_beside_the_questionnaire(tmp_path: Path) -> None:
    write_draft(_named(tmp_path), tmp_path / "canting.yaml")
    found = model_of_instrument(str(tmp_path / "canting.yaml"))
    assert found == str(tmp_path / "canting-model.yaml")
    assert load_model(found).roles.index == "Satisfaction"  # type: ignore[union-attr]


def _named(folder: Path) -> Draft:
    return draft_instrument(chinese_matrix(folder))


def test_answers_overrule(tmp_path: Path) -> None:
    draft = draft_instrument(
        mixed_scales(tmp_path),
        answers={
            "overall": "Q1 How would you rate our staff? (1-5)",
            "direction": "lowest",
            "reversed": "none",
            "constructs": "QUA2=Image, VAL1=none",
        },
    )
    made = draft.instrument
    assert made.item("QUA1").role == "overall"
    assert made.item("SAT1").role == "indicator"
    assert {made.item(k).direction for k in ("QUA1", "QUA3", "SAT1")} == {"lower_is_better"}
    assert made.item("NPS").direction == "higher_is_better"  # 0-10 by its rule
    assert made.item("QUA2").construct_name == "Image"
    assert made.item("VAL1").construct_name is None
    assert made.open_questions == ()


@pytest.mark.parametrize(
    ("answers", "code", "word"),
    [
        ({"overal": "SAT1"}, "DRAFT_ANSWER_UNKNOWN", "overall"),
        ({"overall": "Q99"}, "DRAFT_ANSWER_UNFIT", "Q99"),
        ({"special_codes": {"99": "maybe"}}, "DRAFT_ANSWER_UNFIT", "maybe"),
        ({"ranges": "1-5=7-1"}, "DRAFT_ANSWER_UNFIT", "7-1"),
    ],
)
def test_answers_that_do_not_fit(
    answers: dict[str, object], code: str, word: str, tmp_path: Path
) -> None:
    with pytest.raises(SurveyEngineError) as caught:
        draft_instrument(mixed_scales(tmp_path), answers=answers)
    [found] = caught.value.diagnostics
    assert found.code == code
    assert word in str(dict(found.parameters))


def test_a_file_without_ratings_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("name,comment\nAnn,fine day\nBo,good food\nCy,all well\n", encoding="utf-8")
    with pytest.raises(SurveyEngineError) as caught:
        draft_instrument(path)
    assert caught.value.diagnostics[0].code == "DRAFT_NOTHING_RATED"


def test_at_most_five_questions_are_asked(tmp_path: Path) -> None:
    asked: list[str] = []
    draft = draft_instrument(three_ratings(tmp_path), ask=lambda one, _: asked.append(one.id))
    assert asked == ["overall", "direction", "constructs"]
    assert [one.id for one in draft.instrument.open_questions] == asked


def test_command(tmp_path: Path) -> None:
    export = mixed_scales(tmp_path)
    answers = tmp_path / "answers.yaml"
    answers.write_text("direction: highest\nreversed: [QUA3]\n", encoding="utf-8")
    out, told = tmp_path / "mine.yaml", tmp_path / "told.json"
    arguments = ["instrument", "draft", str(export), "-o", str(out), "--answers", str(answers)]
    assert main([*arguments, "--title", "Shop", "--json", str(told)]) == 0
    made = load_instrument(str(out))
    assert (made.id, made.title, made.open_questions) == ("mine", {"en": "Shop"}, ())
    document = json.loads(told.read_text(encoding="utf-8"))
    assert [one["answered"] for one in document["questions"]] == [True, True]


@pytest.mark.parametrize(
    ("words", "ordered"),
    [
        ({"Strongly agree", "Agree", "Disagree"}, ("", "Disagree", "Agree", "Strongly agree")),
        (
            {"很不满意", "不太满意", "一般", "比较满意", "很满意"},
            ("很不满意", "不太满意", "一般", "比较满意", "很满意"),
        ),
        ({"Poor", "Fair", "Good", "Very good", "Excellent"},
         ("Poor", "Fair", "Good", "Very good", "Excellent")),
        ({"often", "never", "always"}, ("never", "", "", "often", "always")),
        ({"red", "green", "blue"}, ()),
    ],
)  # fmt: skip
def test_labels_in_order(words: set[str], ordered: tuple[str, ...]) -> None:
    assert ordered_labels(words) == ordered


@pytest.mark.parametrize(
    ("counts", "header", "ends", "special"),
    [
        ({1: 9, 2: 9, 7: 1}, "", (1, 7), ()),
        ({1: 30, 3: 30, 5: 9, 9: 2}, "", (1, 5), (9,)),
        ({2: 9, 8: 9, 9: 1}, "", (1, 10), ()),
        ({0: 9, 8: 9, 9: 1}, "", (0, 10), ()),
        ({2: 9, 3: 9, 4: 1}, "Staff (1-7)", (1, 7), ()),
    ],
)
def test_ranges(
    counts: dict[float, int], header: str, ends: tuple[float, float], special: tuple[float, ...]
) -> None:
    found = range_of(counts, header, recommends=False)
    assert found is not None
    assert (found.minimum, found.maximum) == ends
    assert found.special == special


def test_numbers_that_are_no_ratings() -> None:
    assert range_of({17: 1, 34: 1, 61: 1}, "Age", recommends=False) is None
    assert range_of({1.5: 2, 2.5: 3, 3: 1}, "", recommends=False) is None


class _Terminal(io.StringIO):
    """Typed lines of a person."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_it_asks_and_asks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    export, out = three_ratings(tmp_path), tmp_path / "mine.yaml"
    monkeypatch.setattr("sys.stdin", _Terminal("Stuff\nStaff\nlowest\n\n"))
    assert main(["instrument", "draft", str(export), "-o", str(out)]) == 0
    told = capsys.readouterr().err
    assert "Which question asks for overall satisfaction?" in told
    assert "DRAFT_ANSWER_UNFIT" in told
    made = load_instrument(str(out))
    assert made.item("Staff").role == "overall"
    assert made.item("Rooms").direction == "lower_is_better"
    assert made.item("Breakfast").construct_name == "Quality"  # the default, by an empty line
    assert made.open_questions == ()


def test_python_face(tmp_path: Path) -> None:
    export = mixed_scales(tmp_path)
    mine = se.draft_instrument(export, tmp_path / "mine.yaml", answers={"reversed": ["QUA3"]})
    assert [one.id for one in mine.questionnaire.open_questions] == ["direction"]
    found = se.largest_report(export, mine.name, tmp_path / "r.pdf", resamples=0)
    assert (found["step"], found["target"]) == ("drivers", "SAT1")
    assert found["drivers"]["drivers"][0]["ci_lower"] is None
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")


def test_an_unknown_language_is_named(tmp_path: Path) -> None:
    with pytest.raises(SurveyEngineError) as caught:
        draft_instrument(mixed_scales(tmp_path), language="xx")
    assert caught.value.diagnostics[0].code == "UNKNOWN_LANGUAGE"
