"""From moments to the sample an estimator fits: divisors, weights, what is impossible."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.cbsem.methods import Method
from survey_engine.estimation.cbsem.observed import Sample, sample
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.fourth_order import gamma_of
from survey_engine.numerics.moments import Array
from survey_engine.numerics.symmetric import vech


def select_moments(table: ParameterTable, moments: GroupedMoments) -> GroupedMoments:
    """Moments of the table's observed variables, in its order.

    Raises
    ------
    EstimationError
        UNKNOWN_MODEL_COLUMN with every missing name.
    """
    refuse_unknown_columns(table, moments.groups[0].columns)
    return moments.select(table.observed)


def refuse_unknown_columns(table: ParameterTable, known: tuple[str, ...]) -> None:
    """UNKNOWN_MODEL_COLUMN with every observed variable that is not among `known`."""
    absent = tuple(name for name in table.observed if name not in known)
    if absent:
        raise EstimationError(
            diagnostic("UNKNOWN_MODEL_COLUMN", where=Where(items=absent), names=list(absent))
        )


def fitted_sample(
    table: ParameterTable,
    moments: tuple[Array, Array],
    sizes: Array,
    *,
    method: Method,
    wishart: bool,
    gamma: Array | None = None,
) -> Sample:
    """The sample with the divisor, and the weights, of the method.

    Parameters
    ----------
    table : ParameterTable
    moments : tuple of ndarray, shapes (..., G, p) and (..., G, p, p)
        Means, and covariances with divisor n.
    sizes : ndarray, shape (G,)
        Rows of each group.
    method : Method
    wishart : bool
        Wishart likelihood: divisor n - 1 for covariances and chi-square.
    gamma : ndarray, shape (..., G, k, k), optional
        Of the statistics; needed by weights that come from it.
    """
    mean, covariance = moments
    unbiased = method.unbiased or wishart
    if unbiased:
        covariance = covariance * (sizes / (sizes - 1))[:, None, None]
    # Where covariances have divisor n - 1, so has chi-square: (n - 1) F, as in lavaan.
    data = sample(table, mean, covariance, sizes - 1 if unbiased else sizes, sizes)
    if method.weights == "none":
        return data
    second = vech(covariance)
    statistics = np.concatenate((mean, second), axis=-1) if table.means else second
    return replace(
        data, statistics=statistics, weight=statistic_weights(method, statistics, gamma)
    )


def statistic_weights(method: Method, statistics: Array, gamma: Array | None) -> Array:
    """Identity, inverse diagonal (..., G, k) or inverse Gamma (..., G, k, k)."""
    if method.weights == "identity" or gamma is None:
        return np.ones_like(statistics)
    if method.weights == "diagonal":
        with np.errstate(divide="ignore"):
            return np.asarray(1 / np.diagonal(gamma, axis1=-2, axis2=-1))
    return np.asarray(np.linalg.inv(gamma))


def sample_gamma(table: ParameterTable, moments: GroupedMoments) -> Array:
    """Gamma of every group's statistics, shape (G, k, k), from its rows.

    Raises
    ------
    EstimationError
        ROWS_NEEDED where only moments are known.
    """
    if len(moments.rows) != len(moments.groups):
        raise EstimationError(diagnostic("ROWS_NEEDED"))
    found = np.stack(
        [
            gamma_of(rows, table.observed, group.mean, group.covariance)
            for rows, group in zip(moments.rows, moments.groups, strict=True)
        ]
    )
    skip = 0 if table.means else len(table.observed)
    return found[:, skip:, skip:]


def check_estimable(table: ParameterTable, data: Sample, method: Method) -> None:
    """Refuse what has no estimate.

    Raises
    ------
    EstimationError
        TOO_MANY_PARAMETERS, COVARIANCE_NOT_PD, WEIGHTS_SINGULAR.
    """
    problems: list[Diagnostic] = []
    if table.df < 0:
        problems.append(diagnostic("TOO_MANY_PARAMETERS", npar=table.npar, df=table.df))
    for g, label in enumerate(table.groups):
        variance = np.diagonal(data.covariance[g])
        flat = tuple(n for n, v in zip(table.observed, variance, strict=True) if not v > 0)
        if flat or not np.isfinite(data.log_determinant[g]):
            where = Where(items=flat, groups=(label,) if label else ())
            problems.append(diagnostic("COVARIANCE_NOT_PD", where=where, n=int(data.sizes[g])))
    if not problems and method.weights == "full" and data.statistics is not None:
        problems += _too_few_rows(table, data, data.statistics.shape[-1])
    if problems:
        raise EstimationError(*problems)


def _too_few_rows(table: ParameterTable, data: Sample, statistics: int) -> list[Diagnostic]:
    """WLS inverts Gamma, whose rank is at most n - 1."""
    return [
        diagnostic(
            "WEIGHTS_SINGULAR",
            where=Where(groups=(label,) if label else ()),
            n=int(size),
            needed=statistics + 1,
        )
        for label, size in zip(table.groups, data.sizes, strict=True)
        if size <= statistics
    ]
