"""Dots with intervals: the forest of effects and the scores of the constructs."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from survey_engine.document.charts.axis import Scale, nice_domain
from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.boxes import Box
from survey_engine.document.charts.font_metrics import text_width
from survey_engine.document.charts.model import IntervalRow, Mark
from survey_engine.document.charts.rows import draw_grid, draw_label, label_column, row_height
from survey_engine.document.charts.svg import WIDTH, Canvas


@dataclass(frozen=True, kw_only=True)
class IntervalChart:
    """One row an estimate: dot, whisker, value; hollow when the interval holds zero.

    Attributes
    ----------
    rows : tuple[IntervalRow, ...]
        From top to bottom.
    axis_label : str
        What the axis measures, with its unit.
    minimum, maximum : float, optional
        Ends of the axis; widened when an interval reaches beyond.
    zero_line : bool
        Draw zero as a solid line (effects).
    reference : Mark, optional
        A labelled vertical, such as the mean.
    """

    rows: tuple[IntervalRow, ...]
    axis_label: str
    minimum: float | None = None
    maximum: float | None = None
    zero_line: bool = False
    reference: Mark | None = None

    def frame(self) -> pd.DataFrame:
        """Columns ``label, est, lower, upper``, one line a row."""
        rows = [(row.label, row.est, row.lower, row.upper) for row in self.rows]
        return pd.DataFrame(rows, columns=["label", "est", "lower", "upper"])

    def draw(self, theme: Theme, *, title: str) -> str:
        """The drawing; `title` is its alternative text."""
        canvas = Canvas(theme)
        width, lines = label_column(
            [row.label for row in self.rows],
            weights=[600 if row.emphasis else 400 for row in self.rows],
        )
        # A few rows get more room than many.
        height = row_height(lines, least=34.0 if len(self.rows) <= 5 else 28.0)
        top = 24.0 if self.reference else 6.0
        bottom = top + height * len(self.rows)
        text_left = max((text_width(row.text, 11, weight=600) for row in self.rows), default=0)
        scale = self._scale(width + 26, WIDTH - text_left - 22)
        baseline = draw_grid(canvas, scale, top=top, bottom=bottom)
        self._draw_lines(canvas, scale, top=top, bottom=bottom)
        for index, (row, label) in enumerate(zip(self.rows, lines, strict=True)):
            middle = top + (index + 0.5) * height
            weight = 600 if row.emphasis else 400
            draw_label(canvas, label, right=width + 2, middle=middle, weight=weight)
            _draw_row(canvas, scale, row, middle)
        canvas.text(
            self.axis_label,
            (scale.start + scale.end) / 2,
            baseline + 17,
            size=10.5,
            fill=theme.muted,
            anchor="middle",
            role="label",
        )
        canvas.height = baseline + 23
        return canvas.render(title)

    def _scale(self, start: float, end: float) -> Scale:
        values = [row.est for row in self.rows]
        for row in self.rows:
            values += [bound for bound in (row.lower, row.upper) if bound is not None]
        if self.zero_line:
            values.append(0.0)
        if self.reference:
            values.append(self.reference.value)
        low, high = nice_domain(values, minimum=self.minimum, maximum=self.maximum)
        return Scale(low, high, start, end)

    def _draw_lines(self, canvas: Canvas, scale: Scale, *, top: float, bottom: float) -> None:
        theme = canvas.theme
        if self.zero_line:
            x = scale(0.0)
            canvas.line((x, top - 2), (x, bottom + 2), theme.ink, width=1.2)
        if self.reference:
            x = scale(self.reference.value)
            canvas.line((x, top - 4), (x, bottom), theme.muted, width=1.1, dash="4 3")
            half = text_width(self.reference.label, 10.5) / 2
            middle = min(max(x, half + 1), WIDTH - half - 1)
            canvas.text(
                self.reference.label,
                middle,
                12,
                size=10.5,
                fill=theme.muted,
                anchor="middle",
                role="label",
            )


def _draw_row(canvas: Canvas, scale: Scale, row: IntervalRow, middle: float) -> None:
    theme = canvas.theme
    colour = theme.muted if row.hollow else theme.accent
    if row.lower is not None and row.upper is not None:
        left, right = scale(row.lower), scale(row.upper)
        canvas.line((left, middle), (right, middle), colour, width=1.8)
        for end in (left, right):
            canvas.line((end, middle - 3.5), (end, middle + 3.5), colour, width=1.2)
    draw_dot(canvas, (scale(row.est), middle), colour, hollow=row.hollow)
    canvas.text(
        row.text,
        WIDTH - 2,
        middle + 4,
        size=11,
        weight=600 if row.emphasis or not row.hollow else 400,
        fill=theme.muted if row.hollow else theme.ink,
        anchor="end",
        role="label",
    )


def draw_dot(
    canvas: Canvas, centre: tuple[float, float], colour: str, *, hollow: bool = False
) -> Box:
    """An estimate: filled, or a ring where the interval holds zero; returns its box."""
    radius = 5.0 if hollow else 5.5
    if hollow:
        canvas.circle(
            centre, radius, canvas.theme.white, stroke=colour, width=1.6, class_="mark"
        )
    else:
        canvas.circle(centre, radius, colour, stroke=canvas.theme.white, width=1, class_="mark")
    x, y = centre
    return Box(x - radius, y - radius, x + radius, y + radius)
