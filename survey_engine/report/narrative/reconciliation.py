"""Engines side by side in words: each difference with its reason, and why one leads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from survey_engine.report.narrative.diagnostics import DiagnosticWording
from survey_engine.study.reconcile_gaps import RATIOS
from survey_engine.study.reconciliation import Difference, Reason, Reconciliation

DIGITS: Mapping[str, int] = {"index": 1, "ranks": 0}
"""Of the largest difference; 3 for everything else."""
FINE: Mapping[str, int] = {"eigenvalue": 4}
"""Of the parameters of reasons; 2 for everything else, whole numbers as they are."""


@dataclass(frozen=True, kw_only=True)
class ReconciliationWording:
    """Says a reconciliation in the language of its catalogue (``reconciliation:``)."""

    catalogue: Mapping[str, Any]

    @property
    def _words(self) -> Mapping[str, Any]:
        words: Mapping[str, Any] = self.catalogue["reconciliation"]
        return words

    def engine(self, name: str) -> str:
        """What an engine is called."""
        return str(self._words["engines"][name])

    def difference(self, found: Difference) -> str:
        """One difference: how large, and why."""
        words = self._words
        first, *others = found.reasons or (None,)
        verdict = words["verdicts"][found.verdict]
        reason = "" if first is None else self.reason(first)
        what = words["sentence"].format(
            first=self.engine(found.first),
            second=self.engine(found.second),
            quantity=words["quantities"][found.quantity],
            what=verdict.format(size=self._size(found), reason=reason),
        )
        if not others:
            return str(what)
        more = words["and"].join(self.reason(one) for one in others if one is not None)
        return str(words["more"].format(sentence=what, reasons=more))

    def reason(self, found: Reason) -> str:
        """A reason with its evidence."""
        told = {key: _number(key, value) for key, value in found.parameters.items()}
        share = f"{min(found.share, 1.0):.0%}"
        return str(self._words["reasons"][found.code].format(share=share, **told))

    def lead(self, found: Reconciliation) -> str:
        """Which engine leads, and why."""
        words = DiagnosticWording(catalogue=self.catalogue)
        reasons = " ".join(words.message(one) for one in found.lead_reasons)
        engine = "" if found.lead is None else self.engine(found.lead)
        return str(self._words["lead"][found.lead_code].format(engine=engine, reasons=reasons))

    def _size(self, found: Difference) -> str:
        at = " → ".join(found.at)
        if found.quantity in RATIOS:
            value = f"{math.exp(abs(found.largest)):.4g}"
            return str(self._words["ratio"].format(value=value, at=at))
        value = f"{abs(found.largest):.{DIGITS.get(found.quantity, 3)}f}"
        return str(self._words["size"].format(value=value, at=at))


def _number(key: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.{FINE.get(key, 2)}f}".replace("-", "−")
    return str(value)
