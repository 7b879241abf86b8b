"""Fitted models side by side: the difference test that suits their estimator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from survey_engine.assessment.model_tests.compare import (
    LikelihoodRatio,
    RivalModel,
    likelihood_ratios,
    rival_models,
)
from survey_engine.assessment.model_tests.of_fit import model_fit
from survey_engine.assessment.model_tests.scaled_difference import (
    adjusted_difference,
    scaling_at,
)
from survey_engine.estimation.fit_result import CbSemFit

Difference = Literal["satorra-bentler-2001", "satorra-bentler-2010", "satorra-2000"]


def nested_models(
    fits: Mapping[str, CbSemFit], *, difference: Difference | None = None
) -> tuple[LikelihoodRatio, ...]:
    """Difference tests of nested fits, the freest first.

    Parameters
    ----------
    fits : Mapping of str to CbSemFit
        By name; one estimator, the same data.
    difference : str, optional
        How differences of robust chi-squares are made. Default: ``"satorra-2000"`` for
        mean-and-variance adjusted ones, ``"satorra-bentler-2001"`` for scaled ones.
        Plain chi-squares are subtracted.
    """
    ordered = dict(sorted(fits.items(), key=lambda pair: pair[1].df))
    models = [model_fit(name, fit) for name, fit in ordered.items()]
    pairs = list(pairwise(ordered.values()))
    asked = difference or _suited(list(ordered.values()))
    if asked == "satorra-bentler-2010":
        factors = [scaling_at(larger, smaller) for larger, smaller in pairs]
        return likelihood_ratios(models, at_smaller=factors)
    rows = likelihood_ratios(models)
    if asked != "satorra-2000":
        return rows
    changed = [
        _adjusted(row, larger, smaller)
        for row, (larger, smaller) in zip(rows[1:], pairs, strict=True)
    ]
    return (rows[0], *changed)


def _suited(fits: list[CbSemFit]) -> Difference:
    shifted = any(fit.scaled is not None and fit.scaled.shift != 0 for fit in fits)
    return "satorra-2000" if shifted else "satorra-bentler-2001"


def _adjusted(row: LikelihoodRatio, larger: CbSemFit, smaller: CbSemFit) -> LikelihoodRatio:
    found = adjusted_difference(larger, smaller)
    return replace(
        row,
        chisq_diff=None if found is None else found.chisq,
        p=None if found is None else found.p,
        scaling_diff=None if found is None else found.factor,
        rmsea_diff=None,
    )


def rivals(fits: Mapping[str, CbSemFit]) -> tuple[RivalModel, ...]:
    """A table of models of the same data, nested or not; see `compare.rival_models`."""
    return rival_models([model_fit(name, fit) for name, fit in fits.items()])
