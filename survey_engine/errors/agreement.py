"""Codes of agreement within groups."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

AGREEMENT_CODES: dict[str, Severity] = {
    "AGREEMENT_UNDEFINED": Severity.INFO,
    "AGREEMENT_UNWEIGHTED": Severity.INFO,
}
