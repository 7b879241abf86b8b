"""The words of a report without an index model."""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.analysis.rule_scores import RuleScore
from survey_engine.analysis.smaller_report import SmallerReport
from survey_engine.instrument.wording import in_language, item_text
from survey_engine.report.narrative.numbers import Numbers
from survey_engine.report.narrative.wording import Wording

_LONGEST_LABEL = 60


@dataclass(frozen=True, kw_only=True)
class SmallerWords:
    """One report in the making."""

    found: SmallerReport
    words: Wording
    numbers: Numbers

    def say(self, key: str, **values: object) -> str:
        """A text below ``smaller``."""
        return self.words.say(f"smaller.{key}", **values)

    @property
    def level(self) -> str:
        """Confidence level in words."""
        return self.numbers.percent(self.found.confidence)

    def label(self, item_id: str) -> str:
        """A question in the reader's language, cut where it is long."""
        instrument = self.found.data.instrument
        if instrument is None:
            return item_id
        item = instrument.item(item_id)
        text = in_language(item.short, self.words.language)
        if not text:
            spoken = self.words.language
            known = spoken if spoken in item.text else instrument.languages[0]
            text = item_text(instrument, item_id, known)
            text = text[len(item.stem.get(known, "")) :].strip(" —-:：") if item.stem else text
        text = text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"
        # Its scores were turned: high means good, whatever the statement says.
        turned = item.direction == "lower_is_better"
        return self.say("turned", question=text) if turned else text

    def interval(self, score: RuleScore, digits: int = 1) -> str:
        """The interval of a score; "" where it has none."""
        return self.numbers.interval(
            score.ci_lower, score.ci_upper, lambda value: self.numbers.points(value, digits)
        )

    def told(self, score: RuleScore) -> str:
        """A score in points with its interval, for tables and charts."""
        return self.numbers.beside(self.numbers.points(score.value), self.interval(score))

    @property
    def base(self) -> str:
        """Base line of the whole sample."""
        return self.say("base", n=self.numbers.count(self.found.data.n))
