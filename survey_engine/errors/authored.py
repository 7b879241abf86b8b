"""Codes of authored files: instruments, models, study and brand files, model text."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity, SurveyEngineError

AUTHORED_CODES: dict[str, Severity] = {
    # any file
    "TEXT_NOT_UNICODE": Severity.ERROR,
    "TEXT_TOO_LARGE": Severity.ERROR,
    "NOTHING_WRITTEN": Severity.ERROR,
    # YAML as written
    "YAML_SYNTAX": Severity.ERROR,
    "YAML_TAB": Severity.ERROR,
    "YAML_SEVERAL_DOCUMENTS": Severity.ERROR,
    "YAML_TOO_MANY_VALUES": Severity.ERROR,
    "YAML_TOO_DEEP": Severity.ERROR,
    "YAML_ALIAS": Severity.ERROR,
    "YAML_TAG": Severity.ERROR,
    "YAML_KEY": Severity.ERROR,
    "YAML_DUPLICATE_KEY": Severity.ERROR,
    "YAML_BOOLEAN": Severity.ERROR,
    # keys and values
    "UNKNOWN_KEY": Severity.ERROR,
    "MISSING_KEY": Severity.ERROR,
    "EXPECTED_TEXT": Severity.ERROR,
    "EXPECTED_NUMBER": Severity.ERROR,
    "EXPECTED_WHOLE_NUMBER": Severity.ERROR,
    "EXPECTED_TRUE_FALSE": Severity.ERROR,
    "EXPECTED_LIST": Severity.ERROR,
    "EXPECTED_MAPPING": Severity.ERROR,
    "EMPTY_VALUE": Severity.ERROR,
    "NOT_ALLOWED_VALUE": Severity.ERROR,
    "NUMBER_OUT_OF_BOUNDS": Severity.ERROR,
    "NOT_UNDERSTOOD": Severity.ERROR,
    # instruments
    "DUPLICATE_SCALE": Severity.ERROR,
    "SCALE_RANGE": Severity.ERROR,
    "MISSING_CODE_ON_SCALE": Severity.ERROR,
    "LABEL_OFF_SCALE": Severity.ERROR,
    "DUPLICATE_ITEM": Severity.ERROR,
    "UNKNOWN_SCALE": Severity.ERROR,
    "UNKNOWN_ITEM_CONSTRUCT": Severity.ERROR,
    "ROUTING_UNKNOWN_ITEM": Severity.ERROR,
    "ROUTING_OFF_SCALE": Severity.ERROR,
    "MISSING_TRANSLATION": Severity.ERROR,
    "UNDECLARED_LANGUAGE": Severity.ERROR,
    "UNKNOWN_PLACEHOLDER": Severity.ERROR,
    "MIXED_CUSTOMER_WORD": Severity.ERROR,
    # model text
    "MODEL_TEXT_CHARACTER": Severity.ERROR,
    "MODEL_TEXT_FULLWIDTH": Severity.ERROR,
    "MODEL_TEXT_STRING": Severity.ERROR,
    "MODEL_TEXT_NUMBER": Severity.ERROR,
    "MODEL_TEXT_NO_OPERATOR": Severity.ERROR,
    "MODEL_TEXT_OPERATOR": Severity.ERROR,
    "MODEL_TEXT_NAME": Severity.ERROR,
    "MODEL_TEXT_UNEXPECTED": Severity.ERROR,
    "MODEL_TEXT_FUNCTION": Severity.ERROR,
    "MODEL_TEXT_MODIFIER": Severity.ERROR,
    "MODEL_TEXT_MODIFIER_CONFLICT": Severity.ERROR,
    "MODEL_TEXT_EQUAL_TARGET": Severity.ERROR,
    "MODEL_TEXT_EXPRESSION": Severity.ERROR,
    "MODEL_TEXT_BLOCK": Severity.ERROR,
    "MODEL_TEXT_TOO_MANY_TERMS": Severity.ERROR,
    "STATEMENTS_BEYOND_MODEL": Severity.ERROR,
    # models
    "DUPLICATE_CONSTRUCT": Severity.ERROR,
    "UNKNOWN_CONSTRUCT": Severity.ERROR,
    "UNCONNECTED_CONSTRUCT": Severity.ERROR,
    "CYCLIC_MODEL": Severity.ERROR,
    "EMPTY_CONSTRUCT": Severity.ERROR,
    "MIXED_MEASUREMENT": Severity.ERROR,
    "SELF_PATH": Severity.ERROR,
    "DUPLICATE_PATH": Severity.ERROR,
    "DUPLICATE_TERM": Severity.ERROR,
    "UNKNOWN_ROLE": Severity.ERROR,
    "UNKNOWN_LABEL": Severity.ERROR,
    "UNKNOWN_INDICATOR": Severity.ERROR,
    "INDICATOR_NOT_IN_DATA": Severity.ERROR,
    "DUPLICATE_INDICATOR": Severity.WARNING,
    "NEGATIVE_DEGREES_OF_FREEDOM": Severity.WARNING,
    "UNKNOWN_LAYOUT": Severity.WARNING,
    "SINGLE_INDICATOR": Severity.INFO,
}


class AuthoringError(SurveyEngineError):
    """An instrument, model, study or brand file cannot be used as written."""
