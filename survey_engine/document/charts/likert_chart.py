"""Answers to each question as bars centred on the middle answer, with base and mean."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.boxes import Box
from survey_engine.document.charts.colours import legible, mix, readable
from survey_engine.document.charts.font_metrics import text_width
from survey_engine.document.charts.model import LikertRow
from survey_engine.document.charts.rows import draw_label, label_column, row_height
from survey_engine.document.charts.svg import WIDTH, Canvas


@dataclass(frozen=True, kw_only=True)
class LikertChart:
    """Diverging stacked bars.

    Attributes
    ----------
    rows : tuple[LikertRow, ...]
        Shares in the order of `category_labels`, worst first.
    category_labels : tuple[str, ...]
        The answer groups, for the legend.
    neutral : int or None
        Position of the middle group, which is centred; ``None`` centres between halves.
    n_label, mean_label, extra_label : str
        Heads of the columns at the right; an empty head leaves its column out.
    """

    rows: tuple[LikertRow, ...]
    category_labels: tuple[str, ...]
    neutral: int | None
    n_label: str = "n"
    mean_label: str = ""
    extra_label: str = ""

    def __post_init__(self) -> None:
        """Refuse rows that do not match the groups."""
        for row in self.rows:
            if not len(row.shares) == len(row.share_labels) == len(self.category_labels):
                raise ValueError(f"{row.label!r} has not one share and label a category")

    def frame(self) -> pd.DataFrame:
        """Columns ``label``, one share a category, ``n_text, mean_text``."""
        table = pd.DataFrame(
            [row.shares for row in self.rows], columns=list(self.category_labels)
        )
        table.insert(0, "label", [row.label for row in self.rows])
        table["n_text"] = [row.n_text for row in self.rows]
        table["mean_text"] = [row.mean_text for row in self.rows]
        return table

    def draw(self, theme: Theme, *, title: str) -> str:
        """The drawing; `title` is its alternative text."""
        canvas = Canvas(theme)
        width, lines = label_column([row.label for row in self.rows], limit=190)
        height = row_height(lines, least=25.0)
        right = self._draw_heads(canvas)
        left = width + 14
        top = 36.0
        unit, zero = self._geometry(left, right - 12)
        colours = share_colours(theme, len(self.category_labels), self.neutral)
        draw_legend(canvas, self.category_labels, colours, left=left, right=right)
        bottom = top + height * len(self.rows)
        # Under the bars, so that it never runs through a number.
        canvas.line((zero, top - 2), (zero, bottom + 2), theme.ink, width=1)
        for index, (row, label) in enumerate(zip(self.rows, lines, strict=True)):
            middle = top + (index + 0.5) * height
            draw_label(canvas, label, right=width + 2, middle=middle)
            start = zero - self._below(row) * unit
            draw_shares(canvas, row, colours, start=start, unit=unit, middle=middle)
            self._draw_columns(canvas, row, middle)
        canvas.height = bottom + 6
        return canvas.render(title)

    def _below(self, row: LikertRow) -> float:
        if self.neutral is None:
            return sum(row.shares[: len(row.shares) // 2])
        return sum(row.shares[: self.neutral]) + row.shares[self.neutral] / 2

    def _geometry(self, left: float, right: float) -> tuple[float, float]:
        """Pixels of one whole and the position of the centre line."""
        below = max((self._below(row) for row in self.rows), default=0.5)
        above = max((sum(row.shares) - self._below(row) for row in self.rows), default=0.5)
        unit = (right - left) / max(below + above, 1e-9)
        return unit, left + below * unit

    def _columns(self) -> list[tuple[str, list[str], int]]:
        columns = [
            (self.extra_label, [row.extra_text for row in self.rows], 400),
            (self.mean_label, [row.mean_text for row in self.rows], 600),
            (self.n_label, [row.n_text for row in self.rows], 400),
        ]
        return [column for column in columns if column[0]]

    def _column_edges(self) -> list[float]:
        """Right edge of each column, rightmost first."""
        edges, edge = [], WIDTH - 2
        for head, texts, weight in self._columns():
            edges.append(edge)
            widest = max(
                [text_width(head, 10), *(text_width(t, 11, weight=weight) for t in texts)]
            )
            edge -= widest + 14
        return [*edges, edge]

    def _draw_heads(self, canvas: Canvas) -> float:
        edges = self._column_edges()
        for (head, _, _), edge in zip(self._columns(), edges, strict=False):
            canvas.text(
                head,
                edge,
                30,
                size=10,
                fill=canvas.theme.muted,
                anchor="end",
                role="label",
            )
        return edges[-1]

    def _draw_columns(self, canvas: Canvas, row: LikertRow, middle: float) -> None:
        index = self.rows.index(row)
        edges = self._column_edges()
        for (_, texts, weight), edge in zip(self._columns(), edges, strict=False):
            fill = canvas.theme.ink if weight == 600 else canvas.theme.muted
            canvas.text(
                texts[index],
                edge,
                middle + 4,
                size=11,
                weight=weight,
                fill=fill,
                anchor="end",
                role="label",
            )


def share_colours(theme: Theme, count: int, neutral: int | None) -> tuple[str, ...]:
    """A diverging palette, darkest at the ends, grey in the middle."""
    below = count // 2 if neutral is None else neutral
    above = count - below - (neutral is not None)
    low = [mix(theme.negative, theme.white, 1 - 0.55 * i / max(below, 1)) for i in range(below)]
    high = [
        mix(theme.positive, theme.white, 1 - 0.55 * i / max(above, 1)) for i in range(above)
    ]
    middle = [] if neutral is None else [mix(theme.neutral, theme.white, 0.75)]
    palette = (*low, *middle, *reversed(high))
    return tuple(legible(colour, theme.white, theme.ink) for colour in palette)


def draw_legend(
    canvas: Canvas,
    labels: tuple[str, ...],
    colours: tuple[str, ...],
    *,
    left: float,
    right: float,
) -> None:
    """Squares with their words in one line from `left`, moved left if it needs the room."""
    widths = [text_width(label, 10) + 31 for label in labels]
    x = max(min(left, right - sum(widths)), 0)
    for label, colour, width in zip(labels, colours, widths, strict=True):
        canvas.rect(Box(x, 3, x + 11, 14), colour, radius=2)
        canvas.text(label, x + 16, 12.5, size=10, fill=canvas.theme.muted, role="label")
        x += width


def draw_shares(
    canvas: Canvas,
    row: LikertRow,
    colours: tuple[str, ...],
    *,
    start: float,
    unit: float,
    middle: float,
) -> None:
    """The stacked bar of one row; a share's label is left out where it does not fit."""
    x = start
    for share, label, colour in zip(row.shares, row.share_labels, colours, strict=True):
        end = x + share * unit
        if end - x > 0.05:
            box = Box(x, middle - 9, max(end - 0.8, x + 0.05), middle + 9)
            canvas.rect(box, colour, class_="mark")
        if text_width(label, 10) + 5 <= end - x:
            fill = readable(colour, canvas.theme.white, canvas.theme.ink)
            canvas.text(
                label,
                (x + end) / 2,
                middle + 3.6,
                size=10,
                fill=fill,
                anchor="middle",
                role="share",
            )
        x = end
