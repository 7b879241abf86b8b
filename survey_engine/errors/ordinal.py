"""Codes of ordered answers: categories, contingency tables, polychoric correlations."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

ORDINAL_CODES: dict[str, Severity] = {
    "EMPTY_CATEGORY": Severity.ERROR,
    "UNUSED_CATEGORY": Severity.INFO,
    "SPARSE_CATEGORIES": Severity.WARNING,
    "TOO_MANY_CATEGORIES": Severity.ERROR,
    "MANY_CATEGORIES": Severity.INFO,
    "ZERO_CELLS": Severity.INFO,
    "ZERO_CELLS_ADJUSTED": Severity.WARNING,
    "POLYCHORIC_AT_LIMIT": Severity.ERROR,
    "POLYCHORIC_NOT_PD": Severity.WARNING,
    "ORDINAL_MISSING": Severity.ERROR,
    "ORDINAL_ESTIMATOR": Severity.ERROR,
    "THRESHOLD_UNKNOWN": Severity.ERROR,
    "ORDINAL_NOT_RESAMPLED": Severity.INFO,
    "ORDINAL_UNSUPPORTED": Severity.ERROR,
}
