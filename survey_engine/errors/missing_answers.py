"""Codes of missing answers and of survey designs: FIML, imputation, clusters, strata."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

MISSING_CODES: dict[str, Severity] = {
    "MISSING_NEEDS_ML": Severity.ERROR,
    "EMPTY_ROWS_LEFT_OUT": Severity.INFO,
    "INCOMPLETE_PREDICTORS": Severity.WARNING,
    "FIML_USED": Severity.INFO,
    "CLUSTER_ROBUST": Severity.INFO,
    "WEIGHTED_ROBUST": Severity.INFO,
    "DESIGN_LABEL_MISSING": Severity.ERROR,
    "DESIGN_UNSUPPORTED": Severity.ERROR,
    "RESAMPLED_IN_TWO_STAGES": Severity.INFO,
    "ENGINE_NEEDS_COMPLETE_ROWS": Severity.INFO,
}
