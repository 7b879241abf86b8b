"""semopy as second opinion: agrees, differs because, or not available because."""

from __future__ import annotations

from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import EngineOpinion


def engine_opinion(prepared: Prepared, reference: CbSemFit | None) -> EngineOpinion | None:
    """Compare the own maximum-likelihood fit with semopy's; None without a fit."""
    return None
