"""Every reason that is tried for a difference between two engines."""

from __future__ import annotations

from collections.abc import Callable

from survey_engine.study.reconcile_composites import (
    attenuation,
    index_weights,
    near_singular_constructs,
    scaling,
    weighting,
)
from survey_engine.study.reconcile_covariances import (
    bounds,
    coarse_answers,
    divisor,
    misfit,
    missing_answers,
    non_normality,
    not_at_optimum,
)
from survey_engine.study.reconcile_pair import Changed, Pair

REASONS: dict[str, Callable[[Pair], Changed | None]] = {
    "near_singular": near_singular_constructs,
    "missing_answers": missing_answers,
    "coarse_answers": coarse_answers,
    "non_normality": non_normality,
    "divisor": divisor,
    "bounds": bounds,
    "not_at_optimum": not_at_optimum,
    "attenuation": attenuation,
    "scaling": scaling,
    "weighting": weighting,
    "index_weights": index_weights,
    "misfit": misfit,
}
"""In the order in which equal shares are named."""
