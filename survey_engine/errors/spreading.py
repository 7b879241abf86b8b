"""Codes of work spread over processes and machines."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

SPREADING_CODES: dict[str, Severity] = {
    "DASK_MISSING": Severity.ERROR,
}
