"""Codes of questionnaires that come from or go to other programs."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

INSTRUMENT_EXCHANGE_CODES: dict[str, Severity] = {
    # refusals
    "EXCHANGE_UNKNOWN_FORMAT": Severity.ERROR,
    "EXCHANGE_NOT_RECOGNISED": Severity.ERROR,
    "EXCHANGE_BROKEN": Severity.ERROR,
    "EXCHANGE_TOO_LARGE": Severity.ERROR,
    # what an import could not keep or had to decide
    "EXCHANGE_NO_ROLES": Severity.WARNING,
    "EXCHANGE_RULE_NOT_KEPT": Severity.WARNING,
    "EXCHANGE_QUESTIONS_LEFT_OUT": Severity.WARNING,
    "EXCHANGE_NOT_QUESTIONS": Severity.INFO,
    "EXCHANGE_READ_AS_TEXT": Severity.WARNING,
    "EXCHANGE_CODES_READ": Severity.WARNING,
    "EXCHANGE_CODES_UNKNOWN": Severity.WARNING,
    "EXCHANGE_CODES_NUMBERED": Severity.INFO,
    "EXCHANGE_PIPED_TEXT": Severity.WARNING,
    "EXCHANGE_WORDS_SUPPLIED": Severity.WARNING,
    "EXCHANGE_LANGUAGE_INCOMPLETE": Severity.WARNING,
    "EXCHANGE_LANGUAGE_ASSUMED": Severity.INFO,
    # what an export does not carry
    "EXCHANGE_LANGUAGES_LEFT_OUT": Severity.WARNING,
    "EXCHANGE_LOST_IDS": Severity.WARNING,
    "EXCHANGE_LOST_WORDINGS": Severity.WARNING,
    "EXCHANGE_LOST_TYPES": Severity.INFO,
    "EXCHANGE_LOST_SCALE_NAMES": Severity.INFO,
    "EXCHANGE_LOST_SCALES": Severity.WARNING,
    "EXCHANGE_LOST_CODES": Severity.WARNING,
    "EXCHANGE_LOST_UNUSED_SCALES": Severity.INFO,
    "EXCHANGE_LOST_ROLES": Severity.WARNING,
    "EXCHANGE_LOST_ROUTING": Severity.WARNING,
    "EXCHANGE_LOST_BLOCKS": Severity.INFO,
    "EXCHANGE_LOST_DETAILS": Severity.INFO,
    "EXCHANGE_LOST_ABOUT": Severity.INFO,
}
