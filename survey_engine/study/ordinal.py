"""Requests with ordered items: their moments, in place of those of numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from survey_engine.assessment.ordinal_reliability import (
    OrdinalReliability,
    ordinal_alpha,
    ordinal_reliability,
)
from survey_engine.errors import Diagnostic, EstimationError, diagnostic
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.numerics.moments import Moments
from survey_engine.numerics.ordinal_moments import OrdinalMoments
from survey_engine.responses.reduce import Reduction
from survey_engine.responses.reduce_ordinal import OrdinalReduction, reduce_ordinal
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.statements import statements_of
from survey_engine.study.result import StudySpec

ALL = ("all",)
_NUMBERS_ONLY = {
    "modification_indices": "--modification-indices",
    "measurement_tests": "--measurement-tests",
    "invariance": "--invariance",
    "factor_scores": "--scores",
    "exact_fit": "--exact-fit",
    "jackknife": "--jackknife",
}
"""Options whose formulas are those of measured variables."""


def ordinal_of(
    data: SurveyData, columns: tuple[str, ...], spec: StudySpec, *, group: str | None = None
) -> OrdinalReduction | None:
    """The ordinal moments a request asks for; None without ordered items.

    Raises
    ------
    ResponseError
        See `reduce_ordinal`.
    """
    if not spec.ordered:
        return None
    chosen = None if spec.ordered == ALL else spec.ordered
    return reduce_ordinal(data, columns, ordered=chosen, group=group, missing=spec.missing)


def with_ordinal(reduction: Reduction, found: OrdinalReduction | None) -> Reduction:
    """The reduction with polychoric correlations, means and deviations as answered.

    So standardised results rest on the responses behind the answers, and the index on the
    answers themselves.
    """
    if found is None:
        return reduction
    moments = reduction.moments
    scale = np.sqrt(np.diagonal(moments.covariance))
    covariance = _correlation(moments, found.moments[0]) * np.outer(scale, scale)
    return replace(reduction, moments=replace(moments, covariance=covariance))


def _correlation(moments: Moments, found: OrdinalMoments) -> np.ndarray:
    return found.select(moments.columns).correlation


@dataclass(frozen=True, kw_only=True)
class OrdinalAnswers:
    """What is said of ordered items beside the model.

    Attributes
    ----------
    thresholds : tuple of (item, step, value)
        Of all respondents, step from 1.
    reliability : tuple[OrdinalReliability, ...]
        Of constructs measured by ordered items only; of a model by PLS ordinal alpha alone.
    """

    thresholds: tuple[tuple[str, int, float], ...]
    reliability: tuple[OrdinalReliability, ...]


def ordinal_answers(
    found: OrdinalReduction | None, model: ModelSpec, fit: PlsFit | CbSemFit
) -> OrdinalAnswers | None:
    """Thresholds and reliability; None without ordered items."""
    if found is None:
        return None
    moments = found.moments[0]
    rows = zip(moments.columns, moments.thresholds.tolist(), strict=True)
    thresholds = tuple(
        (name, step, value)
        for name, values in rows
        for step, value in enumerate(values, start=1)
        if np.isfinite(value)
    )
    if isinstance(fit, CbSemFit):
        return OrdinalAnswers(
            thresholds=thresholds, reliability=ordinal_reliability(fit, found.moments)
        )
    return OrdinalAnswers(thresholds=thresholds, reliability=_alphas(moments, model))


def _alphas(moments: OrdinalMoments, model: ModelSpec) -> tuple[OrdinalReliability, ...]:
    ordered = dict(zip(moments.columns, moments.ordered.tolist(), strict=True))
    return tuple(
        OrdinalReliability(
            construct=construct.name,
            group="",
            alpha_ordinal=ordinal_alpha(moments.select(construct.indicators).correlation),
            omega_categorical=None,
            omega_categorical_observed=None,
            ave=None,
        )
        for construct in model.constructs
        if construct.indicators and all(ordered.get(i, False) for i in construct.indicators)
    )


def ordinal_rows(found: OrdinalAnswers | None) -> dict[str, Any] | None:
    """For the result JSON."""
    if found is None:
        return None
    return {
        "thresholds": [
            {"item": item, "step": step, "est": value} for item, step, value in found.thresholds
        ],
        "reliability": [asdict(one) for one in found.reliability],
    }


def ordinal_notes(
    model: ModelSpec, spec: StudySpec, found: OrdinalReduction | None
) -> tuple[Diagnostic, ...]:
    """What is told about the request; refuses what polychoric correlations cannot give.

    Raises
    ------
    EstimationError
        ORDINAL_UNSUPPORTED for products of constructs and options made for numbers.
    """
    if found is None:
        return ()
    written = {s.rhs for s in statements_of(model) if s.op == "~"}
    refused = sorted(name for name in written if ":" in name)
    refused += [option for name, option in _NUMBERS_ONLY.items() if getattr(spec, name)]
    if refused:
        raise EstimationError(diagnostic("ORDINAL_UNSUPPORTED", what=", ".join(refused)))
    resampled = () if spec.quick else (diagnostic("ORDINAL_NOT_RESAMPLED"),)
    return (*found.diagnostics, *resampled)
