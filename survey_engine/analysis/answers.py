"""The complete answers an analysis describes: weighted means and shares with their base."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from survey_engine.estimation.estimates import Estimate
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class Answers:
    """A sample of one number per respondent, with case weights.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Without NaN.
    weights : ndarray, shape (n,), or None
    """

    values: Array
    weights: Array | None = None

    @property
    def n(self) -> int:
        """Number of respondents."""
        return int(self.values.size)

    @property
    def n_effective(self) -> float:
        """Kish's ``(sum w)^2 / sum w^2``."""
        if self.weights is None:
            return float(self.n)
        return float(self.weights.sum() ** 2 / (self.weights**2).sum())

    @property
    def mean(self) -> float:
        """The (weighted) mean."""
        return float(np.average(self.values, weights=self.weights))

    @property
    def variance(self) -> float:
        """The (weighted) variance, divisor n - 1."""
        centred = (self.values - self.mean) ** 2
        return float(np.average(centred, weights=self.weights)) * self.n / (self.n - 1)

    def share(self, where: NDArray[np.bool_]) -> float:
        """The (weighted) share of respondents for whom `where` holds."""
        return float(np.average(where, weights=self.weights))

    def subset(self, where: NDArray[np.bool_]) -> Answers:
        """The respondents for whom `where` holds."""
        weights = None if self.weights is None else self.weights[where]
        return Answers(values=self.values[where], weights=weights)


def mean_interval(answers: Answers, confidence: float) -> Estimate:
    """Mean with Student's t interval on the effective number of answers."""
    n = answers.n_effective
    if answers.n < 2:
        return Estimate(est=answers.mean)
    se = float(np.sqrt(answers.variance / n))
    half = float(stdtrit(max(n - 1, 1.0), 0.5 + confidence / 2)) * se
    mean = answers.mean
    return Estimate(est=mean, se=se, ci_lower=mean - half, ci_upper=mean + half)
