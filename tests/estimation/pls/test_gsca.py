"""GSCA against closed forms, a direct minimisation of its criterion, and its own limit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from survey_engine.errors import EstimationError
from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.estimation.pls.gsca import criterion, iterate_components
from survey_engine.numerics.moments import Moments
from survey_engine.spec.model import Construct, ModelSpec, Path
from survey_engine.spec.parse import parse_model

GSCA = PlsEstimator(components=True)


def moments_of(table: pd.DataFrame) -> Moments:
    values = table.to_numpy(float)
    return Moments(
        columns=tuple(table.columns),
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )


def two_blocks(kind: str) -> ModelSpec:
    return ModelSpec(
        id="two",
        constructs=(
            Construct(name="A", indicators=("IMAG1", "IMAG2", "IMAG3"), kind=kind),  # type: ignore[arg-type]
            Construct(name="B", indicators=("CUSA1", "CUSA2", "CUSA3"), kind=kind),  # type: ignore[arg-type]
        ),
        paths=(Path(source="A", target="B"),),  # type: ignore[call-arg]
    )


def test_components_without_loadings_are_canonical_variates(mobi: pd.DataFrame) -> None:
    fit = GSCA.fit(two_blocks("composite"), moments_of(mobi))
    r = np.corrcoef(mobi[list(fit.spec.indicators)].to_numpy(float).T)
    xx, yy, xy = r[:3, :3], r[3:, 3:], r[:3, 3:]
    squared = np.linalg.eigvals(np.linalg.solve(xx, xy) @ np.linalg.solve(yy, xy.T))
    assert fit.paths[0, 1] == pytest.approx(np.sqrt(squared.real.max()), rel=1e-10)


def test_without_paths_components_are_principal_components(mobi: pd.DataFrame) -> None:
    items = ("IMAG1", "IMAG2", "IMAG3", "IMAG4", "IMAG5")
    r = np.corrcoef(mobi[list(items)].to_numpy(float).T)
    design = PlsDesign(
        items=items,
        constructs=("Image",),
        block=np.zeros(5, dtype=np.intp),
        adjacency=np.zeros((1, 1), dtype=np.bool_),
        modes=("A",),
        corrected=(False,),
        order=(0,),
    )
    found, _ = iterate_components(r[None], np.ones((1, 5)), design, stop=(1e-13, 3000))
    values, vectors = np.linalg.eigh(r)
    first = vectors[:, -1] * np.sign(vectors[:, -1].sum()) / np.sqrt(values[-1])
    np.testing.assert_allclose(found.weights[0], first, atol=1e-10)


def test_no_other_weights_reach_a_smaller_criterion(
    mobi: pd.DataFrame, ecsi: ModelSpec
) -> None:
    """A general minimiser of the same sum of squares ends at the same weights."""
    used = moments_of(mobi)
    fit = GSCA.fit(ecsi, used)
    assert fit.converged
    assert fit.estimator == "gsca"
    design = GSCA.design(ecsi)
    r = used.select(ecsi.indicators).correlation
    mask = design.mask

    def value(weights: np.ndarray) -> float:
        spread = mask * weights[:, None]
        own = spread.T @ r @ spread
        scale = 1 / np.sqrt(np.diag(own))
        own = own * np.outer(scale, scale)
        loadings = ((r @ spread) * scale)[np.arange(len(r)), design.block]
        total = float(len(r)) + len(own) - (loadings**2).sum()
        for target in np.flatnonzero(design.adjacency.any(axis=0)):
            at = np.flatnonzero(design.adjacency[:, target])
            c = own[at, target]
            total -= c @ np.linalg.solve(own[np.ix_(at, at)], c)
        return float(total)

    ours = float(criterion(fit.loadings[None], fit.r2[None], design)[0])
    assert ours == pytest.approx(value(fit.weights), abs=1e-10)
    ends = []
    for start in (np.ones(len(r)), np.random.default_rng(4).uniform(0.2, 1, len(r))):
        ended = minimize(value, start, method="BFGS", options={"gtol": 1e-9})
        ends.append(ended.fun)
        spread = mask * ended.x[:, None]
        size = np.sqrt(np.diag(spread.T @ r @ spread))
        np.testing.assert_allclose(ended.x / size[design.block], fit.weights, atol=2e-5)
    # BFGS stops where differences of the criterion drown in rounding.
    assert ours <= min(ends) + 1e-10


def test_the_criterion_never_rises(mobi: pd.DataFrame, ecsi: ModelSpec) -> None:
    used = moments_of(mobi).select(ecsi.indicators)
    design = GSCA.design(ecsi)
    values = []
    for steps in range(1, 15):
        fit = replace(GSCA, max_iterations=steps).fit(ecsi, used)
        values.append(float(criterion(fit.loadings[None], fit.r2[None], design)[0]))
    assert (np.diff(values) <= 1e-12).all()


def test_a_batch_gives_what_each_matrix_gives(mobi: pd.DataFrame, ecsi: ModelSpec) -> None:
    parts = [moments_of(mobi[:130]), moments_of(mobi[120:])]
    covariance = np.stack([part.select(ecsi.indicators).covariance for part in parts])
    batch = replace(GSCA, batch_tolerance=1e-12).fit_batch(ecsi, covariance)
    for k, part in enumerate(parts):
        alone = GSCA.fit(ecsi, part)
        np.testing.assert_allclose(batch.paths[k], alone.paths, atol=1e-9)
        np.testing.assert_allclose(batch.weights[k], alone.weights, atol=1e-9)
    assert (batch.reason == 0).all()


def test_large_samples_approach_the_estimate_of_the_population() -> None:
    """Truth is the estimator applied to the population moments."""
    from survey_engine.simulation.population import ecsi_population, population_moments
    from survey_engine.simulation.survey import SurveyDesign, simulate

    model = parse_model(
        "id: three\nconstructs:\n"
        "  - {name: Image, indicators: [A1, A2, A3]}\n"
        "  - {name: Satisfaction, indicators: [B1, B2, B3]}\n"
        "  - {name: Loyalty, indicators: [C1, C2, C3]}\n"
        "paths:\n  - {from: Image, to: Satisfaction}\n  - {from: Image, to: Loyalty}\n"
        "  - {from: Satisfaction, to: Loyalty}\n",
        file="three.yaml",
    )
    population = ecsi_population()
    mean, covariance = population_moments(model, population)
    truth = GSCA.fit(
        model,
        Moments(
            columns=model.indicators, n=10**6, n_effective=1e6, mean=mean, covariance=covariance
        ),
    )
    drawn = np.stack(
        [
            np.cov(
                simulate(
                    model,
                    n=1000,
                    seed=seed,
                    population=population,
                    design=SurveyDesign(rounded=False),
                ).values.T,
                bias=True,
            )
            for seed in range(100)
        ]
    )
    batch = GSCA.fit_batch(model, drawn)
    at = truth.paths != 0
    error = batch.paths.std(axis=0, ddof=1)[at] / 10
    away = np.abs(batch.paths.mean(axis=0)[at] - truth.paths[at])
    assert (away < 3.3 * error).all()


def test_modes_that_mean_nothing_here_are_refused(mobi: pd.DataFrame, ecsi: ModelSpec) -> None:
    wrong = replace(GSCA, modes={"Image": "PCA"})
    with pytest.raises(EstimationError) as refused:
        wrong.fit(ecsi, moments_of(mobi))
    found = refused.value.diagnostics[0]
    assert found.code == "GSCA_MODE"
    assert found.where.constructs == ("Image",)
