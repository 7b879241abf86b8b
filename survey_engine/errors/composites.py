"""Codes of composites in covariance-based models."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

COMPOSITE_CODES: dict[str, Severity] = {
    "COMPOSITE_SCALE": Severity.ERROR,
    "COMPOSITE_OF_CONSTRUCTS": Severity.ERROR,
    "COMPOSITE_INDICATOR_SHARED": Severity.ERROR,
    "COMPOSITE_ORDERED": Severity.ERROR,
    "COMPOSITE_ALONE": Severity.ERROR,
    "AFTER_FIT_COMPOSITES": Severity.WARNING,
}
