"""Numbers in coloured cells: everything at a glance, readable without colour."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.boxes import Box
from survey_engine.document.charts.colours import legible, mix, readable
from survey_engine.document.charts.font_metrics import text_width, wrap_text
from survey_engine.document.charts.model import HeatCell
from survey_engine.document.charts.rows import LINE, draw_label, label_column, row_height
from survey_engine.document.charts.svg import WIDTH, Canvas


@dataclass(frozen=True, kw_only=True)
class HeatTable:
    """A matrix of formatted numbers on a tint; a flag adds a corner mark.

    Attributes
    ----------
    row_labels, column_labels : tuple[str, ...]
    cells : tuple[tuple[HeatCell, ...], ...]
        One tuple a row; a cell without value and text stays empty.
    low, high : float, optional
        Values at the ends of the tint; from the data where not given.
    middle : float, optional
        Makes the tint diverge from here; without it one colour grows with the value.
    """

    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    cells: tuple[tuple[HeatCell, ...], ...]
    low: float | None = None
    middle: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        """Refuse a ragged table."""
        if len(self.cells) != len(self.row_labels) or any(
            len(row) != len(self.column_labels) for row in self.cells
        ):
            raise ValueError("a heat table needs one cell a row and column")

    def frame(self) -> pd.DataFrame:
        """The values; rows in column ``label``."""
        values = [[cell.value for cell in row] for row in self.cells]
        table = pd.DataFrame(values, columns=list(self.column_labels))
        table.insert(0, "label", list(self.row_labels))
        return table

    def draw(self, theme: Theme, *, title: str) -> str:
        """The drawing; `title` is its alternative text."""
        canvas = Canvas(theme)
        width, lines = label_column(self.row_labels, limit=180)
        height = row_height(lines, least=24.0)
        left = width + 12
        slot = (WIDTH - left) / max(len(self.column_labels), 1)
        top = self._draw_heads(canvas, left, slot)
        for row, (cells, label) in enumerate(zip(self.cells, lines, strict=True)):
            middle = top + (row + 0.5) * height
            draw_label(canvas, label, right=width + 2, middle=middle, size=10.5)
            for column, cell in enumerate(cells):
                x = left + column * slot
                box = Box(x + 1, middle - height / 2 + 1, x + slot - 1, middle + height / 2 - 1)
                self._draw_cell(canvas, cell, box)
        canvas.height = top + height * len(self.cells) + 2
        return canvas.render(title)

    def _draw_heads(self, canvas: Canvas, left: float, slot: float) -> float:
        lines = [wrap_text(label, 10, slot - 4) for label in self.column_labels]
        widest = max((text_width(line, 10) for group in lines for line in group), default=0.0)
        size = min(10.0, 10.0 * (slot - 2) / widest) if widest > 0 else 10.0
        deepest = max((len(group) for group in lines), default=1)
        for column, group in enumerate(lines):
            for index, line in enumerate(group):
                canvas.text(
                    line,
                    left + (column + 0.5) * slot,
                    12 + (deepest - len(group) + index) * LINE,
                    size=size,
                    fill=canvas.theme.muted,
                    anchor="middle",
                    role="label",
                )
        return deepest * LINE + 6

    def _draw_cell(self, canvas: Canvas, cell: HeatCell, box: Box) -> None:
        if cell.value is None and not cell.text:
            return
        theme = canvas.theme
        fill = theme.surface if cell.value is None else self._tint(theme, cell.value)
        fill = legible(fill, theme.ink, theme.white)
        canvas.rect(box, fill, radius=2, class_="mark")
        x, y = box.centre
        size = min(10.5, 10.5 * (box.width - 2) / max(text_width(cell.text, 10.5), 1e-9))
        canvas.text(
            cell.text,
            x,
            y + 3.8,
            size=size,
            fill=readable(fill, theme.ink, theme.white),
            anchor="middle",
            role="label",
        )
        if cell.flag:
            points: list[str | float] = ["M", box.right - 7, box.top, "L", box.right, box.top]
            points += ["L", box.right, box.top + 7, "Z"]
            canvas.path(points, fill=theme.attention)

    def _tint(self, theme: Theme, value: float) -> str:
        low, high = self._ends()
        if self.middle is None:
            share = (value - low) / (high - low) if high > low else 0.0
            return mix(theme.accent, theme.white, 0.04 + 0.46 * min(max(share, 0.0), 1.0))
        if value >= self.middle:
            share = (value - self.middle) / (high - self.middle) if high > self.middle else 0.0
            return mix(theme.positive, theme.white, 0.06 + 0.5 * min(share, 1.0))
        share = (self.middle - value) / (self.middle - low) if self.middle > low else 0.0
        return mix(theme.negative, theme.white, 0.06 + 0.44 * min(share, 1.0))

    def _ends(self) -> tuple[float, float]:
        values = [cell.value for row in self.cells for cell in row if cell.value is not None]
        low = self.low if self.low is not None else min(values, default=0.0)
        high = self.high if self.high is not None else max(values, default=1.0)
        return low, high
