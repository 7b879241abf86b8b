"""Case weights and clusters against lavaan, closed forms and a simulation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import ArrayRows, Moments
from survey_engine.responses.row_moments import kish_n, mean_and_covariance, scaled_weights
from survey_engine.spec.parse import parse_model

MODEL = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\n"
CHOSEN = (
    ("visual", "=~", "x2"),
    ("visual", "=~", "x3"),
    ("textual", "=~", "x5"),
    ("x2", "~~", "x2"),
    ("x7", "~~", "x7"),
    ("visual", "~~", "textual"),
    ("x1", "~1", ""),
)
# R 4.2.2, lavaan 0.6-14, HolzingerSwineford1939 with
#   d$w <- 0.5 + ((1:301) %% 7) / 4;  d$cl <- rep(1:43, each = 7)
#   cfa(model, data = d, estimator = "MLR", [sampling.weights = "w",] [cluster = "cl"])
# est and se of CHOSEN, then chisq, its scaling factor, the baseline's chisq and factor.
REFERENCE = {
    "cluster": (
        [0.55350029, 0.72937021, 1.11307658, 1.13383902, 0.79939164, 0.40823244, 4.93576966],
        [0.10729965, 0.13245509, 0.07073783, 0.10981171, 0.10406140, 0.08880903, 0.07295274],
        [85.30552177, 1.07904041, 918.85158929, 1.01677861],
    ),
    "both": (
        [0.46016837, 0.68235943, 1.14103307, 1.17591386, 0.82559429, 0.40719939, 4.93997785],
        [0.11277894, 0.13556355, 0.07701377, 0.12082475, 0.10876137, 0.07840759, 0.07285178],
        [86.70477813, 1.15130141, 914.77046816, 1.12429256],
    ),
    "weights": (  # without a mean structure in lavaan: no intercept, its own test
        [0.46016837, 0.68235943, 1.14103307, 1.17591386, 0.82559429, 0.40719939],
        [0.12894401, 0.13980260, 0.07046699, 0.12317487, 0.10709994, 0.08731949],
        [86.70477813],
    ),
}


def sampled(
    values: np.ndarray, names: tuple[str, ...], weights: np.ndarray | None, cluster: object
) -> GroupedMoments:
    share = None if weights is None else scaled_weights(weights)
    mean, covariance = mean_and_covariance(values, share)
    moments = Moments(
        columns=names,
        n=len(values),
        n_effective=kish_n(share, len(values)),
        mean=mean,
        covariance=covariance,
        weighted=weights is not None,
    )
    rows = ArrayRows(columns=names, values=values, weights=share)
    return GroupedMoments.single(moments, rows, cluster)  # type: ignore[arg-type]


def _holzinger(shared: Path, *, weighted: bool, clustered: bool, method: str) -> CbSemFit:
    names = tuple(f"x{i}" for i in range(1, 10))
    values = pd.read_csv(shared / "golden" / "holzinger.csv")[list(names)].to_numpy(float)
    at = np.arange(1, 302)
    weights = 0.5 + (at % 7) / 4 if weighted else None
    cluster = (at - 1) // 7 if clustered else None
    given = sampled(values, names, weights, cluster)
    return CbSemEstimator(method=method).fit(parse_model(MODEL, file="cfa"), given)


@pytest.mark.parametrize("method", ["ml", "mlr"])
@pytest.mark.parametrize("name", REFERENCE)
def test_against_lavaan(shared_folder: Path, name: str, method: str) -> None:
    """Its optimiser stops at 1e-6; hence 2e-6 for estimates and 1e-5 for the rest."""
    fit = _holzinger(
        shared_folder, weighted=name != "cluster", clustered=name != "weights", method=method
    )
    est, se, test = REFERENCE[name]
    rows = {(r.lhs, r.op, r.rhs): r for r in fit.parameters}
    chosen = [rows[key] for key in CHOSEN[: len(est)]]
    wrong = [
        f"{row.lhs} {row.op} {row.rhs}: est {row.est} for {e}, se {row.se} for {s}"
        for row, e, s in zip(chosen, est, se, strict=True)
        if abs((row.est or 0) - e) > 2e-6 or abs((row.se or 0) - s) > 1e-5 * s
    ]
    assert not wrong, "\n".join(wrong)
    assert fit.scaled is not None
    assert fit.baseline_scaled is not None
    ours = [fit.chisq, fit.scaled.factor, fit.baseline_chisq, fit.baseline_scaled.factor]
    np.testing.assert_allclose(ours[: len(test)], test, rtol=1e-5)


def test_whole_number_weights_are_repeated_rows_but_for_the_errors(shared_folder: Path) -> None:
    names = tuple(f"x{i}" for i in range(1, 10))
    frame = pd.read_csv(shared_folder / "golden" / "holzinger.csv")
    values = frame[list(names)].to_numpy(float)
    times = 1 + np.arange(301) % 3
    spec = parse_model(MODEL, file="cfa")
    weighted = CbSemEstimator().fit(spec, sampled(values, names, times.astype(float), None))
    repeated = np.repeat(values, times, axis=0)
    cluster = np.repeat(np.arange(301), times)
    again = CbSemEstimator().fit(spec, sampled(repeated, names, None, cluster))
    a = {(r.lhs, r.op, r.rhs): r for r in weighted.parameters}
    for row in again.parameters:
        other = a[row.lhs, row.op, row.rhs]
        assert row.est == pytest.approx(other.est, abs=1e-7)
        # A row with weight 2 is a cluster of two equal rows: the same sandwich, but for
        # the C / (C - 1) of clusters.
        expected = (other.se or 0) * np.sqrt(301 / 300)
        assert row.se == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_errors_of_means_are_the_textbook_ones(shared_folder: Path) -> None:
    """Linearised SE of a weighted mean: ``sqrt(sum w^2 (x - m)^2) / sum w``."""
    fit = _holzinger(shared_folder, weighted=True, clustered=False, method="ml")
    frame = pd.read_csv(shared_folder / "golden" / "holzinger.csv")
    weights = 0.5 + (np.arange(1, 302) % 7) / 4
    for row in fit.parameters:
        if row.op == "~1" and row.free:
            x = frame[row.lhs].to_numpy(float)
            mean = np.average(x, weights=weights)
            se = np.sqrt((weights**2 * (x - mean) ** 2).sum()) / weights.sum()
            assert row.est == pytest.approx(mean, abs=1e-9)
            assert row.se == pytest.approx(se, rel=1e-6)


def test_diagnostics_and_measures_say_what_was_done(shared_folder: Path) -> None:
    fit = _holzinger(shared_folder, weighted=True, clustered=True, method="ml")
    codes = {one.code for one in fit.diagnostics}
    assert "CLUSTER_ROBUST" in codes
    assert "ML_WITH_WEIGHTS" not in codes
    measures = fit_measures(fit)
    assert measures["chisq_scaled"] == pytest.approx(75.31023351, rel=1e-5)


def test_cluster_errors_are_those_of_the_design() -> None:
    """Mean of 300 answers in 30 clusters: variance ``.25/30 + .98/300`` exactly.

    A single standard error varies by 13 % (1 / sqrt(2 x 29)); the mean of 25 by 2.6 %.
    """
    draws = np.random.default_rng(3)
    spec = parse_model("F =~ a + b + c\n", file="f")
    cluster = np.repeat(np.arange(30), 10)
    found: dict[str, list[float]] = {"cluster": [], "plain": []}
    for _ in range(25):
        effect = np.repeat(draws.standard_normal(30) * 0.5, 10)
        factor = draws.standard_normal(300)
        values = np.column_stack(
            [effect + 0.7 * factor + 0.7 * draws.standard_normal(300) for _ in range(3)]
        )
        for kind, used in (("cluster", cluster), ("plain", None)):
            given = sampled(values, ("a", "b", "c"), None, used)
            fit = CbSemEstimator(meanstructure=True).fit(spec, given)
            row = next(r for r in fit.parameters if (r.lhs, r.op) == ("a", "~1"))
            found[kind].append(row.se or 0)
    assert np.mean(found["cluster"]) == pytest.approx(np.sqrt(0.25 / 30 + 0.98 / 300), rel=0.09)
    assert np.mean(found["plain"]) == pytest.approx(np.sqrt(1.23 / 300), rel=0.05)
