"""Populations of planted classes.

Five constructs of three items (loading .9), all of variance 1 in every class, so that classes
differ in their paths only: neither in level nor in spread nor in measurement. `best` says
how the best possible assignment, with every parameter known, would do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from survey_engine.numerics.moments import Array
from survey_engine.spec.parse import parse_model_text

Labels = NDArray[np.intp]
NAMES = "ABCDE"
TEXT = "\n".join(f"{k} =~ " + " + ".join(f"{k.lower()}{j}" for j in (1, 2, 3)) for k in NAMES)
MODEL = parse_model_text(f"{TEXT}\nC ~ A + B\nD ~ A + C\nE ~ B + D\n", file="classes.txt")
PATHS = tuple((NAMES.index(p.source), NAMES.index(p.target)) for p in MODEL.paths)
LOADING = 0.9

# One row a class: C by A and B, D by A and C, E by B and D.
ONE = ((0.5, 0.4, 0.3, 0.5, 0.3, 0.5),)
STRONG = (
    (0.95, 0.0, 0.0, 0.95, 0.0, 0.95),
    (0.0, -0.95, -0.95, 0.0, -0.95, 0.0),
    (-0.95, 0.0, 0.0, -0.95, 0.0, -0.95),
)
MODERATE = (
    (0.85, 0.0, 0.0, 0.85, 0.0, 0.85),
    (0.0, 0.85, 0.85, 0.0, 0.85, 0.0),
    (-0.6, -0.6, -0.6, 0.0, 0.0, -0.85),
)
SHARES = {1: (1.0,), 2: (0.6, 0.4), 3: (0.4, 0.33, 0.27)}


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A population of classes.

    `skewed`: answers 1 to 10, heaped at the top as satisfaction is.
    """

    paths: tuple[tuple[float, ...], ...]
    skewed: bool = False

    @property
    def shares(self) -> Array:
        return np.array(SHARES[len(self.paths)])

    def structure(self) -> tuple[Array, Array]:
        """Covariances of the constructs (G, 5, 5) and of the items (G, 15, 15)."""
        latent = np.stack([_latent(paths) for paths in self.paths])
        loading = np.kron(np.eye(5), np.full((3, 1), LOADING))
        error = (1 - LOADING**2) * np.eye(15)
        return latent, loading @ latent @ loading.T + error

    def sample(self, n: int, seed: tuple[int, ...]) -> tuple[Array, Labels]:
        random = np.random.default_rng(np.random.SeedSequence(seed))
        labels = random.choice(len(self.paths), size=n, p=self.shares).astype(np.intp)
        roots = np.linalg.cholesky(self.structure()[1])
        values = np.einsum("nij,nj->ni", roots[labels], random.standard_normal((n, 15)))
        if self.skewed:
            # Three quarters of the answers from 7 on: skewness -1.
            values = np.clip(np.ceil(10 * ndtr(values) ** 0.4), 1, 10)
        return values, labels

    def best(self, values: Array) -> Labels:
        """The most likely class of each row, everything known."""
        zero = np.zeros(15)
        log = [
            np.log(share) + multivariate_normal(zero, covariance).logpdf(values)
            for share, covariance in zip(self.shares, self.structure()[1], strict=True)
        ]
        return np.argmax(log, axis=0).astype(np.intp)


def _latent(paths: tuple[float, ...]) -> Array:
    """Covariance of five constructs with variance 1; A and B correlate .3."""
    found = np.eye(5)
    found[0, 1] = found[1, 0] = 0.3
    for j, (target, first, second) in enumerate(((2, 0, 1), (3, 0, 2), (4, 1, 3))):
        slope = np.zeros(5)
        slope[[first, second]] = paths[2 * j : 2 * j + 2]
        with_others = found[:target, :target] @ slope[:target]
        if slope[:target] @ with_others >= 1:
            raise ValueError(f"explained variance of 1 or more: {paths}")
        found[target, :target] = found[:target, target] = with_others
    return found


DESIGNS = {
    "none": Planted(paths=ONE),
    "none-skewed": Planted(paths=ONE, skewed=True),
    "two-strong": Planted(paths=STRONG[:2]),
    "two-moderate": Planted(paths=MODERATE[:2]),
    "three-strong": Planted(paths=STRONG),
    "three-moderate": Planted(paths=MODERATE),
}
