"""Every text of an instrument that is written once per language, with its place."""

from __future__ import annotations

from collections.abc import Iterator

from survey_engine.instrument.model import Instrument, Texts


def texts_of(instrument: Instrument) -> Iterator[tuple[tuple[str, ...], Texts]]:
    """Path in the file and words by language, in the order of the file's keys."""
    yield ("title",), instrument.title
    yield ("customer_word",), instrument.customer_word
    yield ("brand",), instrument.brand
    for number, scale in enumerate(instrument.scales):
        here = ("scales", str(number))
        yield (*here, "low"), scale.low
        yield (*here, "high"), scale.high
        yield (*here, "dont_know"), scale.dont_know
        for code, label in scale.labels.items():
            yield (*here, "labels", str(code)), label
    for name, block in instrument.blocks.items():
        yield ("blocks", name, "title"), block.title
        yield ("blocks", name, "intro"), block.intro
    for number, item in enumerate(instrument.items):
        here = ("items", str(number))
        yield (*here, "text"), item.text
        yield (*here, "stem"), item.stem
        yield (*here, "short"), item.short
        yield (*here, "action", "text"), item.action.text
    for name, construct in instrument.constructs.items():
        yield ("constructs", name, "label"), construct.label
        yield ("constructs", name, "description"), construct.description
    for number, score in enumerate(instrument.scores):
        yield ("scores", str(number), "label"), score.label
