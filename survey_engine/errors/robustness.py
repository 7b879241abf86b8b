"""Codes of robustness checks, hidden classes and scoring with a frozen model."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

ROBUSTNESS_CODES: dict[str, Severity] = {
    "GSCA_MODE": Severity.ERROR,
}
