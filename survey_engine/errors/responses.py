"""Codes of reading, mapping, validating and reducing responses."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity, SurveyEngineError

RESPONSE_CODES: dict[str, Severity] = {}


class ResponseError(SurveyEngineError):
    """The export or the data table cannot be used as it stands."""
