"""Scores on 0-100: the satisfaction index and every construct by the same route."""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.estimation.estimates import ConstructEstimate, Estimate
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class SatisfactionIndex(Estimate):
    """The 0-100 index: Fornell et al. (1996); methodology 2.1.

    Attributes
    ----------
    construct : str
        The index construct.
    n : int
    formula : str
        Name of the route: ``"raw_weights"``, ``"converted_standardised_weights"``,
        ``"factor_weighted"``, ``"unit_weights"``.
    indicator_weights : dict[str, float]
        Unstandardised weights, sum 1.
    standard_deviation : float
        Of the case index, in index points (n - 1).
    confidence : float
    """

    construct: str
    n: int
    formula: str
    indicator_weights: dict[str, float]
    standard_deviation: float
    confidence: float = 0.95


@dataclass(frozen=True, kw_only=True)
class ConstructScores:
    """Every construct's mean on 0-100, by the route of the index.

    Attributes
    ----------
    formula : str
    performance : tuple[ConstructEstimate, ...]
        Means on 0-100, in the order of the model's constructs.
    standard_deviation : ndarray, shape (K,)
        Of the case scores on 0-100.
    indicator_weights : ndarray, shape (p,)
        Unstandardised, sum 1 within each block.
    """

    formula: str
    performance: tuple[ConstructEstimate, ...]
    standard_deviation: Array
    indicator_weights: Array
