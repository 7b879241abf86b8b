"""Codes of the machine and the program: fonts, Pango, disk, interrupted work, bugs."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity, SurveyEngineError

ENVIRONMENT_CODES: dict[str, Severity] = {
    "WORKER_LOST": Severity.ERROR,
    # The PDF: system library, typefaces, brand
    "PANGO_MISSING": Severity.ERROR,
    "HARFBUZZ_SUBSET_MISSING": Severity.WARNING,
    "FONT_PACKAGE_MISSING": Severity.ERROR,
    "GLYPHS_MISSING": Severity.ERROR,
    "BRAND_KEY": Severity.ERROR,
    "BRAND_COLOUR": Severity.ERROR,
    "BRAND_CONTRAST": Severity.ERROR,
    "BRAND_LOGO": Severity.ERROR,
    # The program and its use
    "INTERNAL_ERROR": Severity.ERROR,
    "INTERRUPTED": Severity.ERROR,
    "OUTPUT_NOT_WRITABLE": Severity.ERROR,
    "DEMO_DATA_MISSING": Severity.ERROR,
    "UNKNOWN_INSTRUMENT": Severity.ERROR,
    "UNKNOWN_MODEL": Severity.ERROR,
    "UNKNOWN_LANGUAGE": Severity.ERROR,
    "USAGE_UNKNOWN_COMMAND": Severity.ERROR,
    "USAGE_UNKNOWN_OPTION": Severity.ERROR,
    "USAGE_OPTION_NOT_YET": Severity.ERROR,
    "USAGE_MISSING_ARGUMENT": Severity.ERROR,
    "USAGE_MISSING_VALUE": Severity.ERROR,
    "USAGE_BAD_VALUE": Severity.ERROR,
}


class EnvironmentProblem(SurveyEngineError):
    """Something outside the data and the model is missing or broken."""


class UsageProblem(EnvironmentProblem):
    """The command line or a call asks for something that does not exist (exit code 2)."""
