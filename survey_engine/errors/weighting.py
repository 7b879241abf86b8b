"""Codes of weighting to margins of a population."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

WEIGHTING_CODES: dict[str, Severity] = {
    "MARGINS_UNREADABLE": _ERROR,
    "MARGIN_NOT_POSITIVE": _ERROR,
    "MARGIN_SHARES_SUM": _ERROR,
    "MARGIN_TOTALS_DIFFER": _WARNING,
    "MARGIN_UNKNOWN_COLUMN": _ERROR,
    "RAKING_UNKNOWN_CATEGORY": _ERROR,
    "RAKING_EMPTY_CATEGORY": _ERROR,
    "RAKING_NOT_CONVERGED": _ERROR,
    "NO_WEIGHTED_ROWS": _ERROR,
    "WEIGHTS_TRIMMED": _INFO,
    "WEIGHTS_BEYOND_BOUND": _WARNING,
    "BASE_WEIGHTS_USED": _INFO,
    "WEIGHTS_HELD_FIXED": _INFO,
}
