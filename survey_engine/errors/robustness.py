"""Codes of robustness checks, hidden classes and scoring with a frozen model."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

ROBUSTNESS_CODES: dict[str, Severity] = {
    "GSCA_MODE": Severity.ERROR,
    "COPULA_SMALL_SAMPLE": Severity.WARNING,
    "NECESSITY_UNWEIGHTED": Severity.INFO,
    "NECESSITY_LEVEL_NOT_REACHED": Severity.WARNING,
    "NECESSITY_MAP_WITHOUT_SCALE": Severity.WARNING,
    "CHECK_COLUMN_UNUSABLE": Severity.ERROR,
    "CLASSES_NOT_FITTED": Severity.WARNING,
    "CLASSES_UNDER_CONSTRAINTS": Severity.ERROR,
    "CLASSES_NOT_CONVERGED": Severity.WARNING,
    "CLASSES_FOUND_ONCE": Severity.WARNING,
    "CLASS_VARIANCE_AT_BOUND": Severity.WARNING,
    "CLASSES_TOO_SMALL": Severity.INFO,
    "CLASSES_NOT_SEPARATED": Severity.INFO,
    "CLASSES_DEGENERATE": Severity.INFO,
    "CLASSES_ASSUME_NORMAL": Severity.WARNING,
    "REBUS_REFLECTIVE_ONLY": Severity.ERROR,
    "REBUS_NOT_STABLE": Severity.WARNING,
    "REBUS_NO_BETTER": Severity.WARNING,
    "FROZEN_UNREADABLE": Severity.ERROR,
    "FROZEN_ITEM_MISSING": Severity.ERROR,
    "FROZEN_SCALE_CHANGED": Severity.ERROR,
    "FROZEN_NO_ROWS": Severity.ERROR,
    "FROZEN_ROWS_LEFT_OUT": Severity.WARNING,
    "FROZEN_WEIGHTS_FIXED": Severity.INFO,
}
