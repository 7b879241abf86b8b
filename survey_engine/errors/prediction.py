"""Codes of out-of-sample prediction."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

PREDICTION_CODES: dict[str, Severity] = {
    "PREDICTION_NOT_AVAILABLE": Severity.ERROR,
    "PREDICTION_FOLDS": Severity.ERROR,
    "PREDICTION_FOLD_FAILED": Severity.WARNING,
    "PREDICTION_RIVAL_ITEMS": Severity.ERROR,
    "BLINDFOLD_DISTANCE": Severity.ERROR,
    "REDUNDANCY_UNKNOWN": Severity.ERROR,
}
