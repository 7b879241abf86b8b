"""Codes of a covariance or correlation matrix as input."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

MATRIX_CODES: dict[str, Severity] = {
    "MATRIX_NOT_SQUARE": Severity.ERROR,
    "MATRIX_CELL": Severity.ERROR,
    "MATRIX_NOT_SYMMETRIC": Severity.ERROR,
    "MATRIX_NOT_CORRELATION": Severity.ERROR,
    "MATRIX_INPUT": Severity.INFO,
    "MATRIX_CORRELATION": Severity.WARNING,
}
