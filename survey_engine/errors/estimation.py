"""Codes of moments, estimation, admissibility and assessment."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity, SurveyEngineError

ESTIMATION_CODES: dict[str, Severity] = {
    # PLS and resampling.
    "INDICATOR_MISSING": Severity.ERROR,
    "INDICATOR_SHARED": Severity.ERROR,
    "MODE_UNKNOWN": Severity.ERROR,
    "PLSC_INADMISSIBLE": Severity.WARNING,
    "PLS_ATTENUATES": Severity.INFO,
    "PLS_HIGHER_ORDER": Severity.ERROR,
    "PLS_INTERACTION": Severity.ERROR,
    "PLS_OBSERVED_VARIABLE": Severity.ERROR,
    "PLS_PRODUCTS_NEED_ROWS": Severity.ERROR,
    "SPECIFIC_EFFECTS_CUT": Severity.INFO,
    "PLS_STAGES_NOT_CONSISTENT": Severity.ERROR,
    "PRODUCT_WITHOUT_PART": Severity.WARNING,
    "PLS_UNUSED_STATEMENTS": Severity.INFO,
    "SIGN_AMBIGUOUS": Severity.WARNING,
    "SINGULAR_BLOCK": Severity.ERROR,
    "SINGULAR_PREDICTORS": Severity.ERROR,
    "UNRELATED_CONSTRUCT": Severity.ERROR,
    "NOT_CONVERGED": Severity.ERROR,
    "HEYWOOD_CASE": Severity.ERROR,
    "LATENT_COV_NOT_PD": Severity.ERROR,
    "NEAR_SINGULAR_LATENTS": Severity.WARNING,
    "EMPIRICALLY_UNDERIDENTIFIED": Severity.WARNING,
    "RESAMPLES_FAILED": Severity.WARNING,
    "NEGATIVE_WEIGHT": Severity.ERROR,
    "NO_DECLARED_SCALE": Severity.WARNING,
    "INDEX_WITHHELD": Severity.ERROR,
    "EXPLORATORY_NOT_AVAILABLE": Severity.INFO,
    "ACTIONS_NOT_SEPARABLE": Severity.INFO,
    "SCALES_DIFFER": Severity.INFO,
    "NO_INDEX_CONSTRUCT": Severity.INFO,
    "SECOND_OPINION_FAILED": Severity.INFO,
    "UNKNOWN_COLUMN_REQUESTED": Severity.ERROR,
    "NOT_SUPPORTED_YET": Severity.ERROR,
    "DUPLICATE_PARAMETER": Severity.ERROR,
    "BAD_EXPRESSION": Severity.ERROR,
    "CONSTRAINT_IMPOSSIBLE": Severity.ERROR,
    "UNKNOWN_MODEL_COLUMN": Severity.ERROR,
    "TOO_MANY_PARAMETERS": Severity.ERROR,
    "COVARIANCE_NOT_PD": Severity.ERROR,
    "INFORMATION_SINGULAR": Severity.WARNING,
    "ML_WITH_WEIGHTS": Severity.WARNING,
    "POPULATION_IMPOSSIBLE": Severity.ERROR,
    "SEMOPY_TIMED_OUT": Severity.INFO,
    "SEMOPY_UNSUPPORTED": Severity.INFO,
    "SEMOPY_STOPPED": Severity.INFO,
    "SEMOPY_DIFFERS": Severity.WARNING,
    "UNKNOWN_INDEX_CONSTRUCT": Severity.ERROR,
    "RESAMPLES_NEED_ROWS": Severity.INFO,
    "INTERVALS_WITHHELD": Severity.WARNING,
    "OPTION_UNUSED": Severity.INFO,
}


class EstimationError(SurveyEngineError):
    """A model cannot be estimated from these data."""
