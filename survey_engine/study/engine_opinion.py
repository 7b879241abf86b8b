"""semopy as second opinion: agrees, differs because, or not available because."""

from __future__ import annotations

from survey_engine.errors import Scope, diagnostic
from survey_engine.estimation.cbsem.incomplete import TREATMENTS
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.estimation.semopy_backend import second_opinion
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import EngineOpinion

TIME_LIMIT = 20.0
"""Seconds semopy may take; its answer is a comfort, not a result."""


def engine_opinion(prepared: Prepared, reference: CbSemFit | None) -> EngineOpinion | None:
    """Compare the own maximum-likelihood fit with semopy's.

    Parameters
    ----------
    prepared : Prepared
    reference : CbSemFit or None
        The own fit; None where there is nothing to compare.

    Returns
    -------
    EngineOpinion or None
    """
    if reference is None or not reference.converged:
        return None
    if reference.moments.missing in TREATMENTS:
        reason = diagnostic(
            "ENGINE_NEEDS_COMPLETE_ROWS",
            scope=Scope.SECOND_OPINION,
            missing=reference.moments.missing,
        )
        return EngineOpinion(
            engine="semopy", version=None, outcome="not_available", reason=reason
        )
    told = second_opinion(
        prepared.model, prepared.reduction.moments, reference, timeout=TIME_LIMIT
    )
    return EngineOpinion(
        engine="semopy",
        version=told.version,
        outcome=told.outcome,
        reason=told.reason,
        chisq=told.chisq,
        chisq_reference=told.chisq_reference,
        largest_difference=told.largest_difference,
    )
