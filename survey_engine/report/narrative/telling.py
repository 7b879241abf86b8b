"""From a candidate to a `Finding` in the reader's language, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.document.blocks import Finding
from survey_engine.estimation.estimates import Estimate
from survey_engine.report.narrative.candidate import Candidate
from survey_engine.report.narrative.labels import Labels
from survey_engine.report.narrative.numbers import Numbers
from survey_engine.report.narrative.wording import Wording

_FIVE = frozenset({"effect", "first", "second"})
_COEFFICIENT = frozenset({"htmt", "loading", "rho_c", "bound"})


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Words candidates.

    Attributes
    ----------
    words, numbers, labels
        Templates, formats and names of one language.
    interval_words : str
        How intervals of this report were made; empty if there are none.
    level : str
        Confidence in words, such as ``95%``.
    """

    words: Wording
    numbers: Numbers
    labels: Labels
    interval_words: str
    level: str

    def tell(self, found: Candidate) -> Finding:
        """The finding: headline, detail, evidence, uncertainty, base."""
        values: dict[str, object] = {}
        for name, row in found.numbers.items():
            values[name] = self._value(name, row)
            values[f"{name}_interval"] = self._interval(name, row)
        for name, key in found.constructs.items():
            values[name] = self.labels.inside(key)
            values[name.capitalize()] = self.labels.construct(key)
        values |= {name: self.labels.item(key) for name, key in found.items.items()}
        values |= {name: self.numbers.count(count) for name, count in found.counts.items()}
        values |= found.texts
        values["list"] = self.words.enumerate([self.labels.inside(key) for key in found.listed])
        has_interval = any(row.ci_lower is not None for row in found.numbers.values())
        return Finding(
            rule=found.rule,
            headline=self.words.say(f"findings.{found.rule}.headline", **values),
            detail=self.words.say(f"findings.{found.rule}.detail", **values),
            evidence=_evidence(found),
            uncertainty=self.interval_words if has_interval else "",
            base=found.base,
            link=found.link,
        )

    def _show(self, name: str, value: float | None) -> str:
        if name in _FIVE:
            # Chinese says "higher by 3.5"; the plus sign would say it twice.
            text = self.numbers.five(value)
            return text if self.words.language == "en" else text.lstrip("+")
        if name in _COEFFICIENT:
            return self.numbers.coefficient(value)
        if name == "difference":
            return self.numbers.change(value)
        return self.numbers.points(value)

    def _value(self, name: str, row: Estimate) -> str:
        return self._show(name, row.est)

    def _interval(self, name: str, row: Estimate) -> str:
        text = self.numbers.interval_of(row, lambda value: self._show(name, value))
        return self.words.say("formats.aside", interval=text, level=self.level) if text else ""


def _evidence(found: Candidate) -> dict[str, float]:
    evidence: dict[str, float] = {name: float(count) for name, count in found.counts.items()}
    for name, row in found.numbers.items():
        parts = {"": row.est, "_ci_lower": row.ci_lower, "_ci_upper": row.ci_upper}
        evidence |= {name + part: value for part, value in parts.items() if value is not None}
    return evidence
