"""Lint of response scales: don't-know, ends, balance, number of answers."""

from __future__ import annotations

from collections.abc import Iterator

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.instrument.lint.lexicon import found_in, polarity, texts_with_words
from survey_engine.instrument.model import Instrument, Item, ResponseScale

FEWEST_POINTS = 5


def lint_scales(instrument: Instrument) -> Iterator[Diagnostic]:
    """Every remark on a scale once, with the questions that use it."""
    for scale in instrument.scales:
        users = [item for item in instrument.items if item.scale == scale.id]
        rated = [item for item in users if item.type == "rating"]
        if users:
            yield from _dont_know(scale, [i for i in users if i.type in ("rating", "choice")])
        if rated:
            yield from _ends(scale, rated)
            yield from _labels(scale, rated)
            yield from _points(scale, [item for item in rated if item.role == "indicator"])


def _where(items: list[Item]) -> Where:
    return Where(items=tuple(item.id for item in items))


def _dont_know(scale: ResponseScale, users: list[Item]) -> Iterator[Diagnostic]:
    # Nobody fails to know his age: a refusal is enough for facts about oneself.
    excused = "refused" in scale.missing.values() and all(i.type == "choice" for i in users)
    if not users:
        return
    if "dont_know" not in scale.missing.values():
        if not excused:
            yield diagnostic("LINT_NO_DONT_KNOW", where=_where(users), scale=scale.id)
    elif not scale.dont_know:
        yield diagnostic("LINT_DONT_KNOW_UNWORDED", where=_where(users), scale=scale.id)


def _ends(scale: ResponseScale, rated: list[Item]) -> Iterator[Diagnostic]:
    if not scale.labels and not (scale.low and scale.high):
        yield diagnostic("LINT_ANCHORS_MISSING", where=_where(rated), scale=scale.id)
        return
    for language, low, words in texts_with_words(scale.low):
        high = scale.high.get(language, "")
        ends = polarity(low, words), polarity(high, words)
        upward = [item for item in rated if item.direction == "higher_is_better"]
        if ends == (1, -1) and upward:
            yield diagnostic(
                "LINT_SCALE_RUNS_DOWN",
                where=_where(upward), scale=scale.id, low=low, high=high,
            )  # fmt: skip
            return
        strength = bool(found_in(words.strong, low)), bool(found_in(words.strong, high))
        if 0 not in ends and ends[0] != ends[1] and strength[0] != strength[1]:
            yield diagnostic(
                "LINT_UNEVEN_ANCHORS",
                where=_where(rated), scale=scale.id, low=low, high=high,
            )  # fmt: skip
            return


def _labels(scale: ResponseScale, rated: list[Item]) -> Iterator[Diagnostic]:
    """As many good as bad answers, judged in the first language that tells."""
    for language in ("en", "zh", "de"):
        texts = {code: {language: t.get(language, "")} for code, t in scale.labels.items()}
        signs = [
            polarity(text, words)
            for entry in texts.values()
            for _, text, words in texts_with_words(entry)
        ]
        good, bad = signs.count(1), signs.count(-1)
        if len(signs) > 2 and good + bad > 1:
            if good != bad:
                yield diagnostic(
                    "LINT_UNBALANCED_LABELS",
                    where=_where(rated), scale=scale.id, positive=good, negative=bad,
                )  # fmt: skip
            return


def _points(scale: ResponseScale, indicators: list[Item]) -> Iterator[Diagnostic]:
    points = int(scale.maximum - scale.minimum) + 1
    # Two answers are a fact (yes or no), not a coarse opinion.
    if indicators and 2 < points < FEWEST_POINTS:
        yield diagnostic(
            "LINT_FEW_POINTS", where=_where(indicators), scale=scale.id, points=points
        )
