"""Codes of comparing the model between groups of respondents."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

GROUP_CODES: dict[str, Severity] = {
    "GROUPS_NEED_COLUMN": Severity.ERROR,
    "GROUPS_NOT_AVAILABLE": Severity.ERROR,
    "GROUPS_TOO_FEW": Severity.ERROR,
    "GROUPS_TOO_MANY": Severity.ERROR,
    "GROUP_LEFT_OUT": Severity.WARNING,
    "GROUP_NOT_ESTIMABLE": Severity.ERROR,
    "GROUP_SIZES_UNEQUAL": Severity.WARNING,
    "COMPARISON_FORBIDDEN": Severity.WARNING,
}
