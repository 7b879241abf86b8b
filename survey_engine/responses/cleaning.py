"""Respondents set aside by stated rules: shown first, never deleted, undone exactly.

Every rule is judged on all respondents, whatever the other rules say: the order of the
rules changes only which of them a respondent is counted under, and undoing one rule never
changes what another one found.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import (
    Diagnostic,
    ResponseError,
    Severity,
    UsageProblem,
    Where,
    diagnostic,
)
from survey_engine.responses.quality_plan import RULES, CleaningPlan, CleaningRule
from survey_engine.responses.quality_rules import RuleHits, judge
from survey_engine.responses.subset import keep_rows
from survey_engine.responses.survey_data import SurveyData

CODES_OF_RULES = {
    "duplicate_ids": "DUPLICATE_IDS",
    "duplicate_answers": "DUPLICATE_ANSWERS",
    "duplicate_devices": "SAME_DEVICE",
    "speeders": "SPEEDERS",
    "straightlining": "MATRIX_STRAIGHT_LINING",
    "long_string": "LONG_STRING",
    "variability": "RESPONSE_VARIABILITY",
    "attention": "ATTENTION_FAILED",
    "pairs": "INCONSISTENT_PAIRS",
    "outliers": "MULTIVARIATE_OUTLIERS",
}
_MEANINGFUL = {"duplicate_ids": 0.0, "duplicate_answers": 0.0}
_NEVER = ("duplicate_devices", "outliers")
_SHARE = 0.05


@dataclass(frozen=True)
class Cleaning:
    """A file and the rules applied to it.

    Attributes
    ----------
    original : SurveyData
        Untouched.
    hits : tuple of RuleHits
        In the order of the plan.
    """

    original: SurveyData
    hits: tuple[RuleHits, ...]

    @property
    def plan(self) -> CleaningPlan | None:
        """The rules, ready to be saved; None without any."""
        rules = tuple(one.rule for one in self.hits)
        return CleaningPlan(rules=rules) if rules else None

    @cached_property
    def kept(self) -> NDArray[np.bool_]:
        """Respondents no rule names, shape (n,)."""
        kept = np.ones(self.original.n, dtype=bool)
        for one in self.hits:
            kept &= ~one.flagged
        return kept

    @cached_property
    def newly(self) -> tuple[int, ...]:
        """Respondents each rule sets aside that no earlier one did."""
        kept = np.ones(self.original.n, dtype=bool)
        counts = []
        for one in self.hits:
            counts.append(int((one.flagged & kept).sum()))
            kept &= ~one.flagged
        return tuple(counts)

    @property
    def flags(self) -> tuple[str, ...]:
        """Names of the rules that name each respondent, joined by ``;``; "" if none."""
        names = [[] for _ in range(self.original.n)]  # type: list[list[str]]
        for one in self.hits:
            for i in np.flatnonzero(one.flagged):
                names[i].append(one.rule.rule)
        return tuple(";".join(of) for of in names)

    @property
    def data(self) -> SurveyData:
        """The respondents that are left; the original where no rule stands.

        Raises
        ------
        ResponseError
            ``CLEANING_LEAVES_NOBODY``.
        """
        if not self.hits:
            return self.original
        if not self.kept.any():
            names = ", ".join(one.rule.rule for one in self.hits)
            raise ResponseError(
                diagnostic("CLEANING_LEAVES_NOBODY", n=self.original.n, rules=names)
            )
        excluded = {
            f"cleaning_{one.rule.rule}": n for one, n in zip(self.hits, self.newly, strict=True)
        }
        left = keep_rows(self.original, self.kept, excluded=excluded)
        return replace(left, diagnostics=(*left.diagnostics, *self.told()))

    def first(self, count: int) -> Cleaning:
        """The same with the first `count` rules only."""
        return Cleaning(self.original, self.hits[:count])

    def undo(self, rules: Collection[str] | None = None) -> Cleaning:
        """The same without some rules; without any rule by default."""
        gone = {one.rule.rule for one in self.hits} if rules is None else set(rules)
        return Cleaning(self.original, tuple(h for h in self.hits if h.rule.rule not in gone))

    def told(self) -> tuple[Diagnostic, ...]:
        """CLEANING_APPLIED for each rule that set somebody aside."""
        return tuple(
            diagnostic(
                "CLEANING_APPLIED",
                where=Where(rows=rows_of(self.original, one)),
                rule=one.rule.rule,
                n=one.n,
                new=new,
            )
            for one, new in zip(self.hits, self.newly, strict=True)
            if one.n
        )


def clean_data(data: SurveyData, plan: CleaningPlan) -> Cleaning:
    """Judge every rule of a plan.

    Raises
    ------
    ResponseError
        ``CLEANING_UNKNOWN_COLUMN``.
    """
    return Cleaning(data, tuple(judge(data, rule) for rule in plan.rules))


def rows_of(data: SurveyData, hits: RuleHits) -> tuple[int, ...]:
    """Rows of the file a rule names."""
    return tuple(int(row) for row in data.rows[hits.flagged])


def finding(data: SurveyData, hits: RuleHits) -> Diagnostic | None:
    """What a rule found in words, None for nothing; a warning only where it matters."""
    name = hits.rule.rule
    if hits.n == 0:
        return None
    share = hits.n / max(hits.judged, 1)
    severe = name not in _NEVER and share >= _MEANINGFUL.get(name, _SHARE)
    return diagnostic(
        CODES_OF_RULES[name],
        severity=Severity.WARNING if severe else Severity.INFO,
        where=Where(items=hits.items, rows=rows_of(data, hits)),
        n=hits.n,
        percent=round(100 * share, 1),
        limit="–" if hits.limit is None else f"{hits.limit:.4g}",
        rule=name,
        found=", ".join(f"{key}: {n}" for key, n in hits.by_item.items() if n) or "–",
    )


def not_judged(hits: RuleHits) -> Diagnostic:
    """CLEANING_RULE_NOT_JUDGED for a rule that was asked for and cannot be applied."""
    return diagnostic("CLEANING_RULE_NOT_JUDGED", rule=hits.rule.rule)


def default_rule(name: str) -> CleaningRule:
    """A rule with its default cut-off.

    Raises
    ------
    UsageProblem
        ``USAGE_BAD_VALUE`` if there is no such rule.
    """
    if name not in RULES:
        raise UsageProblem(
            diagnostic("USAGE_BAD_VALUE", name="rules", found=name, expected=", ".join(RULES))
        )
    return CleaningRule.model_validate({"rule": name})
