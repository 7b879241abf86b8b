"""Codes of reading, mapping, validating and reducing responses."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity, SurveyEngineError

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

RESPONSE_CODES: dict[str, Severity] = {
    # Reading the file
    "FILE_NOT_FOUND": _ERROR,
    "EMPTY_FILE": _ERROR,
    "NO_DATA_ROWS": _ERROR,
    "DUPLICATE_COLUMN": _ERROR,
    "HEADER_UNCLEAR": _ERROR,
    "RAGGED_ROWS": _ERROR,
    "NUL_BYTES": _ERROR,
    "UNREADABLE_ENCODING": _ERROR,
    "UNREADABLE_FILE": _ERROR,
    "UNSUPPORTED_FILE": _ERROR,
    "ENCRYPTED_FILE": _ERROR,
    "FILE_TOO_LARGE": _ERROR,
    "TABLE_TOO_LARGE": _ERROR,
    "READER_CRASHED": _ERROR,
    "SHEET_NOT_FOUND": _ERROR,
    "SHEET_CHOSEN": _INFO,
    "ENCODING_GUESSED": _INFO,
    "UNNAMED_COLUMN": _INFO,
    "BLANK_ROWS": _INFO,
    # Mapping columns to items
    "NO_ITEM_MATCHED": _ERROR,
    "ITEM_NOT_FOUND": _ERROR,
    "OPTIONAL_ITEM_NOT_FOUND": _INFO,
    "AMBIGUOUS_MAPPING": _ERROR,
    "MAPPING_UNSURE": _WARNING,
    "COLUMN_USED_TWICE": _ERROR,
    "UNKNOWN_COLUMN": _ERROR,
    "UNKNOWN_ITEM": _ERROR,
    "UNMATCHED_COLUMNS": _INFO,
    # Validating answers
    "OUT_OF_RANGE": _ERROR,
    "NON_NUMERIC_ITEM": _ERROR,
    "TEXT_COLUMNS_LEFT_OUT": _INFO,
    "FRACTIONAL_ANSWERS": _WARNING,
    "MISSING_CODE_PROPOSED": _INFO,
    "MISSING_ANSWERS_READ": _INFO,
    "RECODED_DIRECTION": _INFO,
    "EMPTY_RESPONSES": _INFO,
    "PERSONAL_DATA": _WARNING,
    "SUGGESTED_ID": _INFO,
    "SUGGESTED_WEIGHTS": _INFO,
    "SUGGESTED_GROUP": _INFO,
    # Weights
    "INVALID_WEIGHT": _ERROR,
    "ZERO_WEIGHT": _INFO,
    "EXTREME_WEIGHT": _WARNING,
    # Screening
    "ZERO_VARIANCE_ITEM": _ERROR,
    "ALL_MISSING_ITEM": _ERROR,
    "COLLINEAR_ITEMS": _ERROR,
    "REVERSED_ITEM": _WARNING,
    "NEGATIVE_ALPHA": _WARNING,
    "N_LESS_THAN_P": _ERROR,
    "EXTREME_SKEW": _WARNING,
    "DUPLICATE_ROWS": _WARNING,
    "CONFLICTING_DUPLICATE_IDS": _ERROR,
    "GROUP_TOO_SMALL": _ERROR,
    "STRAIGHT_LINING": _WARNING,
    "HIGH_ITEM_NONRESPONSE": _WARNING,
    "SCALE_MISMATCH": _WARNING,
    "ILL_SCALED_ITEM": _WARNING,
    # Reducing to moments
    "NO_COMPLETE_ROWS": _ERROR,
    "LISTWISE_DELETION": _INFO,
    "MEAN_REPLACEMENT": _WARNING,
    "PAIRWISE_DELETION": _INFO,
    "ZERO_COVERAGE": _ERROR,
}


class ResponseError(SurveyEngineError):
    """The export or the data table cannot be used as it stands."""
