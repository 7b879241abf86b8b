"""Exported scripts, run by the programs they are written for, give our numbers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import survey_engine as se
from survey_engine.api import ReadColumns
from survey_engine.spec.parse import parse_model

FACTORS = """
visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
"""
MEDIATION = """
Image =~ IMAG1 + IMAG2 + IMAG3
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty =~ CUSL1
Satisfaction ~ a*Image
Loyalty ~ b*Satisfaction + c*Image
ind := a*b
total := c + a*b
"""
HIGHER = """
Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Perception =~ Image + Value
Satisfaction ~ Perception
"""
MOBI = """
Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Value ~ Image
Satisfaction ~ Image + Value
"""


def model(text: str) -> Any:
    return parse_model(text, file="model.txt")


def run_r(script: Path) -> None:
    program = shutil.which("Rscript")
    if program is None:
        pytest.skip("Rscript is not installed: nothing runs the lavaan script")
    known = subprocess.run(
        [program, "-e", 'quit(status = !requireNamespace("lavaan", quietly = TRUE))'],
        check=False,
        capture_output=True,
    )
    if known.returncode:
        pytest.skip("R has no lavaan: nothing runs the lavaan script")
    _run([program, script.name], script.parent)


def run_python(script: Path) -> None:
    _run([sys.executable, script.name], script.parent)


def _run(command: list[str], folder: Path) -> None:
    plain = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=folder, env=plain, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def compare(cells: dict[str, tuple[float, float]], tolerance: float) -> None:
    """Cell by cell: name, theirs and ours of every cell that differs."""
    assert cells
    wrong = [
        f"{cell}: theirs {theirs!r}, ours {ours!r}"
        for cell, (theirs, ours) in cells.items()
        if not abs(theirs - ours) <= tolerance * max(1.0, abs(ours))
    ]
    assert not wrong, "\n".join(wrong)


def by_lavaan(folder: Path, result: Any) -> dict[str, tuple[float, float]]:
    """Estimates and errors of every row, and chi-square, CFI and RMSEA."""
    theirs = pd.read_csv(folder / "lavaan-estimates.csv").fillna({"label": ""})
    fit = result.study.groups_fit or result.study.fit
    ours = {
        (row.lhs, row.op, row.rhs.replace(" ", ""), row.group): row for row in fit.parameters
    }
    cells = {}
    for row in theirs.to_dict("records"):
        rhs = "" if row["op"] == "~1" else row["rhs"]
        group = 0 if row["op"] == ":=" else int(row.get("group", 1))
        key = (row["lhs"], row["op"], rhs, group)
        cells[f"est {key}"] = (row["est"], float(ours[key].est))
        if row["se"] > 0:
            cells[f"se {key}"] = (row["se"], float(ours[key].se))
    return cells


@pytest.fixture
def holzinger_file(holzinger: pd.DataFrame, tmp_path: Path) -> Path:
    holzinger.to_csv(tmp_path / "data.csv", index=False)
    return tmp_path / "data.csv"


@pytest.fixture
def mobi_file(mobi_path: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(mobi_path, tmp_path / "data.csv"))


@pytest.mark.parametrize(
    "options",
    [
        {"estimator": "ml"},
        {"estimator": "mlr", "std_lv": True},
        {"estimator": "ml", "group": "school", "group_equal": ("loadings", "intercepts")},
    ],
    ids=["ml", "mlr-std", "scalar-groups"],
)
def test_lavaan_gives_our_numbers(holzinger_file: Path, options: dict[str, Any]) -> None:
    folder = holzinger_file.parent
    se.export_model(model(FACTORS), "lavaan", folder / "model.R", **options)
    run_r(folder / "model.R")
    columns = ReadColumns(group=options.get("group"))
    data = se.read(holzinger_file, columns=columns)
    result = se.Study(data, model(FACTORS), resamples=0, **options).run()
    cells = by_lavaan(folder, result)
    fit = pd.read_csv(folder / "lavaan-fit.csv", index_col="measure")["value"]
    ours = result.to_dict()["fit"]
    for name in ("chisq", "df", "cfi", "rmsea", "srmr"):
        cells[name] = (float(fit[name]), float(ours[name]))
    # lavaan's optimiser at its own stop.
    compare(cells, 1e-4)


def test_lavaan_gives_our_ordinal_numbers(mobi_file: Path) -> None:
    folder = mobi_file.parent
    options: dict[str, Any] = {"estimator": "wlsmv", "ordered": ("all",)}
    text = "Image =~ IMAG1 + IMAG3 + IMAG5\nLoyalty =~ CUSL1 + CUSL3 + CUSA1\n"
    se.export_model(model(text), "lavaan", folder / "model.R", **options)
    run_r(folder / "model.R")
    data = se.read(mobi_file)
    result = se.Study(data, model(text), resamples=0, **options).run()
    cells = {
        cell: pair
        for cell, pair in by_lavaan(folder, result).items()
        if "=~" in cell or "~~" in cell
    }
    compare(cells, 1e-4)


def ordered_answers(random: np.random.Generator) -> pd.DataFrame:
    """Five-point answers of two channels to two constructs."""
    tables = []
    for channel, mean in (("shop", 0.0), ("online", 0.4)):
        mixing = np.linalg.cholesky([[1, 0.5], [0.5, 1]]).T
        factors = mean + random.standard_normal((400, 2)) @ mixing
        latent = 0.75 * np.repeat(factors, 3, axis=1) + 0.66 * random.standard_normal((400, 6))
        answers = 1 + (latent[:, :, None] > np.array([-1.2, -0.4, 0.3, 1.1])).sum(axis=2)
        table = pd.DataFrame(answers, columns=["q1", "q2", "q3", "r1", "r2", "r3"])
        tables.append(table.assign(channel=channel))
    return pd.concat(tables)


def branches(random: np.random.Generator) -> pd.DataFrame:
    """Sixty branches of twelve customers, weights, and holes at random given q1."""
    branch = np.repeat(np.arange(60), 12)
    first = 0.5 * random.standard_normal(60)[branch] + 0.87 * random.standard_normal(720)
    second = 0.6 * first + 0.8 * random.standard_normal(720)
    factors = np.repeat(np.column_stack([first, second]), 3, axis=1)
    items = 0.8 * factors + 0.6 * random.standard_normal((720, 6))
    table = pd.DataFrame(items, columns=["q1", "q2", "q3", "r1", "r2", "r3"])
    share = random.uniform(0.5, 2.5, 60)[branch]
    return table.assign(branch=branch, w=share)


TWO = "First =~ q1 + q2 + q3\nSecond =~ r1 + r2 + r3\n"


def test_lavaan_gives_our_ordinal_ladder(tmp_path: Path) -> None:
    """Thresholds, loadings and intercepts equal; latent means of the second group."""
    ordered_answers(np.random.default_rng(11)).to_csv(tmp_path / "data.csv", index=False)
    options: dict[str, Any] = {
        "estimator": "wlsmv",
        "ordered": ("all",),
        "group": "channel",
        "group_equal": ("thresholds", "loadings", "intercepts"),
    }
    se.export_model(model(TWO), "lavaan", tmp_path / "model.R", **options)
    run_r(tmp_path / "model.R")
    data = se.read(tmp_path / "data.csv", columns=ReadColumns(group="channel"))
    result = se.Study(data, model(TWO), resamples=0, **options).run()
    cells = by_lavaan(tmp_path, result)
    assert any("'First', '~1', '', 2" in cell for cell in cells)
    fit = pd.read_csv(tmp_path / "lavaan-fit.csv", index_col="measure")["value"]
    ours = result.to_dict()["fit"]
    for theirs, own in (("chisq.scaled", "chisq_scaled"), ("df", "df"), ("srmr", "srmr")):
        cells[theirs] = (float(fit[theirs]), float(ours[own]))
    compare(cells, 2e-4)


@pytest.mark.parametrize(
    "options",
    [
        {"estimator": "mlr", "weights": "w", "cluster": "branch"},
        {"estimator": "mlr", "cluster": "branch"},
        {"estimator": "ml", "missing": "fiml"},
    ],
    ids=["weights-clusters", "clusters", "fiml"],
)
def test_lavaan_gives_our_numbers_of_designs_and_gaps(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    random = np.random.default_rng(5)
    table = branches(random)
    if "missing" in options:
        table.loc[random.random(720) < 1 / (1 + np.exp(1 - table["q1"])), ["r1", "r2"]] = np.nan
    table.to_csv(tmp_path / "data.csv", index=False)
    text = TWO + "Second ~ First\n"
    se.export_model(model(text), "lavaan", tmp_path / "model.R", **options)
    run_r(tmp_path / "model.R")
    data = se.read(tmp_path / "data.csv", columns=ReadColumns(weights=options.get("weights")))
    result = se.Study(data, model(text), resamples=0, **options).run()
    compare(by_lavaan(tmp_path, result), 1e-4)


def test_lavaan_gives_our_defined_effects(mobi_file: Path) -> None:
    folder = mobi_file.parent
    se.export_model(model(MEDIATION), "lavaan", folder / "model.R")
    run_r(folder / "model.R")
    result = se.Study(se.read(mobi_file), model(MEDIATION), estimator="ml", resamples=0).run()
    cells = by_lavaan(folder, result)
    assert "se ('ind', ':=', 'a*b', 0)" in cells
    compare(cells, 1e-4)


def test_semopy_gives_our_numbers(mobi_file: Path) -> None:
    folder = mobi_file.parent
    made = se.export_model(model(MEDIATION), "semopy", folder / "model.py")
    assert [(d.code, d.parameters["what"]) for d in made.diagnostics] == [
        ("EXPORT_LEFT_OUT", "ind := a*b"),
        ("EXPORT_LEFT_OUT", "total := c + a*b"),
    ]
    run_python(folder / "model.py")
    result = se.Study(se.read(mobi_file), model(MEDIATION), estimator="ml", resamples=0).run()
    theirs = pd.read_csv(folder / "semopy-estimates.csv").set_index(["lval", "op", "rval"])
    item = {"Loyalty": "CUSL1"}  # one item without error: semopy works on the item
    cells = {}
    for row in result.study.fit.parameters:
        lhs, rhs = (item.get(name, name) for name in (row.lhs, row.rhs))
        # semopy writes every effect, loadings too, as target ~ source.
        key = (rhs, "~", lhs) if row.op == "=~" else (lhs, row.op, rhs)
        if row.free and row.op in ("=~", "~", "~~"):
            cells[" ".join(key)] = (float(theirs["Estimate"][key]), float(row.est))
    fit = pd.read_csv(folder / "semopy-fit.csv", index_col="measure")["value"]
    cells["chisq"] = (float(fit["chisq"]), float(result.to_dict()["fit"]["chisq"]))
    assert len(cells) == 17
    # SLSQP at ftol 1e-12 of the objective: estimates to its square root and a little.
    compare(cells, 1e-4)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (MOBI, {}),
        (MOBI, {"scheme": "factorial", "modes": {"Image": "B"}}),
        (MOBI, {"estimator": "plsc"}),
        (MOBI.replace("Image + Value", "Image + Value + Image:Value"), {}),
        (HIGHER, {}),
    ],
    ids=["mode-A", "mode-B-factorial", "plsc", "interaction", "higher-order"],
)
def test_seminr_gives_our_numbers(mobi_file: Path, text: str, options: dict[str, Any]) -> None:
    folder = mobi_file.parent
    options = {"metric": "standardised", **options}
    assert se.export_model(model(text), "seminr", folder / "m.py", **options).diagnostics == ()
    run_python(folder / "m.py")
    study = se.Study(se.read(mobi_file, scale=(1, 10)), model(text), resamples=0, **options)
    tables = study.run().to_dict()
    theirs = pd.read_csv(folder / "seminr-paths.csv", index_col=0)
    # seminr leaves a product in its own unit, which is its loading; ours has variance 1.
    loadings = pd.read_csv(folder / "seminr-loadings.csv", index_col=0)
    unit = {name: loadings[name].abs().max() if "*" in name else 1.0 for name in loadings}
    cells = {}
    for row in tables["paths"]:
        source = row["from"].replace(":", "*")
        coefficient = float(theirs.loc[source, row["to"]]) * unit[source]
        cells[f"{source} -> {row['to']}"] = (coefficient, float(row["est"]))
    assert len(cells) == (1 if text == HIGHER else 3 + (":" in text))
    # seminr's first stage, of products and higher orders, stops at 1e-7 whatever is asked for.
    compare(cells, 1e-6 if ":" in text or text == HIGHER else 1e-8)
