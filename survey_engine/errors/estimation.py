"""Codes of moments, estimation, admissibility and assessment."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity, SurveyEngineError

ESTIMATION_CODES: dict[str, Severity] = {}


class EstimationError(SurveyEngineError):
    """A model cannot be estimated from these data."""
