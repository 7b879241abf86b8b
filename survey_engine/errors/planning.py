"""Codes of planning a survey."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

PLANNING_CODES: dict[str, Severity] = {
    "PLAN_UNKNOWN_PATH": Severity.ERROR,
}
