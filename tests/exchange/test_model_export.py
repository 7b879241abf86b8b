"""`model export`: what is written, refused, left out, and said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import survey_engine as se
from survey_engine.cli import main
from survey_engine.errors import EstimationError, UsageProblem
from survey_engine.spec.parse import parse_model

PLAIN = """
Image =~ IMAG1 + IMAG2
Loyalty <~ CUSL1 + CUSL2
Loyalty ~ Image
"""


def model(text: str) -> Any:
    return parse_model(text, file="model.txt")


@pytest.mark.parametrize(
    ("form", "text", "options", "what"),
    [
        ("lavaan", "F =~ a + b + c\nd ~ F:F", {}, "d ~ F:F"),
        ("lavaan", PLAIN, {}, "Loyalty <~ CUSL1"),
        ("semopy", PLAIN, {}, "Loyalty <~ CUSL1"),
        ("lavaan", PLAIN, {"estimator": "plsc"}, "estimator = plsc"),
        ("lavaan", PLAIN, {"missing": "em"}, "missing = em"),
        ("lavaan", PLAIN, {"modification_indices": True}, "modification_indices = True"),
        ("semopy", "F =~ a + b + c", {"estimator": "gls"}, "estimator = gls"),
        ("semopy", "F =~ a + b + c", {"group": "school"}, "group = school"),
        ("semopy", "F =~ p*a + q*b + c\np == q", {}, "p == q"),
        ("semopy", "F =~ a + b + c\na ~ 1", {}, "~ 1"),
        ("seminr", PLAIN, {"weights": "w"}, "weights = w"),
        ("seminr", PLAIN, {"scheme": "centroid"}, "scheme = centroid"),
        ("seminr", PLAIN, {"modes": {"Image": "PCA"}}, "mode PCA of Image"),
        ("seminr", PLAIN + "Loyalty ~ age", {}, "Loyalty ~ age"),
    ],
)
def test_what_a_program_cannot_say_is_refused(
    tmp_path: Path, form: str, text: str, options: dict[str, Any], what: str
) -> None:
    out = tmp_path / "script"
    with pytest.raises(EstimationError) as refusal:
        se.export_model(model(text), form, out, **options)  # type: ignore[arg-type]
    (found,) = refusal.value.diagnostics
    assert (found.code, found.parameters["what"]) == ("EXPORT_UNSUPPORTED", what)
    assert not out.exists()


def test_the_options_stand_in_the_lavaan_script(tmp_path: Path) -> None:
    options = {
        "estimator": "wlsmv", "ordered": ("a", "b"), "group": "land", "std_lv": True,
        "group_equal": ("loadings", "thresholds"), "parameterization": "theta",
    }  # fmt: skip
    se.export_model(model("F =~ a + b + c"), "lavaan", tmp_path / "m.R", **options)
    script = (tmp_path / "m.R").read_text(encoding="utf-8")
    for argument in (
        'estimator = "WLSMV"', 'ordered = c("a", "b")', 'group = "land"', "std.lv = TRUE",
        'group.equal = c("loadings", "thresholds")', 'parameterization = "theta"',
        "F =~ a\nF =~ b\nF =~ c\n",
    ):  # fmt: skip
        assert argument in script


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"missing": "fiml"}, 'missing = "ml"'),
        ({"missing": "robust-two-stage"}, 'missing = "robust.two.stage"'),
        ({"cluster": "branch"}, 'cluster = "branch"'),
        ({"weights": "w"}, 'sampling.weights = "w"'),
        ({"estimator": "mlr", "information": "expected"}, 'information = "expected"'),
        ({"kind": "growth"}, "fit <- growth(model"),
        ({"bounds": True}, 'bounds = "pos.var"'),
        ({"likelihood": "wishart"}, 'likelihood = "wishart"'),
        ({"group": "g", "group_partial": ("x3 ~ 1",)}, 'group.partial = c("x3 ~ 1")'),
    ],
)
def test_every_option_has_lavaans_word(
    tmp_path: Path, options: dict[str, Any], argument: str
) -> None:
    se.export_model(model("F =~ a + b + c"), "lavaan", tmp_path / "m.R", **options)
    assert argument in (tmp_path / "m.R").read_text(encoding="utf-8")


def test_both_editions_of_seminr_say_the_same(tmp_path: Path) -> None:
    for name in ("m.R", "m.py"):
        made = se.export_model(model(PLAIN), "seminr", tmp_path / name)
        assert [found.code for found in made.diagnostics] == ["EXPORT_METRIC"]
    r, python = ((tmp_path / name).read_text(encoding="utf-8") for name in ("m.R", "m.py"))
    assert 'composite("Loyalty", c("CUSL1", "CUSL2"), weights=regression_weights)' in r
    assert (
        'seminr.composite("Loyalty", ["CUSL1", "CUSL2"], weights=seminr.regression_weights)'
        in python
    )
    assert 'paths(from="Image", to="Loyalty")' in r
    assert 'paths(from_=["Image"], to=["Loyalty"])' in python
    assert "missing=na.omit" in r
    assert "stopCriterion=12" in r


def test_smartpls_gets_the_answers_and_a_sheet(mobi_path: Path, tmp_path: Path) -> None:
    table = pd.read_csv(mobi_path)
    table.loc[3, "IMAG2"] = None
    table.to_csv(tmp_path / "export.csv", index=False)
    data = se.read(tmp_path / "export.csv")
    made = se.export_model(model(PLAIN), "smartpls", tmp_path / "sheet.txt", data=data)
    assert [file.name for file in made.files] == ["sheet.txt", "sheet-data.csv"]
    written = pd.read_csv(tmp_path / "sheet-data.csv", na_values=["-99999"])
    expected = table[["IMAG1", "IMAG2", "CUSL1", "CUSL2"]].astype(float)
    pd.testing.assert_frame_equal(written.astype(float), expected)
    sheet = (tmp_path / "sheet.txt").read_text(encoding="utf-8").splitlines()
    assert "Image\tReflective\tMode A\tIMAG1, IMAG2" in sheet
    assert "Loyalty\tFormative\tMode B\tCUSL1, CUSL2" in sheet
    assert "Image\tLoyalty" in sheet
    assert "Missing value marker\t-99999" in sheet
    assert "Missing value treatment\tCasewise deletion" in sheet


def test_smartpls_without_answers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem) as refusal:
        se.export_model(model(PLAIN), "smartpls", tmp_path / "sheet.txt")
    assert refusal.value.diagnostics[0].code == "USAGE_MISSING_ARGUMENT"


def test_a_wrong_format_and_a_wrong_option_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem) as refusal:
        se.export_model("ecsi", "mplus", tmp_path / "m")  # type: ignore[arg-type]
    assert refusal.value.diagnostics[0].parameters["found"] == "mplus"
    with pytest.raises(UsageProblem) as refusal:
        se.export_model("ecsi", "lavaan", tmp_path / "m", grup="x")
    assert refusal.value.diagnostics[0].parameters["name"] == "grup"


@pytest.mark.parametrize("form", ["lavaan", "semopy", "seminr"])
def test_the_command_writes_and_says_so(
    tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "script.py"
    argv = ["model", "export", "ecsi", "--format", form, "-o", str(out), "--json", "-"]
    assert main(argv) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["files"] == [str(out)]
    assert str(out) in told.err
    assert "IMAG1" in out.read_text(encoding="utf-8")


def test_the_command_writes_both_smartpls_files(
    mobi_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = str(shutil.copy(mobi_path, tmp_path / "export.csv"))
    out = tmp_path / "ecsi.txt"
    argv = ["model", "export", "ecsi", "--format", "smartpls", "-o", str(out)]
    assert main(argv) == 2
    assert "--data" in capsys.readouterr().err
    assert main([*argv, "--data", export, "-i", "ecsi"]) == 0
    assert len(pd.read_csv(tmp_path / "ecsi-data.csv")) == 250


def test_the_command_speaks_chinese_of_what_it_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["model", "export", "ecsi", "--format", "lavaan", "-e", "pls"]
    assert main([*argv, "-o", str(tmp_path / "m.R"), "--lang", "zh"]) == 1
    assert "lavaan无法表达：estimator = pls" in capsys.readouterr().err
