"""Codes of files read in chunks."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

LARGE_FILE_CODES: dict[str, Severity] = {
    "READ_IN_CHUNKS": Severity.INFO,
    "LARGE_NEEDS_ROWS": Severity.ERROR,
    "LARGE_ROWS_UNREAD": Severity.WARNING,
    "LARGE_ENCODING": Severity.ERROR,
    "LARGE_NO_INTERVALS": Severity.INFO,
}
