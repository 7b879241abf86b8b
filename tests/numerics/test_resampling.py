from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_engine.numerics import item_products as layout
from survey_engine.numerics.item_products import item_products
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.numerics.resampling import (
    CHUNK,
    _counts,
    _rows_per_block,
    resampled_moments,
    resampling_tasks,
)


def source(values: Array, weights: Array | None = None) -> ArrayRows:
    columns = tuple(f"x{j}" for j in range(values.shape[1]))
    return ArrayRows(columns=columns, values=values, weights=weights)


def counts_of(products: layout.ItemProducts, task) -> Array:
    """The counts a task draws, for all rows side by side."""
    draws = np.random.default_rng(task.seed)
    drawn = _rows_per_block(draws, products, task.size)
    blocks = [
        _counts(draws, drawn[:, b], products.rows_of(b)) for b in range(products.n_blocks)
    ]
    return np.concatenate(blocks, axis=1)


def expected_moments(
    values: Array, weights: Array | None, counts: Array
) -> tuple[Array, Array]:
    mean, covariance = [], []
    for count in counts:
        share = count if weights is None else count * weights
        share = share / share.sum()
        centre = share @ values
        mean.append(centre)
        covariance.append((values - centre).T @ ((values - centre) * share[:, None]))
    return np.array(mean), np.array(covariance)


@settings(max_examples=30, deadline=None)
@given(
    rows=st.sampled_from([2, 7, 250, 1024, 1025, 2600]),
    top=st.sampled_from([1, 4, 9, 100, 5000, 10**6]),
    kind=st.sampled_from(["whole", "fractions", "weighted"]),
    seed=st.integers(0, 1000),
)
def test_moments_are_those_of_the_drawn_rows(rows: int, top: int, kind: str, seed: int) -> None:
    draws = np.random.default_rng(seed)
    values = draws.integers(1, 1 + top, size=(rows, 5), endpoint=True).astype(float)
    if kind == "fractions":
        values += draws.normal(size=values.shape)
    weights = draws.uniform(0.2, 3.0, rows) if kind == "weighted" else None
    products = item_products(source(values, weights))
    (task,) = resampling_tasks(4, seed)
    counts = counts_of(products, task)
    assert (counts.sum(axis=1) == rows).all()
    mean, covariance = resampled_moments(products, task)
    expected = expected_moments(values, weights, counts)
    np.testing.assert_allclose(mean, expected[0], rtol=1e-11, atol=1e-11 * top)
    np.testing.assert_allclose(covariance, expected[1], rtol=1e-9, atol=1e-10 * top**2)


@pytest.mark.parametrize(("top", "packed"), [(9, 3), (4, 3), (100, 2), (10**6, 1)])
def test_whole_answers_share_columns(top: int, packed: int) -> None:
    values = np.random.default_rng(0).integers(0, top, size=(1500, 4), endpoint=True)
    assert item_products(source(values.astype(float))).packed == packed


def test_packed_and_plain_columns_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(5).integers(1, 10, size=(3000, 6), endpoint=True) * 1.0
    products = item_products(source(values))
    task = resampling_tasks(40, 9)[0]
    packed = resampled_moments(products, task)
    # As if a block had been drawn so often that the packed sums overlap.
    monkeypatch.setattr(layout, "_EXACT_BITS", 0)
    plain = resampled_moments(products, task)
    assert (packed[0] == plain[0]).all()
    assert (packed[1] == plain[1]).all()


def test_kept_and_remade_columns_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(5).integers(1, 10, size=(3000, 6), endpoint=True) * 1.0
    task = resampling_tasks(40, 9)[0]
    kept = resampled_moments(item_products(source(values)), task)
    monkeypatch.setattr(layout, "_KEPT_BYTES", 0)
    products = item_products(source(values))
    assert products.kept == ()
    assert products.values.dtype == np.uint8
    assert (resampled_moments(products, task)[1] == kept[1]).all()


def test_the_cut_of_a_source_into_chunks_does_not_matter() -> None:
    values = np.random.default_rng(2).integers(1, 10, size=(2100, 3), endpoint=True) * 1.0

    class Cut:
        columns = ("x0", "x1", "x2")
        n_rows = 2100

        def chunks(self) -> Iterator[tuple[Array, Array | None]]:
            for first in range(0, 2100, 300):
                yield values[first : first + 300], None

    task = resampling_tasks(3, 1)[0]
    whole = resampled_moments(item_products(source(values)), task)
    cut = resampled_moments(item_products(Cut()), task)
    assert (whole[1] == cut[1]).all()


@pytest.mark.parametrize("constant", [7.0, 0.1])
def test_a_constant_item_has_variance_zero_exactly(constant: float) -> None:
    values = np.random.default_rng(0).integers(1, 10, size=(60, 3)).astype(float)
    values[:, 1] = constant
    _, covariance = resampled_moments(item_products(source(values)), resampling_tasks(9, 0)[0])
    assert (covariance[:, 1, 1] == 0.0).all()


def test_rows_are_drawn_uniformly_across_blocks() -> None:
    products = item_products(source(np.arange(2500.0)[:, None] % 7))
    total = sum(counts_of(products, task).sum(axis=0) for task in resampling_tasks(1000, 3))
    assert total.sum() == 2500 * 1000
    # Each row is drawn about 1000 times: chi-square with 2,499 degrees of freedom.
    chi_square = ((total - 1000.0) ** 2 / 1000.0).sum()
    assert abs(chi_square - 2499) < 5 * np.sqrt(2 * 2499)


def test_chunks_are_fixed_and_seeded_apart() -> None:
    tasks = resampling_tasks(2 * CHUNK + 10, 4)
    assert [task.size for task in tasks] == [CHUNK, CHUNK, 10]
    first = np.random.default_rng(tasks[0].seed).random()
    assert first != np.random.default_rng(tasks[1].seed).random()
    again = resampling_tasks(CHUNK, 4)[0]
    assert np.random.default_rng(again.seed).random() == first


@pytest.mark.parametrize(
    ("values", "message"),
    [(np.empty((0, 2)), "at least one row"), (np.array([[1.0, np.nan]]), "finite numbers")],
)
def test_unusable_rows_are_refused(values: Array, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        item_products(source(values))
