"""Codes of the machine and the program: fonts, Pango, disk, interrupted work, bugs."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity, SurveyEngineError

ENVIRONMENT_CODES: dict[str, Severity] = {}


class EnvironmentProblem(SurveyEngineError):
    """Something outside the data and the model is missing or broken."""
