"""Codes of questionnaires drafted from a file."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

DRAFT_CODES: dict[str, Severity] = {
    "DRAFT_NOTHING_RATED": Severity.ERROR,
    "DRAFT_ANSWER_UNKNOWN": Severity.ERROR,
    "DRAFT_ANSWER_UNFIT": Severity.ERROR,
    "DRAFT_QUESTION_OPEN": Severity.WARNING,
    "DRAFT_ONE_CUSTOMER_WORD": Severity.INFO,
    "DRAFT_COLUMNS_ASIDE": Severity.INFO,
}
