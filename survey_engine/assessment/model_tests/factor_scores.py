r"""Factor scores of each respondent: regression (Thurstone 1935; Thomson 1939), Bartlett.

Regression scores are the expected factors given the answers,
``eta + C_fo Sigma^-1 (y - mu)``; they shrink towards the mean. Bartlett's (1937) scores,
``(L' Sigma^-1 L)^-1 L' Sigma^-1 (y - nu)``, are unbiased given the factors. A respondent
without some answers is scored from the others.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.model_tests.point import ModelPoint
from survey_engine.numerics.moments import Array

Method = Literal["regression", "bartlett"]


def latent_names(point: ModelPoint) -> tuple[str, ...]:
    """The latent variables, in the order of the scores."""
    return point.variables[point.arrows.n_observed :]


def factor_scores(
    point: ModelPoint,
    answers: Array,
    *,
    group: NDArray[np.intp] | None = None,
    sample_mean: Array | None = None,
    method: Method = "regression",
) -> Array:
    """Scores of respondents, shape (n, number of latent variables).

    Parameters
    ----------
    point : ModelPoint
    answers : ndarray, shape (n, p)
        Columns as ``point.sample.observed``; NaN where there is no answer.
    group : ndarray of int, shape (n,), optional
        From 0; needed with several groups.
    sample_mean : ndarray, shape (G, p), optional
        Where means are not modelled: about what answers are centred. The means of
        `answers` without it.
    method : {"regression", "bartlett"}

    Returns
    -------
    ndarray
        NaN for a respondent without any answer, and for Bartlett scores of a factor that
        no answered item measures directly.
    """
    of_group = np.zeros(len(answers), dtype=np.intp) if group is None else group
    means = _centres(point, answers, of_group, sample_mean)
    scores = np.full((len(answers), len(latent_names(point))), np.nan)
    known = ~np.isnan(answers)
    kinds, member = np.unique(
        np.column_stack((of_group[:, None], known)), axis=0, return_inverse=True
    )
    for k, kind in enumerate(kinds):
        rows = np.flatnonzero(member.reshape(-1) == k)
        at, g = np.flatnonzero(kind[1:]), int(kind[0])
        if len(at):
            weight = score_weights(point, g, at, method)
            centred = answers[np.ix_(rows, at)] - means[g, at]
            scores[rows] = centred @ weight.T + _origin(point, g)
    return scores


def _centres(
    point: ModelPoint, answers: Array, group: NDArray[np.intp], sample_mean: Array | None
) -> Array:
    if point.means:
        return point.reduced.mu
    if sample_mean is not None:
        return sample_mean
    groups = range(len(point.sample.n))
    return np.stack([np.nanmean(answers[group == g], axis=0) for g in groups])


def _origin(point: ModelPoint, group: int) -> Array:
    p = point.arrows.n_observed
    return point.reduced.mean[group, p:] if point.means else point.reduced.mean[group, p:] * 0


def score_weights(point: ModelPoint, group: int, at: NDArray[np.intp], method: Method) -> Array:
    """Weights of the answered items `at` in the centred scores, (latents, items)."""
    p = point.arrows.n_observed
    sigma = point.reduced.sigma[group][np.ix_(at, at)]
    if method == "regression":
        return np.linalg.solve(sigma, point.reduced.covariance[group, at, p:]).T
    loading = point.arrows.asymmetric[group, at, p:]
    measured = np.abs(loading).max(axis=0) > 0
    weight = np.full(loading.T.shape, np.nan)
    used = loading[:, measured]
    inner = np.linalg.solve(sigma, used)
    middle = used.T @ inner
    if np.linalg.matrix_rank(middle) == len(middle):
        weight[measured] = np.linalg.solve(middle, inner.T)
    return weight
