"""Dots and bubbles of the priority map, and the key that explains them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from survey_engine.document.charts.font_metrics import text_width
from survey_engine.document.charts.model import MapKey, MapMark
from survey_engine.document.charts.svg import Canvas

DOT = 6.5
_WHOLE = 46.0
"""Radius of a share of 1."""
_SIZE = 10.0
KEY_HEIGHT = 34.0


def radius(mark: MapMark) -> float:
    """Radius in pixels: area follows the share; what nobody lacks is still seen."""
    return DOT if mark.share is None else max(_bubble(mark.share), 3.5)


def _bubble(share: float) -> float:
    return _WHOLE * math.sqrt(share)


def draw_marks(
    canvas: Canvas, marks: Sequence[MapMark], centres: Sequence[tuple[float, float]]
) -> None:
    """Large ones first, see-through, so that none hides another."""
    theme = canvas.theme
    placed = sorted(zip(marks, centres, strict=True), key=lambda pair: -radius(pair[0]))
    for mark, centre in placed:
        colour = theme.attention if mark.attention else theme.accent
        if mark.hollow:
            canvas.circle(
                centre, radius(mark), theme.white, stroke=colour, width=1.6, class_="mark"
            )
        elif mark.share is None:
            canvas.circle(
                centre, radius(mark), colour, stroke=theme.white, width=1.5, class_="mark"
            )
        else:
            canvas.circle(
                centre,
                radius(mark),
                colour,
                fill_opacity=0.3,
                stroke=colour,
                width=1.4,
                class_="mark",
            )


def draw_key(canvas: Canvas, key: MapKey, *, left: float, middle: float) -> None:
    """One row: a bubble of each size with its share, what it means, and the ring."""
    theme = canvas.theme
    x = left
    for share, label in key.sizes:
        reach = _bubble(share)
        canvas.circle(
            (x + reach, middle),
            reach,
            theme.accent,
            fill_opacity=0.3,
            stroke=theme.accent,
            width=1.4,
        )
        x = _say(canvas, label, x + 2 * reach + 5, middle) + 10
    x = _say(canvas, key.filled, x, middle) + 22
    canvas.circle((x + DOT, middle), DOT, theme.white, stroke=theme.accent, width=1.6)
    _say(canvas, key.hollow, x + 2 * DOT + 5, middle)


def _say(canvas: Canvas, words: str, x: float, middle: float) -> float:
    """Write words; returns where they end."""
    canvas.text(words, x, middle + 3.6, size=_SIZE, fill=canvas.theme.muted, role="label")
    return x + text_width(words, _SIZE)
