"""The simplest second opinion: plain averages of the same questions."""

from __future__ import annotations

import numpy as np

from survey_engine.analysis.answers import Answers, mean_interval
from survey_engine.analysis.results import SimpleSecondOpinion
from survey_engine.assessment.blocks import membership
from survey_engine.estimation.estimates import Estimate
from survey_engine.numerics.moments import Array


def average_correlations(covariance: Array, span: Array, sizes: tuple[int, ...]) -> Array:
    """Correlations of the plain averages of each block's 0-100 answers, shape (K, K).

    Parameters
    ----------
    covariance : ndarray, shape (p, p)
    span : ndarray, shape (p,)
        Width of each item's scale.
    """
    unit = membership(sizes) / span[:, None]
    between = unit.T @ covariance @ unit
    scale = np.sqrt(np.diag(between))
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Array = between / np.outer(scale, scale)
    return result


def simple_second_opinion(
    *,
    averages: Answers,
    index_model: Estimate,
    correlations: dict[str, float],
    ranked: tuple[str, ...],
    confidence: float,
) -> SimpleSecondOpinion:
    """Compare the model's index and top two drivers with those of plain averages.

    Parameters
    ----------
    averages : Answers
        Each respondent's plain average of the index questions, on 0-100.
    index_model : Estimate
    correlations : dict of str to float
        Correlation of each driver's plain average with that of the index questions.
    ranked : tuple of str
        The drivers by the model, strongest first.
    confidence : float
    """
    by_average = sorted(correlations, key=lambda name: -correlations[name])
    top_simple, top_model = tuple(by_average[:2]), ranked[:2]
    return SimpleSecondOpinion(
        index_unit_weights=mean_interval(averages, confidence),
        index_model=index_model,
        top_two_model=top_model,
        top_two_simple=top_simple,
        same_top_two=set(top_model) == set(top_simple),
    )
