"""The index on its scale: a dot with its interval, reading bands and benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from survey_engine.document.charts.axis import Scale, nice_domain, tick_labels, ticks
from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.boxes import Box
from survey_engine.document.charts.colours import mix
from survey_engine.document.charts.font_metrics import text_width
from survey_engine.document.charts.labels import place_marks
from survey_engine.document.charts.model import Band, Mark
from survey_engine.document.charts.svg import WIDTH, Canvas

_MARGIN = 22.0
_BAR_TOP = 66.0
_BAR_HEIGHT = 16.0


@dataclass(frozen=True, kw_only=True)
class IndexStrip:
    """One value with its interval on a horizontal scale.

    Attributes
    ----------
    value, lower, upper : float
        Estimate and interval; the bounds may be ``None``.
    minimum, maximum : float
        Ends of the scale, in index points; widened if a value lies beyond.
    bands : tuple[Band, ...]
        Reading bands, as configured; may be empty.
    marks : tuple[Mark, ...]
        Benchmarks or earlier waves.
    value_text, interval_text : str
        What is printed above the dot.
    """

    value: float
    lower: float | None
    upper: float | None
    minimum: float
    maximum: float
    bands: tuple[Band, ...] = ()
    marks: tuple[Mark, ...] = ()
    value_text: str
    interval_text: str

    def frame(self) -> pd.DataFrame:
        """The estimate, then each mark: columns ``label, est, lower, upper``."""
        rows = [(self.value_text, self.value, self.lower, self.upper)]
        rows += [(mark.label, mark.value, None, None) for mark in self.marks]
        return pd.DataFrame(rows, columns=["label", "est", "lower", "upper"])

    def draw(self, theme: Theme, *, title: str) -> str:
        """The drawing; `title` is its alternative text."""
        canvas = Canvas(theme)
        scale = self._scale()
        self._draw_bands(canvas, scale)
        self._draw_ticks(canvas, scale)
        bottom = self._draw_marks(canvas, scale)
        self._draw_estimate(canvas, scale)
        canvas.height = bottom
        return canvas.render(title)

    def _scale(self) -> Scale:
        values = [self.value, *(mark.value for mark in self.marks)]
        values += [bound for bound in (self.lower, self.upper) if bound is not None]
        low, high = nice_domain(values, minimum=self.minimum, maximum=self.maximum)
        return Scale(low, high, _MARGIN, WIDTH - _MARGIN)

    def _draw_bands(self, canvas: Canvas, scale: Scale) -> None:
        theme = canvas.theme
        whole = Box(scale.start, _BAR_TOP, scale.end, _BAR_TOP + _BAR_HEIGHT)
        canvas.rect(whole, theme.grid)
        colours = _band_colours(theme, len(self.bands))
        for band, colour in zip(self.bands, colours, strict=True):
            left = scale(max(band.lower, scale.lower))
            right = scale(min(band.upper, scale.upper))
            if right <= left:
                continue
            canvas.rect(Box(left, _BAR_TOP, right, _BAR_TOP + _BAR_HEIGHT), colour)
            if text_width(band.label, 10) <= right - left - 4:
                middle = (left + right) / 2
                canvas.text(
                    band.label,
                    middle,
                    _BAR_TOP - 8,
                    size=10,
                    fill=theme.muted,
                    anchor="middle",
                    role="label",
                )
        for band in self.bands[1:]:
            if scale.lower < band.lower < scale.upper:
                edge = scale(band.lower)
                canvas.line(
                    (edge, _BAR_TOP), (edge, _BAR_TOP + _BAR_HEIGHT), theme.white, width=1.5
                )

    def _draw_ticks(self, canvas: Canvas, scale: Scale) -> None:
        values = ticks(scale.lower, scale.upper, count=10)
        top = _BAR_TOP + _BAR_HEIGHT
        crossed = [scale(mark.value) for mark in self.marks]
        for value, label in zip(values, tick_labels(values), strict=True):
            x = scale(value)
            canvas.line((x, top + 1), (x, top + 5), canvas.theme.muted, width=0.8)
            # A number of the axis gives way to the line of a benchmark that runs through it.
            if any(abs(x - line) < text_width(label, 10) / 2 + 3 for line in crossed):
                continue
            canvas.text(
                label,
                x,
                top + 17,
                size=10,
                fill=canvas.theme.muted,
                anchor="middle",
                role="tick",
            )

    def _draw_marks(self, canvas: Canvas, scale: Scale) -> float:
        top = _BAR_TOP + _BAR_HEIGHT
        anchors = [(scale(mark.value), text_width(mark.label, 10.5)) for mark in self.marks]
        placed = place_marks(anchors, right=WIDTH, gap=14.0)
        bottom = top + 24
        for (x, _), (middle, lane), mark in zip(anchors, placed, self.marks, strict=True):
            baseline = top + 43 + lane * 15
            canvas.line((x, _BAR_TOP - 4), (x, top + 22), canvas.theme.ink, dash="3 2")
            canvas.line((x, top + 22), (middle, baseline - 11), canvas.theme.ink, width=0.7)
            canvas.text(mark.label, middle, baseline, size=10.5, anchor="middle", role="label")
            bottom = max(bottom, baseline + 6)
        return bottom

    def _draw_estimate(self, canvas: Canvas, scale: Scale) -> None:
        theme = canvas.theme
        x, y = scale(self.value), _BAR_TOP + _BAR_HEIGHT / 2
        if self.lower is not None and self.upper is not None:
            left, right = scale(self.lower), scale(self.upper)
            canvas.rect(Box(left - 1, y - 4.5, right + 1, y + 4.5), theme.white, radius=2)
            canvas.rect(Box(left, y - 3, right, y + 3), theme.accent_light, radius=1)
            for end in (left, right):
                canvas.line((end, y - 6), (end, y + 6), theme.accent, width=1.6)
        canvas.circle((x, y), 6, theme.accent, stroke=theme.white, width=1.5, class_="mark")
        value_width = text_width(self.value_text, 32, weight=600)
        interval_width = text_width(self.interval_text, 12)
        start = min(max(x - value_width / 2, 2), WIDTH - value_width - interval_width - 12)
        canvas.text(
            self.value_text, start, 36, size=32, weight=600, fill=theme.accent, role="label"
        )
        after = start + value_width + 10
        canvas.text(self.interval_text, after, 36, size=12, fill=theme.muted, role="label")


def _band_colours(theme: Theme, count: int) -> tuple[str, ...]:
    """From the negative to the positive tint, neutral between."""
    negative, positive = (
        mix(theme.negative, theme.white, 0.22),
        mix(theme.positive, theme.white, 0.24),
    )
    neutral = mix(theme.neutral, theme.white, 0.6)
    if count <= 1:
        return (neutral,) * count
    between = tuple(
        mix(positive, neutral, index / (count - 1)) for index in range(1, count - 1)
    )
    return (negative, *between, positive)
