"""Codes of questionnaires: what they include, their parts, and the lint before fielding."""

from __future__ import annotations

from survey_engine.errors.diagnostic import Severity

QUESTIONNAIRE_CODES: dict[str, Severity] = {
    # include
    "INCLUDE_UNKNOWN": Severity.ERROR,
    "INCLUDE_CYCLE": Severity.ERROR,
    "INCLUDE_UNKNOWN_ITEM": Severity.ERROR,
    "INCLUDE_DUPLICATE_ITEM": Severity.ERROR,
    "INCLUDE_CONFLICT": Severity.ERROR,
    # types, blocks, scores
    "CHOICE_WITHOUT_LABELS": Severity.ERROR,
    "TYPE_NEEDS_ROLE": Severity.ERROR,
    "UNKNOWN_BLOCK": Severity.ERROR,
    "CONSTANT_SUM_NUMBERS": Severity.ERROR,
    "DUPLICATE_SCORE": Severity.ERROR,
    "SCORE_UNKNOWN_ITEM": Severity.ERROR,
    "SCORE_NEEDS_LIMIT": Severity.ERROR,
    # scores of a file
    "SCORE_NONE_DECLARED": Severity.ERROR,
    "SCORE_ITEM_ABSENT": Severity.WARNING,
    # the lint on scales
    "LINT_NO_DONT_KNOW": Severity.WARNING,
    "LINT_DONT_KNOW_UNWORDED": Severity.WARNING,
    "LINT_ANCHORS_MISSING": Severity.WARNING,
    "LINT_UNEVEN_ANCHORS": Severity.WARNING,
    "LINT_UNBALANCED_LABELS": Severity.WARNING,
    "LINT_SCALE_RUNS_DOWN": Severity.WARNING,
    "LINT_FEW_POINTS": Severity.WARNING,
    "LINT_MIXED_SCALES": Severity.WARNING,
    # the lint on wordings
    "LINT_DOUBLE_BARRELLED": Severity.WARNING,
    "LINT_TWO_QUESTIONS": Severity.WARNING,
    "LINT_LEADING": Severity.WARNING,
    "LINT_NEGATION": Severity.WARNING,
    "LINT_REVERSED_UNMARKED": Severity.WARNING,
    "LINT_UNTRANSLATED": Severity.WARNING,
    "LINT_LONG_QUESTION": Severity.INFO,
    "LINT_NO_SHORT": Severity.INFO,
    "LINT_SHORT_TOO_LONG": Severity.WARNING,
    # the lint on constructs and models
    "LINT_REVERSED_MIX": Severity.INFO,
    "LINT_SINGLE_ITEM": Severity.INFO,
    "LINT_TWO_ITEMS": Severity.INFO,
    "LINT_LOW_RELIABILITY": Severity.WARNING,
    "LINT_MODEL_UNKNOWN": Severity.ERROR,
    "LINT_MODEL_NOT_FED": Severity.ERROR,
    "LINT_MODEL_SHAPE": Severity.ERROR,
    # the lint on order, names, length, the file's own decisions
    "LINT_ROUTED_BACKWARD": Severity.ERROR,
    "LINT_ROUTED_INDICATOR": Severity.WARNING,
    "LINT_LANGUAGE_ABSENT": Severity.ERROR,
    "LINT_ID_LONG": Severity.WARNING,
    "LINT_ID_CHARACTERS": Severity.WARNING,
    "LINT_ID_TWINS": Severity.WARNING,
    "LINT_LONG": Severity.WARNING,
    "LINT_ACCEPTED_UNUSED": Severity.WARNING,
}
