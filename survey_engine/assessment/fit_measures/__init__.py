"""Fit measures of covariance-based models, one file a family.

Every family has number-level functions and `measures`, which applies them to a fit. A
new family is a new file and a line in `FAMILIES`.
"""

from __future__ import annotations

import math

from survey_engine.assessment.fit_measures import (
    absolute,
    chi_square,
    complete_data,
    incremental,
    information,
    ordinal,
    residual,
    rmsea,
)
from survey_engine.estimation.fit_result import CbSemFit

FAMILIES = (
    chi_square,
    incremental,
    information,
    rmsea,
    residual,
    absolute,
    complete_data,
    ordinal,
)

__all__ = ["FAMILIES", "fit_measures"]


def fit_measures(fit: CbSemFit) -> dict[str, float | None]:
    """Every fit measure under lavaan's names, dots as underscores.

    Parameters
    ----------
    fit : CbSemFit

    Returns
    -------
    dict
        None where a measure is not defined (RMSEA without degrees of freedom, anything
        of a fit without finite chi-square). Counts (``npar``, ``df``) are floats.
    """
    if not (math.isfinite(fit.chisq) and math.isfinite(fit.baseline_chisq)):
        return {"npar": float(fit.npar), "df": float(fit.df), "ntotal": float(fit.moments.n)}
    found: dict[str, float | None] = {}
    for family in FAMILIES:
        found.update(family.measures(fit))
    return {k: None if v is None or not math.isfinite(v) else v for k, v in found.items()}
