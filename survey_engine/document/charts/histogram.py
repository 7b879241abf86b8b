"""How the answers or scores spread."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from survey_engine.document.charts.axis import Scale, tick_labels, ticks
from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.boxes import Box
from survey_engine.document.charts.font_metrics import text_width
from survey_engine.document.charts.labels import lanes
from survey_engine.document.charts.model import Bar, Mark
from survey_engine.document.charts.svg import WIDTH, Canvas

_PLOT_HEIGHT = 150.0
_MARGIN = 24.0


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """Upright bars of equal width.

    Attributes
    ----------
    bars : tuple[Bar, ...]
        Left to right; with `lower` and `upper` they cut that range into equal parts,
        otherwise each bar carries its own label.
    axis_label : str
        What the horizontal axis measures.
    marks : tuple[Mark, ...]
        Verticals such as the mean; they need `lower` and `upper`.
    lower, upper : float, optional
        Ends of the horizontal axis.
    """

    bars: tuple[Bar, ...]
    axis_label: str
    marks: tuple[Mark, ...] = ()
    lower: float | None = None
    upper: float | None = None

    def __post_init__(self) -> None:
        """Refuse marks without an axis to stand on."""
        if self.marks and (self.lower is None or self.upper is None):
            raise ValueError("marks on a histogram need its lower and upper end")

    def frame(self) -> pd.DataFrame:
        """Columns ``label, value``."""
        rows = [(bar.label, bar.value) for bar in self.bars]
        return pd.DataFrame(rows, columns=["label", "value"])

    def draw(self, theme: Theme, *, title: str) -> str:
        """The drawing; `title` is its alternative text."""
        canvas = Canvas(theme)
        top = self._draw_mark_labels(canvas) + 18
        bottom = top + _PLOT_HEIGHT
        self._draw_bars(canvas, top=top, bottom=bottom)
        canvas.line((_MARGIN, bottom), (WIDTH - _MARGIN, bottom), theme.ink, width=1.1)
        self._draw_mark_lines(canvas, top=top - 14, bottom=bottom)
        if self.lower is not None and self.upper is not None:
            self._draw_axis(canvas, bottom)
        canvas.text(
            self.axis_label,
            WIDTH / 2,
            bottom + 33,
            size=10.5,
            fill=theme.muted,
            anchor="middle",
            role="label",
        )
        canvas.height = bottom + 40
        return canvas.render(title)

    def _scale(self) -> Scale:
        lower = 0.0 if self.lower is None else self.lower
        upper = 1.0 if self.upper is None else self.upper
        return Scale(lower, upper, _MARGIN, WIDTH - _MARGIN)

    def _draw_bars(self, canvas: Canvas, *, top: float, bottom: float) -> None:
        theme = canvas.theme
        largest = max((bar.value for bar in self.bars), default=0.0)
        slot = (WIDTH - 2 * _MARGIN) / max(len(self.bars), 1)
        own_labels = self.lower is None
        for index, bar in enumerate(self.bars):
            left = _MARGIN + index * slot
            height = (bottom - top) * bar.value / largest if largest > 0 else 0.0
            gap = min(slot * 0.12, 5)
            box = Box(left + gap, bottom - height, left + slot - gap, bottom)
            fill = theme.accent if bar.emphasis else theme.accent_light
            if height > 0:
                canvas.rect(box, fill, class_="mark")
            middle = left + slot / 2
            if text_width(bar.text, 10) <= slot - 2:
                canvas.text(
                    bar.text, middle, box.top - 5, size=10, anchor="middle", role="label"
                )
            if own_labels and text_width(bar.label, 10) <= slot - 2:
                canvas.text(
                    bar.label,
                    middle,
                    bottom + 15,
                    size=10,
                    fill=theme.muted,
                    anchor="middle",
                    role="tick",
                )

    def _draw_mark_labels(self, canvas: Canvas) -> float:
        scale = self._scale()
        anchors = [
            (scale(mark.value), text_width(mark.label, 10.5, weight=600)) for mark in self.marks
        ]
        placed = lanes(anchors, left=2, right=WIDTH - 2, gap=10)
        deepest = 0.0
        for (middle, lane), mark in zip(placed, self.marks, strict=True):
            baseline = 12 + lane * 15
            canvas.text(
                mark.label,
                middle,
                baseline,
                size=10.5,
                weight=600,
                anchor="middle",
                role="label",
            )
            deepest = max(deepest, baseline + 4)
        return deepest

    def _draw_mark_lines(self, canvas: Canvas, *, top: float, bottom: float) -> None:
        scale = self._scale()
        for mark in self.marks:
            x = scale(mark.value)
            # The line leaves out the numbers of the bars it would run through.
            blocked = [box for box in canvas.text_boxes if box.left - 3 < x < box.right + 3]
            start = top
            for box in sorted(blocked, key=lambda box: box.top):
                if box.bottom > start and box.top > top:
                    canvas.line((x, start), (x, box.top - 2), canvas.theme.ink, dash="4 3")
                    start = box.bottom + 2
            canvas.line((x, start), (x, bottom), canvas.theme.ink, dash="4 3")

    def _draw_axis(self, canvas: Canvas, bottom: float) -> None:
        scale = self._scale()
        values = ticks(scale.lower, scale.upper, count=10)
        for value, label in zip(values, tick_labels(values), strict=True):
            x = scale(value)
            canvas.line((x, bottom), (x, bottom + 4), canvas.theme.ink, width=0.9)
            canvas.text(
                label,
                x,
                bottom + 16,
                size=10,
                fill=canvas.theme.muted,
                anchor="middle",
                role="tick",
            )
