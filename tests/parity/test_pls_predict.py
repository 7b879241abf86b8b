"""PLSpredict, cell by cell, against seminr with the very same folds (1e-8)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.prediction.cross_validate import (
    CrossValidated,
    How,
    cross_validate,
    errors_of,
    fold_maps,
)
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.folds import Folds, given_folds
from survey_engine.numerics.moments import ArrayRows, Moments
from survey_engine.spec.model import Construct, ModelSpec
from survey_engine.spec.model import Path as Arrow

EXACT = 1e-8
CASES = [
    ("mobi", "DA_10fold"),
    ("mobi", "EA_10fold"),
    ("mobi", "DA_loocv"),
    ("mobi", "DA_10fold_plsc"),
    ("corp_rep", "extended_DA_10fold"),
    ("corp_rep", "simple_DA_10fold"),
    ("corp_rep", "simple_EA_5fold"),
]
FORMATIVE = ("QUAL", "PERF", "CSOR", "ATTR")


class Case:
    """A golden block with our errors for the same folds."""

    def __init__(self, shared: Path, data: str, name: str) -> None:
        text = (shared / "golden" / f"{data}_pls_predict.json").read_text()
        self.block: dict[str, Any] = json.loads(text)["models"][name]
        self.spec, self.estimator = _model(shared, data, name)
        table = pd.read_csv(shared / "golden" / f"{data}.csv")[list(self.spec.indicators)]
        values = table.fillna(table.mean()).to_numpy(dtype=float)
        self.rows = ArrayRows(columns=self.spec.indicators, values=values)
        self.folds = given_folds(np.array(self.block["fold_of_row"]))
        # seminr 2.3.4 gives its benchmark the items of all other constructs.
        self.how = How(antecedents="earliest" if "EA" in name else "direct", benchmark="others")
        self.found = cross_validate(self.estimator, self.spec, self.rows, self.folds, self.how)

    @property
    def items(self) -> list[str]:
        return [self.spec.indicators[j] for j in self.found.which.items]


def _model(shared: Path, data: str, name: str) -> tuple[ModelSpec, PlsEstimator]:
    kind = {"mobi": "modeA_path", "corp_rep": "simple_mean_replacement"}[data]
    if name.startswith("extended"):
        kind = "extended_modeB_mean_replacement"
    text = (shared / "golden" / f"{data}_pls_seminr.json").read_text()
    block = json.loads(text)["models"][kind]
    weights, paths = block["outer_weights"], block["path_coef"]
    constructs = tuple(
        Construct(
            name=construct,
            indicators=tuple(
                item for i, item in enumerate(weights["rows"]) if weights["values"][i][k]
            ),
        )
        for k, construct in enumerate(weights["cols"])
    )
    arrows = tuple(
        Arrow.model_validate({"from": source, "to": target})
        for i, source in enumerate(paths["rows"])
        for j, target in enumerate(paths["cols"])
        if paths["values"][i][j]
    )
    spec = ModelSpec(id="m", constructs=constructs, paths=arrows)
    modes = {c: "B" for c in FORMATIVE if c in spec.construct_names}
    return spec, PlsEstimator(consistent=name.endswith("plsc"), modes=modes)


@pytest.fixture(scope="module", params=CASES, ids=lambda pair: "-".join(pair))
def case(request: pytest.FixtureRequest, shared_folder: Path) -> Case:
    return Case(shared_folder, *request.param)


def cells(matrix: dict[str, Any]) -> Iterator[tuple[str, str, float]]:
    for row, values in zip(matrix["rows"], matrix["values"], strict=True):
        for column, value in zip(matrix["cols"], values, strict=True):
            yield str(row), str(column), value


def assert_cells(what: str, ours: dict[tuple[str, str], float], matrix: dict) -> None:
    wrong = [
        f"{what}[{row}, {column}]: ours {ours[row, column]!r}, seminr {value!r}"
        for row, column, value in cells(matrix)
        if not abs(ours[row, column] - value) <= EXACT
    ]
    assert not wrong, "\n".join(wrong)


def table(found: CrossValidated, items: list[str], predictor: str) -> dict:
    rmse = np.sqrt(found.mean(found.squared[predictor]))
    mae = found.mean(found.absolute[predictor])
    both = {"RMSE": rmse, "MAE": mae}
    return {(m, i): float(v[j]) for m, v in both.items() for j, i in enumerate(items)}


@pytest.mark.parametrize("predictor", ["pls", "lm"])
def test_errors_outside_the_sample(case: Case, predictor: str) -> None:
    ours = table(case.found, case.items, predictor)
    assert_cells(predictor, ours, case.block[f"{predictor}_out_of_sample"])


def test_q2_predict(case: Case) -> None:
    mse = {name: case.found.mean(case.found.squared[name]) for name in ("pls", "mean")}
    ours = dict(zip(case.items, 1.0 - mse["pls"] / mse["mean"], strict=True))
    wrong = [
        f"q2_predict[{item}]: ours {ours[item]!r}, reference {value!r}"
        for item, value in case.block["q2_predict_out_of_sample"].items()
        if not abs(ours[item] - value) <= EXACT
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("predictor", ["pls", "lm"])
def test_first_ten_predictions(case: Case, predictor: str) -> None:
    ours: dict[tuple[str, str], float] = {}
    for part in fold_maps(case.estimator, case.spec, case.rows, case.folds, case.how):
        errors = errors_of(part, case.found.which)[predictor]
        for fold, place in zip(*np.nonzero(part.rows >= 0), strict=True):
            row = int(part.rows[fold, place])
            for j, at in enumerate(case.found.which.items):
                value = case.rows.values[row, at] - errors[fold, place, j]
                ours[str(row + 1), case.items[j]] = float(value)
    assert_cells(predictor, ours, case.block[f"{predictor}_out_of_sample_first10"])


@pytest.mark.parametrize("predictor", ["pls", "lm"])
def test_errors_inside_the_sample(case: Case, predictor: str) -> None:
    """The library averages the fits a row has in all training samples, then takes errors."""
    parts = fold_maps(case.estimator, case.spec, case.rows, case.folds, case.how)
    error = inside_errors(case.rows.values, parts, case.found, predictor)
    assert_cells(predictor, measures(error, case.items), case.block[f"{predictor}_in_sample"])


def inside_errors(
    answers: np.ndarray, parts: Any, found: CrossValidated, predictor: str
) -> np.ndarray:
    values = answers - answers.mean(axis=0)
    total = np.zeros((len(values), len(found.which.items)))
    count = np.zeros(len(values))
    for part in parts:
        for fold in range(len(part.rows)):
            inside = np.ones(len(values), dtype=bool)
            inside[part.rows[fold][part.rows[fold] >= 0]] = False
            centred = values[inside] - part.mean[fold]
            mean = part.mean[fold][found.which.items]
            total[inside] += mean + centred @ part.maps[predictor][fold]
            count[inside] += 1
    return values[:, found.which.items] - total / count[:, None]


def measures(error: np.ndarray, items: list[str]) -> dict[tuple[str, str], float]:
    both = {"RMSE": np.sqrt((error**2).mean(axis=0)), "MAE": np.abs(error).mean(axis=0)}
    return {(m, i): float(v[j]) for m, v in both.items() for j, i in enumerate(items)}


def published_folds(order: list[int]) -> Folds:
    """Rows shuffled to this order, then cut into ten consecutive folds."""
    rows = np.array(order).reshape(10, -1) - 1
    return Folds(rows=rows, repetitions=1)


@pytest.fixture(scope="module")
def published(shared_folder: Path) -> dict[str, Any]:
    path = shared_folder / "published" / "ecsi_mobi_plspredict_da.json"
    return json.loads(path.read_text())


def test_published_with_direct_antecedents_as_benchmark(
    published: dict[str, Any], mobi: pd.DataFrame, shared_folder: Path
) -> None:
    spec, _ = _model(shared_folder, "mobi", "DA")
    rows = ArrayRows(
        columns=spec.indicators, values=mobi[list(spec.indicators)].to_numpy(dtype=float)
    )
    folds = published_folds(published["settings"]["row_order_1_based"])
    found = cross_validate(PlsEstimator(), spec, rows, folds)
    items = [spec.indicators[j] for j in found.which.items]
    ours: dict[str, dict[tuple[str, str], float]] = {}
    for predictor in ("pls", "lm"):
        parts = fold_maps(PlsEstimator(), spec, rows, folds, How())
        error = inside_errors(rows.values, parts, found, predictor)
        ours[f"{predictor}MetricsInSample"] = measures(error, items)
        ours[f"{predictor}MetricsOutOfSample"] = table(found, items, predictor)
    ours["constructError"] = construct_errors(spec, rows.values, folds)
    tolerance = published["tolerance"]["abs"]
    wrong = [
        f"{what} {measure}[{name}]: ours {ours[what][measure, name]!r}, published {value!r}"
        for what, by_measure in published["values"].items()
        for measure, values in by_measure.items()
        for name, value in values.items()
        if not abs(ours[what][measure, name] - value) <= tolerance
    ]
    assert not wrong, "\n".join(wrong)


def construct_errors(
    spec: ModelSpec, values: np.ndarray, folds: Folds
) -> dict[tuple[str, str], float]:
    """Errors in construct scores: of the whole sample's scores, as the program has them."""
    estimator = PlsEstimator()
    mask = estimator.design(spec).mask
    whole = estimator.fit(spec, moments_of(values, spec))
    unit = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    scores = unit @ (whole.weights[:, None] * mask)
    outside, inside = np.zeros_like(scores), np.zeros_like(scores)
    for rows in folds.rows:
        train = np.setdiff1d(np.arange(len(values)), rows)
        fit = estimator.fit(spec, moments_of(values[train], spec))
        z = (values - values[train].mean(axis=0)) / values[train].std(axis=0, ddof=1)
        guess = z @ (fit.weights[:, None] * mask) @ fit.paths
        outside[rows] = guess[rows]
        inside[train] += guess[train] / (len(folds) - 1)
    errors = {"OOS": scores - outside, "IS": scores - inside}
    mse = {kind: (error**2).mean(axis=0) for kind, error in errors.items()}
    mae = {kind: np.abs(error).mean(axis=0) for kind, error in errors.items()}
    found = {}
    for j, name in enumerate(spec.construct_names):
        for kind in errors:
            found[f"{kind}_MSE", name] = float(mse[kind][j])
            found[f"{kind}_MAE", name] = float(mae[kind][j])
        found["overfit", name] = float((mse["OOS"][j] - mse["IS"][j]) / mse["IS"][j])
    return found


def moments_of(values: np.ndarray, spec: ModelSpec) -> Moments:
    return Moments(
        columns=spec.indicators,
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )
