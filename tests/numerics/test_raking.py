"""Raking: an independent package, closed forms, and what must hold of any weights."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_engine.analysis.proportions import wilson
from survey_engine.numerics.raking import Raked, design_effect, effective_n, rake

SIZES = ((2, 3), (2, 4, 5), (3, 3, 2, 2))


def sample(seed: int, sizes: tuple[int, ...], n: int = 400) -> tuple[np.ndarray, list]:
    """Categories of a lopsided sample, and shares of a population."""
    chance = np.random.default_rng(seed)
    codes = np.column_stack(
        [chance.choice(k, n, p=chance.dirichlet(np.full(k, 8.0))) for k in sizes]
    )
    return codes, [chance.dirichlet(np.full(k, 8.0)) for k in sizes]


def raked(seed: int = 1, sizes: tuple[int, ...] = (2, 4, 5), **options: object) -> Raked:
    codes, shares = sample(seed, sizes)
    return rake(codes, shares, np.ones(len(codes)), **options)


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_weightipy(seed: int, sizes: tuple[int, ...]) -> None:
    import weightipy

    logging.getLogger("weightipy").setLevel(logging.ERROR)
    codes, shares = sample(seed, sizes)
    frame = pd.DataFrame(codes, columns=[f"v{j}" for j in range(len(sizes))])
    targets = {
        f"v{j}": {k: 100 * s for k, s in enumerate(wanted)} for j, wanted in enumerate(shares)
    }
    scheme = weightipy.scheme_from_dict(targets, rim_params={"convcrit": 1e-15})
    peer = weightipy.weight_dataframe(frame, scheme)["weights"].to_numpy()
    ours = rake(codes, shares, np.ones(len(codes)), tolerance=1e-12).weights
    off = np.abs(ours - peer)
    row = int(off.argmax())
    assert off.max() < 1e-8, (row, ours[row], peer[row])
    efficiency = weightipy.weighting_efficiency(pd.Series(peer))
    assert 100 * effective_n(ours) / len(ours) == pytest.approx(efficiency, abs=1e-8)


def test_one_margin_is_post_stratification() -> None:
    codes = np.array([[0]] * 30 + [[1]] * 70)
    found = rake(codes, [np.array([0.5, 0.5])], np.ones(100))
    np.testing.assert_allclose(found.weights[:30], 0.5 / 0.3, atol=1e-12)
    np.testing.assert_allclose(found.weights[30:], 0.5 / 0.7, atol=1e-12)
    assert (found.cells, found.sweeps) == (2, 1)
    # Kish: deff = sum of (population share)^2 / sample share.
    assert design_effect(found.weights) == pytest.approx(0.25 / 0.3 + 0.25 / 0.7, abs=1e-12)
    assert effective_n(found.weights) == pytest.approx(84.0, abs=1e-10)


def test_a_published_table() -> None:
    """Deming and Stephan's algorithm by hand, two margins, two categories, to its limit.

    Weights of a 2 x 2 table keep the odds ratio of the sample, so the cells solve a
    quadratic: with margins a, b and odds ratio t, x(1 - a - b + x) = t (a - x)(b - x).
    """
    counts = np.array([40.0, 10.0, 20.0, 30.0])
    codes = np.repeat(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), counts.astype(int), axis=0)
    a, b, odds = 0.6, 0.3, 40 * 30 / (10 * 20)
    found = rake(
        codes, [np.array([a, 1 - a]), np.array([b, 1 - b])], np.ones(100), tolerance=1e-12
    )
    roots = np.roots([1 - odds, (1 - a - b) + odds * (a + b), -odds * a * b])
    x = next(r for r in roots if 0 < r < min(a, b))
    assert found.weights[0] * 40 / 100 == pytest.approx(x, abs=1e-11)


def test_margins_that_contradict_each_other_are_told() -> None:
    codes = np.array([[0, 0]] * 50 + [[1, 1]] * 50)
    found = rake(codes, [np.array([0.5, 0.5]), np.array([0.6, 0.4])], np.ones(100))
    assert found.error > 0.1
    assert found.sweeps < 100


def test_trimmed_weights_meet_margins_and_bounds() -> None:
    chance = np.random.default_rng(5)
    codes = np.column_stack([chance.choice(3, 600, p=p) for p in ([0.05, 0.25, 0.7],) * 2])
    shares = [np.array([0.2, 0.3, 0.5])] * 2
    base = np.ones(600)
    free = rake(codes, shares, base)
    assert free.weights.max() > 5
    tight = rake(codes, shares, base, bound=5.0)
    assert tight.within
    assert tight.error <= 1e-6
    assert tight.weights.max() <= 5 * (1 + 2e-6)
    assert 0 < tight.trimmed.sum() < 100
    impossible = rake(codes, shares, base, bound=2.0)
    assert not impossible.within
    assert impossible.error <= 1e-6, "the margins come first"


def test_trimming_looks_at_the_weight_of_a_respondent_not_of_a_cell() -> None:
    codes = np.tile([[0], [1]], (100, 1))
    base = np.ones(200)
    base[:4] = 40.0
    found = rake(codes, [np.array([0.5, 0.5])], base, bound=3.0)
    assert found.within
    assert found.trimmed[:4].all()
    assert not found.trimmed[4:].any() or found.weights[4:].min() >= 1 / 3 / (1 + 2e-6)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000), scale=st.floats(1e-3, 1e3), bound=st.sampled_from([None, 6])
)
def test_properties(seed: int, scale: float, bound: float | None) -> None:
    chance = np.random.default_rng(seed)
    codes, shares = sample(seed, SIZES[seed % 3])
    for j, wanted in enumerate(shares):  # every category is somebody's
        codes[: wanted.size, j] = np.arange(wanted.size)
    base = chance.uniform(0.5, 2.0, len(codes)).round(1)
    found = rake(codes, shares, base, bound=bound)
    for j, wanted in enumerate(shares):
        share = np.bincount(codes[:, j], found.weights) / found.weights.sum()
        np.testing.assert_allclose(share, wanted, rtol=2e-6)
    assert found.weights.mean() == pytest.approx(1.0, abs=1e-12)
    order = chance.permutation(len(codes))
    turned = rake(codes[order], shares, base[order], bound=bound)
    np.testing.assert_allclose(turned.weights, found.weights[order], atol=1e-10)
    scaled = rake(codes, shares, base * scale, bound=bound)
    np.testing.assert_allclose(scaled.weights, found.weights, atol=1e-9)
    n = len(codes)
    deff = design_effect(found.weights)
    # Kish: deff = 1 + squared coefficient of variation of the weights.
    assert deff == pytest.approx(1 + found.weights.var(), rel=1e-12)
    assert effective_n(found.weights) == pytest.approx(n / deff, rel=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.97, 1.0])
@pytest.mark.parametrize("n_effective", [7.5, 84.0, 1234.5])
def test_wilson_is_its_closed_form(share: float, n_effective: float) -> None:
    z = 1.959963984540054
    centre = (share + z**2 / (2 * n_effective)) / (1 + z**2 / n_effective)
    half = (
        z
        * np.sqrt(share * (1 - share) / n_effective + z**2 / (4 * n_effective**2))
        / (1 + z**2 / n_effective)
    )
    lower, upper = wilson(share, n_effective, 0.95)
    assert lower == pytest.approx(max(centre - half, 0.0), abs=1e-12)
    assert upper == pytest.approx(min(centre + half, 1.0), abs=1e-12)


def test_no_weight_is_undefined() -> None:
    assert np.isnan(design_effect(np.zeros(3)))
    assert np.isnan(effective_n(np.zeros(3)))
