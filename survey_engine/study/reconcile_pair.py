"""Two engines beside each other, and their numbers after one thing was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from survey_engine.study.reconcile_engines import Run
from survey_engine.study.reconciliation import Facts

COMPOSITES = ("sum", "pls")
WEIGHTED = (*COMPOSITES, "plsc")
"""Engines that weight items themselves."""


@dataclass(frozen=True, kw_only=True)
class Changed:
    """Both engines' numbers after the change, with what the wording needs."""

    first: Facts
    second: Facts
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two engines, and every run there is."""

    first: str
    second: str
    runs: Mapping[str, Run]
    tried: dict[str, Changed | None] = field(default_factory=dict)

    @property
    def ours(self) -> Run:
        """The run of the first."""
        return self.runs[self.first]

    @property
    def theirs(self) -> Run:
        """The run of the second."""
        return self.runs[self.second]
