"""Codes of recognising exports: containers, layouts, rows set aside, safety."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

READING_CODES: dict[str, Severity] = {
    # The file
    "TRUNCATED_FILE": _ERROR,
    "UNSAFE_XML": _ERROR,
    "UNSAFE_PATH": _ERROR,
    "MOJIBAKE": _ERROR,
    "GARBLED_CELLS": _WARNING,
    "NAME_SAYS_OTHERWISE": _INFO,
    "ARCHIVE_MEMBER_READ": _INFO,
    "READING_UNLIMITED": _INFO,
    # The layout
    "REPEATED_HEADERS_NUMBERED": _INFO,
    "REPEATS_LEFT_OUT": _WARNING,
    "FORM_VERSIONS_MIXED": _INFO,
    "REDCAP_EVENTS": _INFO,
    "REDCAP_REPEATS": _WARNING,
    "COMPANION_READ": _INFO,
    "COMPANION_MISSING": _WARNING,
    "TITLE_ROWS_LEFT_OUT": _INFO,
    "FOOT_ROWS_LEFT_OUT": _INFO,
    "HIDDEN_COLUMNS_READ": _INFO,
    # The answers
    "ROWS_SET_ASIDE": _INFO,
    "SHIFTED_ROWS": _ERROR,
    "FILE_CODES_DIFFER": _WARNING,
    "YES_NO_NUMBERS_READ": _INFO,
    "OPTION_NUMBERS_READ": _WARNING,
    "OPTION_NUMBERS_UNCLEAR": _WARNING,
    "UNKNOWN_CHOICES": _WARNING,
    # The mapping
    "TOO_MANY_QUESTIONS": _ERROR,
    "COLUMNS_CHANGED": _INFO,
    "MAPPED_COLUMN_MOVED": _WARNING,
}
