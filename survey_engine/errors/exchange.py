"""Codes of models written for other programs."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

EXCHANGE_CODES: dict[str, Severity] = {
    "EXPORT_UNSUPPORTED": Severity.ERROR,
    "EXPORT_LEFT_OUT": Severity.WARNING,
    "EXPORT_METRIC": Severity.INFO,
}
