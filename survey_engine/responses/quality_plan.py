"""A cleaning plan: which rules set respondents aside, with which cut-offs, in which order.

Written by people, saved beside the data, applied again to the next wave.
"""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

RuleName = Literal[
    "duplicate_ids",
    "duplicate_answers",
    "duplicate_devices",
    "speeders",
    "straightlining",
    "long_string",
    "variability",
    "attention",
    "pairs",
    "outliers",
]
RULES: tuple[RuleName, ...] = get_args(RuleName)
"""In the order in which they are shown: what is surely wrong before what is only unusual."""
CUTOFFS: dict[str, float] = {
    "speeders": 1 / 3,
    "straightlining": 8,
    "long_string": 0.5,
    "variability": 3.0,
    "attention": 1,
    "pairs": 2 / 3,
    "outliers": 0.001,
}
"""Cut-off of each rule that has one:

``speeders`` below this share of the median time (a cut-off of 1 or more is in seconds);
``straightlining`` items in matrices answered alike throughout; ``long_string`` this share
of all items in one run (and at least 8); ``variability`` so many interquartile ranges
outside the quartiles; ``attention`` failed items; ``pairs`` answers this share of the scale
apart; ``outliers`` below this p of the Mahalanobis distance.
"""


class _Authored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CleaningRule(_Authored):
    """One rule of a plan."""

    rule: RuleName
    cutoff: float | None = Field(default=None, gt=0, description="see the guide; None: default")
    column: str | None = Field(default=None, description="seconds, respondent id or device")
    items: tuple[str, ...] = Field(default=(), description="items judged; none: all")
    answers: dict[str, tuple[float, ...]] = Field(
        default_factory=dict, description="right answers of the attention items"
    )
    pairs: tuple[tuple[str, str], ...] = Field(
        default=(), description="items with like answers; -ITEM turns an item round"
    )

    @property
    def limit(self) -> float | None:
        """The cut-off, the default where none is stated."""
        return self.cutoff if self.cutoff is not None else CUTOFFS.get(self.rule)


class CleaningPlan(_Authored):
    """Rules in the order in which they are applied."""

    schema_version: Literal["1"] = Field(default="1", alias="schema")
    rules: tuple[CleaningRule, ...] = Field(min_length=1)

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
