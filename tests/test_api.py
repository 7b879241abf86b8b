"""The Python face: the quick start's values, refusals in the engine's own codes."""

from __future__ import annotations

from pathlib import Path

import pytest

import survey_engine as se
from survey_engine.errors import SurveyEngineError, UsageProblem


@pytest.fixture(scope="module")
def result(mobi_path: Path) -> se.Result:
    data = se.read(mobi_path, instrument="ecsi")
    study = se.Study(data, model="ecsi", seed=1, resamples=200, second_opinion=False)
    return study.run()


def test_the_index_reads_as_it_is_spoken(result: se.Result) -> None:
    assert result.index is not None
    assert result.index.est == pytest.approx(71.169, abs=5e-4)
    spoken = repr(result.index)
    assert spoken.startswith("71.2 [")
    assert spoken.endswith("], n = 250")


def test_an_index_without_interval_or_value_says_so(result: se.Result) -> None:
    found = result.index
    assert found is not None
    fields = {**vars(found), "ci_lower": None, "ci_upper": None}
    assert repr(se.Index(**fields)) == "71.2, n = 250"
    assert repr(se.Index(**{**fields, "est": None})) == "undefined, n = 250"


def test_tables_come_as_frames(result: se.Result) -> None:
    paths = result.to_frame("paths")
    assert len(paths) == 12
    assert {"from", "to", "est", "ci_lower", "ci_upper"} <= set(paths.columns)
    with pytest.raises(KeyError, match=r"no table 'pahts'; there are .*paths"):
        result.to_frame("pahts")


def test_the_result_says_what_it_is(result: se.Result) -> None:
    assert repr(result) == "Result(ecsi by pls, n = 250)"


@pytest.mark.parametrize(
    ("options", "code", "name"),
    [
        ({"estimater": "pls"}, "USAGE_UNKNOWN_OPTION", "estimater"),
        ({"estimator": "mlx"}, "USAGE_BAD_VALUE", "estimator"),
        ({"resamples": -1}, "USAGE_BAD_VALUE", "resamples"),
    ],
)
def test_a_wrong_option_is_refused_by_name(
    mobi_path: Path, options: dict[str, object], code: str, name: str
) -> None:
    data = se.read(mobi_path, instrument="ecsi")
    with pytest.raises(UsageProblem) as caught:
        se.Study(data, "ecsi", **options)
    (found,) = caught.value.diagnostics
    assert (found.code, found.parameters["name"]) == (code, name)


def test_errors_found_while_reading_stop_the_run(mobi_path: Path, tmp_path: Path) -> None:
    text = mobi_path.read_text(encoding="utf-8").splitlines()
    first = text[1].split(",")
    text[1] = ",".join(["12", *first[1:]])
    path = tmp_path / "export.csv"
    path.write_text("\n".join(text), encoding="utf-8")
    study = se.Study(se.read(path, instrument="ecsi"), "ecsi")
    with pytest.raises(SurveyEngineError) as caught:
        study.run()
    assert caught.value.diagnostics[0].code == "OUT_OF_RANGE"
    assert caught.value.diagnostics[0].where.rows == (1,)


def test_unknown_names_of_the_package_are_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Studdy'"):
        _ = se.Studdy
