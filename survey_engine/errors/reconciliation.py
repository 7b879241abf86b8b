"""Codes of engines side by side."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

RECONCILIATION_CODES: dict[str, Severity] = {
    "RECONCILE_NOTHING_MISSING": Severity.INFO,
    "RECONCILE_NOT_COARSE": Severity.INFO,
    "RECONCILE_NEEDS_ML": Severity.INFO,
    "RECONCILE_OPTIONS_UNUSED": Severity.WARNING,
    "RECONCILE_NO_ENGINE": Severity.ERROR,
}
