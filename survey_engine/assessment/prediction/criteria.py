"""Criteria to choose between models of the same construct, and Akaike weights.

References
----------
Sharma, P. N., Sarstedt, M., Shmueli, G., Kim, K. H. & Thiele, K. O. (2019). PLS-based model
selection: the role of alternative explanations in information systems research. Journal of
the Association for Information Systems 20, 346-397, table 2.
Danks, N. P., Sharma, P. N. & Sarstedt, M. (2020). Model selection uncertainty and
multimodel inference in PLS-SEM. Journal of Business Research 113, 13-24.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator, starting_weights
from survey_engine.estimation.pls.result import INADMISSIBLE
from survey_engine.numerics.moments import Array

CRITERIA = ("aic", "aicc", "aicu", "bic", "hq", "hqc", "fpe", "mallows_cp", "gm")


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """Criteria of one structural equation; smaller is better, None where undefined.

    `weights` are Akaike weights beside a rival model, by the name of the criterion.
    """

    construct: str
    predictors: int
    aic: float | None
    aicc: float | None
    aicu: float | None
    bic: float | None
    hq: float | None
    hqc: float | None
    fpe: float | None
    mallows_cp: float | None
    gm: float | None
    weights: dict[str, float] = field(default_factory=dict)


def selection_criteria(
    fit: PlsFit, estimator: PlsEstimator | None = None
) -> tuple[Criteria, ...]:
    """Every criterion of every endogenous construct of a plain model.

    SSE = (n - 1)(1 - R²); k counts the intercept. Mallows' Cp and GM compare with the
    saturated model, in which every construct has all constructs before it as
    predictors; they need the `estimator` to fit it, and divide its SSE by n - k.
    """
    names = fit.spec.construct_names
    n = float(fit.moments.n)
    errors = {} if estimator is None else _saturated(fit, estimator)
    rows = []
    for at in np.flatnonzero(np.isfinite(fit.r2)):
        count = sum(path.target == names[at] for path in fit.spec.paths)
        sse = (n - 1.0) * (1.0 - float(fit.r2[at]))
        values: dict[str, Any] = {}
        values |= criteria_of(sse, n, count + 1, errors.get(names[at]))
        rows.append(Criteria(construct=names[at], predictors=count, **values))
    return tuple(rows)


def _saturated(fit: PlsFit, estimator: PlsEstimator) -> dict[str, float]:
    """Mean squared errors of the saturated model by construct; nothing if it fails."""
    names, n = fit.spec.construct_names, fit.moments.n
    design = estimator.design(fit.spec)
    order = np.array(design.order)
    paths = np.zeros_like(design.adjacency)
    paths[np.ix_(order, order)] = np.triu(np.ones_like(paths), 1)
    whole = estimator.fit_design(
        replace(design, adjacency=paths), fit.moments, start=starting_weights(fit)
    )
    if whole.reason[0] not in (0, INADMISSIBLE) or n <= len(names):
        return {}
    return {
        names[j]: (n - 1.0) * (1.0 - float(whole.r2[0, j])) / (n - place - 1.0)
        for place, j in enumerate(order)
        if np.isfinite(whole.r2[0, j])
    }


def criteria_of(
    sse: float, n: float, k: int, mse_full: float | None
) -> dict[str, float | None]:
    """The criteria from the sum of squared errors (Sharma et al. 2019, table 2).

    Parameters
    ----------
    sse : float
        Standardised.
    k : int
        Predictors and intercept.
    mse_full : float or None
        Mean squared error of the construct in the saturated model.
    """
    if not sse > 0.0 or n <= k + 2:
        return dict.fromkeys(CRITERIA)
    fit, loglog = np.log(sse / n), np.log(np.log(n))
    found: dict[str, float | None] = {
        "aic": n * (fit + 2.0 * k / n),
        "aicc": n * (fit + (n + k) / (n - k - 2.0)),
        "aicu": n * (np.log(sse / (n - k)) + 2.0 * k / n),
        "bic": n * (fit + k * np.log(n) / n),
        "hq": n * (fit + 2.0 * k * loglog / n),
        "hqc": n * (fit + 2.0 * k * loglog / (n - k - 2.0)),
        "fpe": sse / (n - k) * (1.0 + k / n),
        "mallows_cp": None,
        "gm": None,
    }
    if mse_full is not None and mse_full != 0.0:
        found["mallows_cp"] = sse / mse_full - (n - 2.0 * k)
        found["gm"] = sse / mse_full + k * np.log(n)
    return {name: None if value is None else float(value) for name, value in found.items()}


def akaike_weights(criterion: Array) -> Array:
    """Relative likelihood of rival models, ``exp(-delta/2)`` scaled to sum 1.

    Parameters
    ----------
    criterion : ndarray, shape (..., models)
        AIC, BIC or another criterion on their scale.
    """
    delta = criterion - criterion.min(axis=-1, keepdims=True)
    likelihood = np.exp(-delta / 2.0)
    return np.asarray(likelihood / likelihood.sum(axis=-1, keepdims=True))
