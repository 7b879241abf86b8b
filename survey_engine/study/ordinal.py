"""Requests with ordered items: their moments, in place of those of numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from survey_engine.errors import Diagnostic, EstimationError, diagnostic
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
