"""Shares of a whole beside the balance they give: detractors, passives, promoters."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from survey_engine.document.charts.axis import Scale, nice_domain
from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.font_metrics import text_width
from survey_engine.document.charts.interval_chart import draw_dot
from survey_engine.document.charts.likert_chart import draw_legend, draw_shares, share_colours
from survey_engine.document.charts.model import IntervalRow, LikertRow
from survey_engine.document.charts.rows import draw_grid, draw_label, label_column, row_height
from survey_engine.document.charts.svg import WIDTH, Canvas

_LANE = 150.0


@dataclass(frozen=True, kw_only=True)
class StackedShares:
    """Bars of shares, each with a dot and interval in a lane at the right.

    Attributes
    ----------
    rows : tuple[LikertRow, ...]
        Shares, worst group first.
    category_labels : tuple[str, ...]
        The groups, for the legend.
    neutral : int or None
        Position of the middle group, drawn grey.
    intervals : tuple[IntervalRow, ...]
        One a row, or none at all; `text` is printed beside the dot.
    interval_label : str
        Head of the lane.
    """

    rows: tuple[LikertRow, ...]
    category_labels: tuple[str, ...]
    neutral: int | None = 1
    intervals: tuple[IntervalRow, ...] = ()
    interval_label: str = ""

    def __post_init__(self) -> None:
        """Refuse a lane that does not match the rows."""
        if self.intervals and len(self.intervals) != len(self.rows):
            raise ValueError("the lane needs one interval a row")

    def frame(self) -> pd.DataFrame:
        """Columns ``label``, one share a category, and ``est, lower, upper`` of the lane."""
        table = pd.DataFrame(
            [row.shares for row in self.rows], columns=list(self.category_labels)
        )
        table.insert(0, "label", [row.label for row in self.rows])
        if self.intervals:
            table["est"] = [row.est for row in self.intervals]
            table["lower"] = [row.lower for row in self.intervals]
            table["upper"] = [row.upper for row in self.intervals]
        return table

    def draw(self, theme: Theme, *, title: str) -> str:
        """The drawing; `title` is its alternative text."""
        canvas = Canvas(theme)
        width, lines = label_column([row.label for row in self.rows], limit=150)
        height = row_height(lines, least=32.0)
        texts = max((text_width(row.text, 11, weight=600) for row in self.intervals), default=0)
        lane_right = WIDTH - texts - 16
        right = lane_right - _LANE - 24 if self.intervals else WIDTH - 2
        left, top = width + 14, 26.0
        colours = share_colours(theme, len(self.category_labels), self.neutral)
        draw_legend(canvas, self.category_labels, colours, left=left, right=right)
        bottom = top + height * len(self.rows)
        if self.intervals:
            self._draw_lane(canvas, lane_right, top=top, height=height)
        for index, (row, label) in enumerate(zip(self.rows, lines, strict=True)):
            middle = top + (index + 0.5) * height
            draw_label(canvas, label, right=width + 2, middle=middle)
            draw_shares(canvas, row, colours, start=left, unit=right - left, middle=middle)
        canvas.height = bottom + (22 if self.intervals else 4)
        return canvas.render(title)

    def _draw_lane(self, canvas: Canvas, right: float, *, top: float, height: float) -> None:
        theme = canvas.theme
        values = [0.0] + [row.est for row in self.intervals]
        for row in self.intervals:
            values += [bound for bound in (row.lower, row.upper) if bound is not None]
        low, high = nice_domain(values, count=4)
        scale = Scale(low, high, right - _LANE, right)
        bottom = top + height * len(self.intervals)
        draw_grid(canvas, scale, top=top, bottom=bottom, count=4)
        canvas.line((scale(0), top - 2), (scale(0), bottom + 2), theme.ink, width=1.1)
        canvas.text(
            self.interval_label,
            WIDTH - 2,
            12.5,
            size=10,
            fill=theme.muted,
            anchor="end",
            role="label",
        )
        for index, row in enumerate(self.intervals):
            middle = top + (index + 0.5) * height
            colour = theme.muted if row.hollow else theme.accent
            if row.lower is not None and row.upper is not None:
                canvas.line(
                    (scale(row.lower), middle), (scale(row.upper), middle), colour, width=1.8
                )
            draw_dot(canvas, (scale(row.est), middle), colour, hollow=row.hollow)
            canvas.text(row.text, WIDTH - 2, middle + 4, weight=600, anchor="end", role="label")
