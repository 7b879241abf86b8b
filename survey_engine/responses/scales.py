"""The scale of any item: questions with a number or words need none."""

from __future__ import annotations

import math

from survey_engine.instrument.model import Instrument, Item, ResponseScale

_FREE = ResponseScale(id="free", minimum=-math.inf, maximum=math.inf)


def scale_of_item(instrument: Instrument, item: Item) -> ResponseScale:
    """The item's response scale; one without bounds and labels if it has none."""
    return instrument.scale_of(item.id) if item.scale else _FREE
