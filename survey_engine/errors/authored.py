"""Codes of authored files: instruments, models, study and brand files, model text."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity, SurveyEngineError

AUTHORED_CODES: dict[str, Severity] = {}


class AuthoringError(SurveyEngineError):
    """An instrument, model, study or brand file cannot be used as written."""
