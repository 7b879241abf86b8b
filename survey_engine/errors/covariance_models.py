"""Codes of covariance-based models: groups, constraints, estimators that need rows."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

COVARIANCE_MODEL_CODES: dict[str, Severity] = {
    "GROUP_MODIFIERS_DIFFER": Severity.ERROR,
    "GROUP_EQUAL_UNKNOWN": Severity.ERROR,
    "GROUP_PARTIAL_UNKNOWN": Severity.ERROR,
    "ROWS_NEEDED": Severity.ERROR,
    "WEIGHTS_SINGULAR": Severity.ERROR,
    "CONSTRAINT_ACTIVE": Severity.WARNING,
    "GROUPS_FITTED": Severity.INFO,
    "GROUPS_NOT_FITTED": Severity.WARNING,
    "GROUP_ROWS_NEEDED": Severity.ERROR,
    "GROUP_CELLS_EMPTY": Severity.WARNING,
    "DWLS_CONTINUOUS": Severity.WARNING,
}
