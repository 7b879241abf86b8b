"""Codes of what is asked of a fitted covariance-based model."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

AFTER_FIT_CODES: dict[str, Severity] = {
    "AFTER_FIT_COMPLETE_ONLY": Severity.WARNING,
    "AFTER_FIT_INADMISSIBLE": Severity.WARNING,
    "AFTER_FIT_NEEDS_CBSEM": Severity.ERROR,
    "INVARIANCE_NEEDS_GROUPS": Severity.ERROR,
    "INVARIANCE_GROUP_SMALL": Severity.ERROR,
    "INVARIANCE_BROKEN": Severity.WARNING,
    "INVARIANCE_SEARCHED": Severity.INFO,
    "INVARIANCE_NOT_FITTED": Severity.WARNING,
    "CONSTRUCTS_NOT_DISTINCT": Severity.WARNING,
    "METHOD_FACTOR_UNSTABLE": Severity.INFO,
    "SCORES_NEED_ROWS": Severity.WARNING,
    "COMPARE_UNSUPPORTED": Severity.ERROR,
    "COMPARE_ITEMS_DIFFER": Severity.ERROR,
    "COMPARE_SAME_DF": Severity.INFO,
    "COMPARE_NOT_NESTED": Severity.WARNING,
    "COMPARE_NO_DIFFERENCE": Severity.WARNING,
    "BOLLEN_STINE_NEEDS_ROWS": Severity.INFO,
    "CUTOFF_UNKNOWN": Severity.WARNING,
}
