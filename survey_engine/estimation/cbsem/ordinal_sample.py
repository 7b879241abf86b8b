"""From `OrdinalMoments` to the sample that least squares fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.cbsem.methods import Method
from survey_engine.estimation.cbsem.observed import Sample, sample
from survey_engine.estimation.cbsem.prepare import statistic_weights
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array, Moments
from survey_engine.numerics.ordinal_moments import OrdinalMoments


def as_grouped(moments: tuple[OrdinalMoments, ...]) -> GroupedMoments:
    """Means and covariances of the responses behind the answers, by group."""
    return GroupedMoments(
        labels=tuple(one.group or "" for one in moments),
        groups=tuple(
            Moments(
                columns=one.columns,
                n=one.n,
                n_effective=one.n_effective,
                mean=one.mean,
                covariance=one.covariance,
                weighted=one.weighted,
                missing=one.missing,
            )
            for one in moments
        ),
    )


def ordinal_sample(
    table: ParameterTable, moments: tuple[OrdinalMoments, ...], method: Method
) -> tuple[Sample, Array]:
    """The sample, and Gamma of its statistics, shape (G, k, k).

    Parameters
    ----------
    table : ParameterTable
    moments : tuple of OrdinalMoments
        With the columns of ``table.observed``, in that order.
    method : Method

    Raises
    ------
    EstimationError
        ROWS_NEEDED without Gamma; WEIGHTS_SINGULAR for WLS of few rows.
    """
    gammas = [one.gamma for one in moments]
    if any(one is None for one in gammas):
        raise EstimationError(diagnostic("ROWS_NEEDED"))
    gamma = np.stack([one for one in gammas if one is not None])
    sizes = np.array([one.n for one in moments], dtype=float)
    data = sample(
        table,
        np.stack([one.mean for one in moments]),
        np.stack([one.covariance for one in moments]),
        sizes - 1,  # chi-square is (n - 1) F, groups enter with these shares (lavaan)
        sizes,
    )
    statistics = np.stack([one.statistics for one in moments])
    if method.weights == "full":
        _refuse_few_rows(table, sizes, statistics.shape[-1])
    weight = statistic_weights(method, statistics, gamma)
    # Errors take each group's share of n and the divisor n - G (lavaan).
    errors = sizes * (1 - len(sizes) / sizes.sum())
    data = replace(data, statistics=statistics, weight=weight, error_sizes=errors)
    return data, gamma


def _refuse_few_rows(table: ParameterTable, sizes: Array, needed: int) -> None:
    problems = [
        diagnostic(
            "WEIGHTS_SINGULAR",
            where=Where(groups=(label,) if label else ()),
            n=int(size),
            needed=needed + 1,
        )
        for label, size in zip(table.groups, sizes, strict=True)
        if size <= needed
    ]
    if problems:
        raise EstimationError(*problems)
