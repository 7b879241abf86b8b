r"""The difference test of two nested least-squares models, scaled and shifted.

A difference of scaled statistics is no chi-square (Satorra 2000). With Delta the
derivatives of the statistics, V their weights and Gamma their covariance, all of the larger
model, and H the smaller model's parameters in terms of the larger's, the difference of the
plain statistics is a quadratic form with

.. math:: U = V \Delta \{P^{-1} - H (H' P H)^{-1} H'\} \Delta' V, \quad P = \Delta' V \Delta

(Satorra 2000, eq. 14-16); its mean and variance are matched by scale and shift
(Asparouhov & Muthén 2010, eq. 5).
"""

from __future__ import annotations

import numpy as np

from survey_engine.assessment.fit_measures.chi_square import tail_probability
from survey_engine.assessment.model_tests.compare import LikelihoodRatio
from survey_engine.estimation.cbsem.robust import Traces, scaled_shifted, weights_of
from survey_engine.estimation.cbsem.solution import Solution, solution_of
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array


def restriction_test(smaller: CbSemFit, larger: CbSemFit, *, name: str = "") -> LikelihoodRatio:
    """The test that the restrictions of `smaller` hold, given `larger`.

    Parameters
    ----------
    smaller, larger : CbSemFit
        Fitted by one estimator with Gamma to the same sample.
    name : str
        What the row is called.

    Returns
    -------
    LikelihoodRatio
        `chisq` is the smaller model's plain statistic, `scaling_diff` the factor of the
        difference before its shift; no difference without degrees of freedom.
    """
    df = smaller.df - larger.df
    plain = LikelihoodRatio(
        model=name,
        df=smaller.df,
        aic=None,
        bic=None,
        chisq=smaller.chisq,
        df_diff=df,
    )
    if df <= 0:
        return plain
    found = difference_traces(solution_of(smaller), solution_of(larger))
    test = scaled_shifted(smaller.chisq - larger.chisq, df, found)
    excess = max(test.chisq - df, 0.0) * len(larger.groups)
    return LikelihoodRatio(
        model=plain.model,
        df=plain.df,
        aic=None,
        bic=None,
        chisq=plain.chisq,
        chisq_diff=test.chisq,
        df_diff=df,
        p=tail_probability(test.chisq, df),
        rmsea_diff=float(np.sqrt(excess / (larger.moments.n * df))),
        scaling_diff=test.factor,
    )


def difference_traces(smaller: Solution, larger: Solution) -> Traces:
    """``tr(U Gamma)`` and ``tr((U Gamma)^2)`` of the difference."""
    if larger.gamma is None:  # a programming error: the caller asks for robust tests only
        raise ValueError("the difference test needs Gamma")
    weight, delta, shares = weights_of(larger), larger.delta, larger.data.shares
    g, k, r = delta.shape
    within = np.linalg.lstsq(
        delta.reshape(g * k, r), smaller.delta.reshape(g * k, -1), rcond=None
    )[0]
    pull = np.swapaxes(delta, -1, -2) @ weight
    information = np.einsum("g,gij->ij", shares, pull @ delta)
    filling = np.einsum("g,gij->ij", shares, pull @ larger.gamma @ np.swapaxes(pull, -1, -2))
    middle = np.linalg.inv(information) - _inside(np.asarray(within), information)
    turned = middle @ filling
    return Traces(first=float(np.trace(turned)), second=float(np.sum(turned * turned.T)))


def _inside(within: Array, information: Array) -> Array:
    """``H (H' P H)^{-1} H'``."""
    inner = within.T @ information @ within
    return np.asarray(within @ np.linalg.solve(inner, within.T))
