"""Codes of multiple imputation."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

IMPUTATION_CODES: dict[str, Severity] = {
    "IMPUTED": Severity.INFO,
    "IMPUTATION_NOT_NEEDED": Severity.INFO,
    "IMPUTATION_UNSUPPORTED": Severity.ERROR,
    "IMPUTATION_FAILED": Severity.ERROR,
    "IMPUTATION_NEEDS_STUDY": Severity.ERROR,
    "IMPUTATION_UNUSED": Severity.INFO,
    "IMPUTATION_ONE_ENGINE": Severity.INFO,
    "IMPUTATIONS_FEW": Severity.WARNING,
    "IMPUTED_INFORMATION": Severity.INFO,
}
