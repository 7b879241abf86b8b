"""A questionnaire read before fielding: what respondents and models would trip over."""

from __future__ import annotations

from survey_engine.instrument.lint.length import expected_minutes
from survey_engine.instrument.lint.run import LintReport, lint

__all__ = ["LintReport", "expected_minutes", "lint"]
