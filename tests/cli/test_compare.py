"""`compare` on the command line and in Python: tables, tests, refusals."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

import survey_engine as se
from survey_engine.cli import main
from survey_engine.errors import SurveyEngineError, UsageProblem

FACTORS = """
visual =~ x1 + a*x2 + b*x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
"""
APART = "visual ~~ 0*textual\nvisual ~~ 0*speed\ntextual ~~ 0*speed\n"
EQUAL = FACTORS.replace("b*x3", "a*x3")
SAID = {
    "en": ("rival models", "Wald test in free", "score test in equal", "no support"),
    "zh": ("竞争模型", "free 的 Wald 检验", "得分检验", "不支持"),
}


@pytest.fixture
def schools() -> Path:
    found = importlib.util.find_spec("semopy")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "examples" / "holzinger_swineford39_data.csv"


@pytest.fixture
def texts(tmp_path: Path) -> dict[str, Path]:
    made = {}
    for name, text in (("free", FACTORS), ("equal", EQUAL), ("apart", FACTORS + APART)):
        made[name] = tmp_path / f"{name}.txt"
        made[name].write_text(text, encoding="utf-8")
    return made


@pytest.mark.parametrize("language", ["en", "zh"])
def test_command(
    schools: Path,
    texts: dict[str, Path],
    tmp_path: Path,
    language: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = tmp_path / "answer.json"
    models = [word for name in texts for word in ("-m", str(texts[name]))]
    how = ["--wald", "a == b", "--lang", language, "--json", str(answer)]
    assert main(["compare", str(schools), *models, *how]) == 0
    found = json.loads(answer.read_text(encoding="utf-8"))
    assert [row["model"] for row in found["nested"]] == ["free", "equal", "apart"]
    assert [row["df"] for row in found["nested"]] == [24, 25, 27]
    assert found["difference"] == "plain"
    assert {row["model"] for row in found["rivals"]} == set(texts)
    said = capsys.readouterr().err
    for words in SAID[language]:
        assert words in said


def test_the_tutorials_difference(schools: Path, texts: dict[str, Path]) -> None:
    """lavaan's tutorial: 85.306 on 24 df; 153.53 on 27 with factors held apart."""
    chosen = {"free": texts["free"], "apart": texts["apart"]}
    made = se.compare(se.read(schools), chosen)
    free, apart = made.to_frame("nested").to_dict("records")
    assert (free["df"], apart["df"], apart["df_diff"]) == (24, 27, 3)
    assert free["chisq"] == pytest.approx(85.306, abs=5e-4)
    assert apart["chisq_diff"] == pytest.approx(68.222, abs=1e-3)


def test_three_tests_of_one_equality(schools: Path, texts: dict[str, Path]) -> None:
    """Wald, score and likelihood-ratio tests are equal in the limit (Engle 1984)."""
    chosen = {"free": texts["free"], "equal": texts["equal"]}
    made = se.compare(se.read(schools), chosen, constraints=["a == b"])
    wald = made.to_frame("wald").chisq[0]
    ratio = made.to_frame("nested").chisq_diff[1]
    score = made.to_frame("equality_tests").chisq[0]
    assert wald == pytest.approx(ratio, rel=0.15)
    assert score == pytest.approx(ratio, rel=0.15)


@pytest.mark.parametrize(
    ("estimator", "used"), [("mlr", "satorra-bentler-2001"), ("mlmv", "satorra-2000")]
)
def test_robust_differences(
    schools: Path, texts: dict[str, Path], estimator: str, used: str
) -> None:
    made = se.compare(se.read(schools), dict(texts), estimator=estimator)
    assert made.found.difference == used
    assert made.to_frame("nested").chisq_diff[1:].notna().all()


def test_by_groups(schools: Path, texts: dict[str, Path]) -> None:
    data = se.read(schools)
    made = se.compare(data, dict(texts), group="school", group_equal=("loadings",))
    assert list(made.to_frame("nested").df) == [54, 55, 60]


def test_what_cannot_be_compared(schools: Path, texts: dict[str, Path]) -> None:
    data = se.read(schools)
    fewer = FACTORS.replace(" + x9", "")
    texts["free"].with_name("fewer.txt").write_text(fewer, encoding="utf-8")
    other = {"free": texts["free"], "fewer": texts["free"].with_name("fewer.txt")}
    for models, options, code in (
        (other, {}, "COMPARE_ITEMS_DIFFER"),
        (texts, {"estimator": "pls"}, "COMPARE_UNSUPPORTED"),
        (texts, {"missing": "mi"}, "COMPARE_UNSUPPORTED"),
        (texts, {"constraints": ["a == z"]}, "BAD_EXPRESSION"),
    ):
        with pytest.raises(SurveyEngineError) as refused:
            se.compare(data, dict(models), **options)  # type: ignore[arg-type]
        assert refused.value.diagnostics[0].code == code
    with pytest.raises(UsageProblem):
        se.compare(data, {})
    with pytest.raises(UsageProblem):
        se.compare(data, dict(texts), difference="satorra")  # type: ignore[arg-type]
    assert main(["compare", str(schools), "-m", str(texts["free"])]) == 2


def test_a_model_that_cannot_be_nested_is_told(schools: Path, texts: dict[str, Path]) -> None:
    swapped = texts["free"].with_name("swapped.txt")
    wrong = "visual =~ x1 + x2 + x4\ntextual =~ x3 + x5 + x6\nspeed =~ x7 + x8 + x9\n"
    swapped.write_text(wrong, encoding="utf-8")
    data = se.read(schools)
    for other, code in (("free", "COMPARE_SAME_DF"), ("equal", "COMPARE_NOT_NESTED")):
        made = se.compare(data, {"swapped": swapped, other: texts[other]})
        assert code in {one.code for one in made.found.diagnostics}
