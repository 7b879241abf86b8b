"""What a covariance-based estimator is given: moments, and rows with gaps for FIML."""

from __future__ import annotations

from typing import Literal, cast

from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.cbsem.incomplete import TREATMENTS
from survey_engine.study.prepare import Prepared


def covariance_input(prepared: Prepared) -> tuple[CbSemEstimator, GroupedMoments]:
    """The estimator of a study's treatment of missing answers, and its input."""
    reduction = prepared.reduction
    moments = reduction.moments
    if moments.missing not in TREATMENTS:
        return CbSemEstimator(), GroupedMoments.single(moments, reduction.rows)
    treatment = cast(Literal["fiml", "two-stage", "robust-two-stage"], moments.missing)
    rows = reduction.incomplete or reduction.rows
    return CbSemEstimator(missing=treatment), GroupedMoments.single(moments, rows)
