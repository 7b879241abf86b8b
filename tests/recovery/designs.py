"""Populations, and samples of them: equally likely respondents, or weighted ones.

A weighted sample is informative: respondents with high scores are over-represented (their
chance of being drawn runs from .3 to 1 with the first construct), and the weight is one
over that chance. Without weights such a sample would give other numbers than the
population has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from survey_engine.numerics.moments import Array, ArrayRows, Moments
from survey_engine.simulation.population import (
    Population,
    ecsi_population,
    item_location,
    latent_structure,
    loading_matrix,
    observed_items,
    population_moments,
)
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model_text
from survey_engine.workflows.resources import load_model

SCALE = (1.0, 10.0)
LEAST_CHANCE = 0.3
TWO = "A =~ a1 + a2 + a3 + a4\nB =~ b1 + b2 + b3 + b4\nB ~ A\n"


@dataclass(frozen=True, kw_only=True)
class Design:
    """A model and the population its data come from (continuous, 1-10 in spirit)."""

    name: str
    spec: ModelSpec
    population: Population
    target: str

    @property
    def items(self) -> tuple[str, ...]:
        return observed_items(self.spec)

    def moments(self) -> Moments:
        """Exact moments, as if of a million respondents."""
        mean, covariance = population_moments(self.spec, self.population, scale=SCALE)
        return Moments(
            columns=self.items,
            n=1_000_000,
            n_effective=1e6,
            mean=mean,
            covariance=covariance,
        )

    def sample(self, n: int, *, weighted: bool, seed: tuple[int, ...]) -> ArrayRows:
        """Answers of `n` respondents, with weights scaled to sum n if wanted."""
        random = np.random.default_rng(np.random.SeedSequence(seed))
        if not weighted:
            return ArrayRows(columns=self.items, values=self._answers(random, n)[0])
        # At the smallest chance of .3 a quarter more than n / .3 candidates always do.
        values, first = self._answers(random, int(n / LEAST_CHANCE * 1.25) + 50)
        chance = LEAST_CHANCE + (1 - LEAST_CHANCE) * ndtr(first)
        drawn = np.flatnonzero(random.random(len(chance)) < chance)[:n]
        weights = 1 / chance[drawn]
        return ArrayRows(
            columns=self.items, values=values[drawn], weights=weights * (n / weights.sum())
        )

    def _answers(self, random: np.random.Generator, n: int) -> tuple[Array, Array]:
        """Answers (n, p) and scores on the first construct (n,)."""
        structure = latent_structure(self.spec, self.population)
        loadings = loading_matrix(self.spec, self.population)
        share = np.einsum("ik,kl,il->i", loadings, structure.correlation, loadings)
        factor = np.linalg.cholesky(structure.correlation)
        scores = random.standard_normal((n, len(structure.names))) @ factor.T
        errors = random.standard_normal((n, loadings.shape[0]))
        standard = scores @ loadings.T + errors * np.sqrt(np.maximum(1 - share, 0.0))
        mean, deviation = item_location(self.spec, self.population, SCALE)
        return mean + deviation * standard, scores[:, 0]


def ecsi() -> Design:
    """The seven-construct index model, 24 items."""
    return Design(
        name="ecsi",
        spec=load_model("ecsi"),
        population=ecsi_population(),
        target="Satisfaction",
    )


def two() -> Design:
    """Two constructs of four items, one path of .6."""
    return Design(
        name="two",
        spec=parse_model_text(TWO, file="two.txt"),
        population=Population(paths={("A", "B"): 0.6}),
        target="B",
    )


DESIGNS = {"ecsi": ecsi, "two": two}
