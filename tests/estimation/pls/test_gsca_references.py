"""GSCA against another program, a general minimiser of its criterion, and known truth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import least_squares

from survey_engine.assessment.component_fit import explained_share
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Moments
from survey_engine.spec.model import Construct, ModelSpec, Path

GSCA = PlsEstimator(components=True, tolerance=1e-13, max_iterations=5000)
REFERENCE: dict[str, Any] = json.loads(
    (File(__file__).parent / "gesca.json").read_text("utf-8")
)["models"]


def model_of(reference: dict[str, Any]) -> ModelSpec:
    """Blocks from the names of items, arrows as the reference has them."""
    names = list(dict.fromkeys(name for *ends, _ in reference["paths"] for name in ends))
    blocks = {
        name: tuple(i for i in reference["weights"] if OWNER[i] == name) for name in names
    }
    constructs = []
    for name, items in blocks.items():
        kind = (
            "composite" if all(reference["loadings"][i] == 0 for i in items) else "reflective"
        )
        constructs.append(
            Construct(
                name=name, indicators=items, kind="single_item" if len(items) == 1 else kind
            )  # type: ignore[arg-type]
        )
    return ModelSpec(
        id="reference",
        constructs=tuple(constructs),
        paths=tuple(Path(source=a, target=b) for a, b, _ in reference["paths"]),  # type: ignore[call-arg]
    )


OWNER = {
    **{f"IMAG{j}": "Image" for j in range(1, 6)},
    **{f"CUEX{j}": "Expectation" for j in range(1, 4)},
    **{f"PERQ{j}": "Quality" for j in range(1, 8)},
    **{f"PERV{j}": "Value" for j in range(1, 3)},
    **{f"CUSA{j}": "Satisfaction" for j in range(1, 4)},
    "CUSCO": "Complaints",
    **{f"CUSL{j}": "Loyalty" for j in range(1, 4)},
    **dict.fromkeys(("gini", "farm", "rent"), "AGRI"),
    **dict.fromkeys(("gnpr", "labo"), "IND"),
    **dict.fromkeys(("ecks", "death", "demostab", "demoinst"), "POL"),
    **{f"{stem}_{j}": stem.upper() for stem in ("comp", "like", "cusl") for j in (1, 2, 3)},
    "cusa": "CUSA",
}


@pytest.fixture
def table(request: pytest.FixtureRequest, mobi_path: File) -> pd.DataFrame:
    """Data of a reference by its name."""
    name = request.param
    if name.startswith("mobi"):
        return pd.read_csv(mobi_path)
    if name == "corp_rep":
        found = pd.read_csv(mobi_path.with_name("corp_rep_data.csv"))
        return found.replace(-99, np.nan)
    folder: File = request.getfixturevalue("shared_folder")
    return pd.read_csv(folder / "golden" / "russett.csv")


def fitted(model: ModelSpec, table: pd.DataFrame) -> tuple[PlsFit, np.ndarray]:
    """The fit, and complete rows standardised with divisor n."""
    rows = table[list(model.indicators)].dropna().to_numpy(float)
    moments = Moments(
        columns=model.indicators,
        n=len(rows),
        n_effective=float(len(rows)),
        mean=rows.mean(axis=0),
        covariance=np.cov(rows.T, bias=True),
    )
    return GSCA.fit(model, moments), (rows - rows.mean(axis=0)) / rows.std(axis=0)


@dataclass(frozen=True)
class Criterion:
    """``SS(ZV - ZWA)`` of rows, with every weight, loading and path free."""

    rows: np.ndarray
    weighted: np.ndarray
    loaded: np.ndarray
    arrows: np.ndarray

    @classmethod
    def of(cls, model: ModelSpec, rows: np.ndarray) -> Criterion:
        owner = np.array([k for k, c in enumerate(model.constructs) for _ in c.indicators])
        weighted = owner[:, None] == np.arange(len(model.constructs))
        composite = np.array([c.kind == "composite" for c in model.constructs])
        names = model.construct_names
        arrows = np.zeros((len(names), len(names)), dtype=bool)
        for path in model.paths:
            arrows[names.index(path.source), names.index(path.target)] = True
        return cls(rows, weighted, weighted.T & ~composite[:, None], arrows)

    def unpacked(self, free: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        parts = []
        for mask in (self.weighted, self.loaded, self.arrows):
            part = np.zeros(mask.shape, dtype=free.dtype)
            part[mask], free = free[: mask.sum()], free[mask.sum() :]
            parts.append(part)
        weights, loadings, paths = parts
        scores = self.rows @ weights
        # A complex step differentiates through the scale too: no absolute values here.
        return weights / np.sqrt((scores**2).mean(axis=0)), loadings, paths

    def residuals(self, free: np.ndarray) -> np.ndarray:
        weights, loadings, paths = self.unpacked(free)
        scores = self.rows @ weights
        items = (self.rows - scores @ loadings)[:, self.loaded.any(axis=0)]
        return np.concatenate([items, scores - scores @ paths], axis=1).ravel()

    def solution(self, fit: PlsFit) -> np.ndarray:
        loadings = (fit.loadings * self.loaded)[self.loaded]
        weights = (fit.weights[:, None] * self.weighted)[self.weighted]
        return np.concatenate([weights, loadings, fit.paths[self.arrows]])

    def gradient(self, free: np.ndarray) -> np.ndarray:
        """Of half the criterion per row, by complex steps."""
        at = self.residuals(free)
        steps = free + 1e-30j * np.eye(len(free))
        return np.array([self.residuals(step).imag @ at for step in steps]) / 1e-30 / len(at)


@pytest.mark.parametrize(
    ("name", "table"), [(n, n) for n in REFERENCE], indirect=["table"], ids=list(REFERENCE)
)
def test_gesca_reaches_the_same_numbers(name: str, table: pd.DataFrame) -> None:
    """Weights, loadings and paths of the R package gesca, to 1e-10."""
    reference = REFERENCE[name]
    model = model_of(reference)
    fit, rows = fitted(model, table)
    assert fit.converged
    assert len(rows) == reference["n"]
    own = {c.name: [model.indicators.index(i) for i in c.indicators] for c in model.constructs}
    turned = {
        name: np.sign(
            sum(fit.weights[j] * reference["weights"][model.indicators[j]] for j in at)
        )
        for name, at in own.items()
    }
    for name, at in own.items():
        for j in at:
            item = model.indicators[j]
            assert fit.weights[j] == pytest.approx(
                turned[name] * reference["weights"][item], abs=1e-10
            )
            if reference["loadings"][item] != 0:
                assert fit.loadings[j] == pytest.approx(
                    turned[name] * reference["loadings"][item], abs=1e-10
                )
    names = model.construct_names
    for source, target, value in reference["paths"]:
        ours = fit.paths[names.index(source), names.index(target)]
        assert ours == pytest.approx(turned[source] * turned[target] * value, abs=1e-10)


@pytest.mark.parametrize(
    ("name", "table"), [(n, n) for n in REFERENCE], indirect=["table"], ids=list(REFERENCE)
)
def test_gesca_counts_items_without_loadings_in_its_fit(name: str, table: pd.DataFrame) -> None:
    """FIT agrees where all items have loadings; else by the share of those that have."""
    reference = REFERENCE[name]
    model = model_of(reference)
    fit, _ = fitted(model, table)
    loads = np.array([reference["loadings"][i] != 0 for i in model.indicators], dtype=float)
    share = float(explained_share(fit.loadings, fit.r2, loads))
    constructs = len(model.constructs)
    counted = share * (loads.sum() + constructs) / (len(loads) + constructs)
    assert counted == pytest.approx(reference["fit"], abs=1e-12)
    assert reference["parameters"] == len(loads) + loads.sum() + len(model.paths)


@pytest.mark.parametrize(
    ("name", "table"),
    [(n, n) for n in ("mobi_mixed", "russett", "corp_rep")],
    indirect=["table"],
    ids=["mobi_mixed", "russett", "corp_rep"],
)
def test_a_general_minimiser_finds_the_same_solution(name: str, table: pd.DataFrame) -> None:
    """Least squares over all parameters at once, from rows and random starts."""
    model = model_of(REFERENCE[name])
    fit, rows = fitted(model, table)
    criterion = Criterion.of(model, rows)
    ours = criterion.solution(fit)
    np.testing.assert_allclose(criterion.gradient(ours), 0.0, atol=1e-11)
    least = (criterion.residuals(ours) ** 2).sum()
    reached = 0
    for start in np.random.default_rng(7).uniform(0.1, 1.0, (3, len(ours))):
        ended = least_squares(
            criterion.residuals, start, jac="cs", xtol=1e-15, ftol=1e-15, gtol=1e-14
        )
        assert 2 * ended.cost >= least * (1 - 1e-12)
        if 2 * ended.cost > least * (1 + 1e-9):
            continue  # a local minimum: higher, as asserted above
        reached += 1
        weights, loadings, paths = criterion.unpacked(ended.x)
        turn = np.sign((weights * (fit.weights[:, None])).sum(axis=0))
        np.testing.assert_allclose((weights * turn).sum(axis=1), fit.weights, rtol=0, atol=1e-6)
        np.testing.assert_allclose(
            (loadings * turn[:, None])[criterion.loaded],
            (fit.loadings * criterion.loaded)[criterion.loaded],
            atol=1e-6,
        )
        np.testing.assert_allclose(paths * np.outer(turn, turn), fit.paths, rtol=0, atol=1e-6)
    assert reached >= 2


def composite_population() -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """Correlations of three blocks that speak to each other by their composites alone."""
    within = [np.full((3, 3), r) + (1 - r) * np.eye(3) for r in (0.2, 0.4, 0.5)]
    weights = [np.array(w) for w in ([0.6, 0.3, 0.4], [0.5, 0.5, 0.2], [0.2, 0.4, 0.7])]
    weights = [w / np.sqrt(w @ s @ w) for w, s in zip(weights, within, strict=True)]
    paths = np.array([[0, 0.5, 0.3], [0, 0, 0.4], [0, 0, 0]])
    between = np.array([[1, 0.5, 0.5], [0.5, 1, 0.55], [0.5, 0.55, 1]])
    loadings = [s @ w for s, w in zip(within, weights, strict=True)]
    blocks = [
        [
            within[a] if a == b else between[a, b] * np.outer(loadings[a], loadings[b])
            for b in range(3)
        ]
        for a in range(3)
    ]
    return np.block(blocks), weights, paths


def composites_model() -> ModelSpec:
    return ModelSpec(
        id="three",
        constructs=tuple(
            Construct(name=n, indicators=(f"{n}1", f"{n}2", f"{n}3"), kind="composite")
            for n in "ABC"
        ),
        paths=tuple(Path(source=a, target=b) for a, b in ("AB", "AC", "BC")),  # type: ignore[call-arg]
    )


def test_weights_of_a_composite_population_are_recovered_exactly() -> None:
    population, weights, paths = composite_population()
    model = composites_model()
    moments = Moments(
        columns=model.indicators,
        n=10**6,
        n_effective=1e6,
        mean=np.zeros(9),
        covariance=population,
    )
    fit = GSCA.fit(model, moments)
    np.testing.assert_allclose(fit.weights, np.concatenate(weights), atol=1e-9)
    np.testing.assert_allclose(fit.paths, paths, atol=1e-9)


def test_weights_of_composites_are_recovered_from_samples() -> None:
    population, weights, paths = composite_population()
    root = np.linalg.cholesky(population)
    rng = np.random.default_rng(11)
    drawn = [(rng.standard_normal((2000, 9)) @ root.T) for _ in range(60)]
    batch = GSCA.fit_batch(composites_model(), np.stack([np.cov(x.T) for x in drawn]))
    truth = np.concatenate(weights)
    ours = batch.standardised_weights
    error = ours.std(axis=0, ddof=1)
    assert (np.abs(ours.mean(axis=0) - truth) < 3.5 * error / np.sqrt(60) + 0.003).all()
    at = paths > 0
    spread = batch.paths.std(axis=0, ddof=1)[at] / np.sqrt(60)
    assert (np.abs(batch.paths.mean(axis=0)[at] - paths[at]) < 3.5 * spread + 0.003).all()
