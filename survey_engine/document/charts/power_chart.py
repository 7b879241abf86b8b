"""Power against the number of respondents, one line a path."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pandas as pd

from survey_engine.document.charts.axis import Scale, tick_labels, ticks
from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.font_metrics import text_width
from survey_engine.document.charts.svg import WIDTH, Canvas

_TOP, _HEIGHT, _PERCENT = 14.0, 250.0, 44.0
_GAP = 14.0


@dataclass(frozen=True, kw_only=True)
class PowerLine:
    """One path: power at each n, between 0 and 1."""

    label: str
    power: tuple[float, ...]
    emphasis: bool = False


@dataclass(frozen=True, kw_only=True)
class PowerChart:
    """Lines of power over n, with the power that is wanted as a reference.

    Attributes
    ----------
    sizes : tuple[int, ...]
        Ascending.
    lines : tuple[PowerLine, ...]
    axis_label, power_label : str
    wanted : float
    """

    sizes: tuple[int, ...]
    lines: tuple[PowerLine, ...]
    axis_label: str
    power_label: str
    wanted: float = 0.80

    def frame(self) -> pd.DataFrame:
        """Columns ``path, n, power``, one line a mark."""
        rows = [
            (line.label, n, power)
            for line in self.lines
            for n, power in zip(self.sizes, line.power, strict=True)
        ]
        return pd.DataFrame(rows, columns=["path", "n", "power"])

    def draw(self, theme: Theme, *, title: str) -> str:
        """The drawing; `title` is its alternative text."""
        canvas = Canvas(theme)
        room = max((text_width(line.label, 10.5, weight=600) for line in self.lines), default=0)
        bottom = _TOP + _HEIGHT
        last = max(self.sizes[-1], self.sizes[0] + 1)
        across = Scale(self.sizes[0], last, room + 16, WIDTH - _PERCENT)
        up = Scale(0.0, 1.0, bottom, _TOP)
        self._axes(canvas, across, up)
        for line in self.lines:
            colour = theme.accent if line.emphasis else theme.muted
            points = [(across(n), up(p)) for n, p in zip(self.sizes, line.power, strict=True)]
            for start, end in itertools.pairwise(points):
                canvas.line(start, end, colour, width=2.0 if line.emphasis else 1.3)
            for point in points:
                canvas.circle(point, 3.0, colour, stroke=theme.white, width=1, class_="mark")
        self._labels(canvas, room + 4, up)
        canvas.height = max(bottom + 44, _TOP + _GAP * len(self.lines))
        return canvas.render(title)

    def _axes(self, canvas: Canvas, across: Scale, up: Scale) -> None:
        theme = canvas.theme
        for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
            y = up(share)
            canvas.line((across.start, y), (across.end, y), theme.grid, width=1)
            canvas.text(
                f"{share:.0%}",
                across.end + 8,
                y + 4,
                size=10.5,
                fill=theme.muted,
                anchor="start",
            )
        y = up(self.wanted)
        canvas.line((across.start, y), (across.end, y), theme.ink, width=1.2, dash="4 3")
        marks = ticks(self.sizes[0], self.sizes[-1]) if len(self.sizes) > 1 else ()
        marks = marks or tuple(map(float, self.sizes))
        for value, label in zip(marks, tick_labels(marks), strict=True):
            x = across(value)
            canvas.text(label, x, up.start + 16, size=10.5, fill=theme.muted, anchor="middle")
        middle = (across.start + across.end) / 2
        canvas.text(
            f"{self.axis_label} · {self.power_label}",
            middle,
            up.start + 36,
            size=10.5,
            fill=theme.muted,
            anchor="middle",
            role="label",
        )

    def _labels(self, canvas: Canvas, right: float, up: Scale) -> None:
        """Names before the first point, where lines lie apart; moved where they do not."""
        ends = sorted(self.lines, key=lambda line: -line.power[0])
        placed: list[float] = []
        for line in ends:
            y = up(line.power[0]) + 4
            placed.append(max(y, placed[-1] + _GAP) if placed else y)
        # The last ones may have been pushed below the axis: they move up, and those above
        # make room as far as they must.
        floor = up.start + 4
        for k in range(len(placed) - 1, -1, -1):
            placed[k] = min(placed[k], floor)
            floor = placed[k] - _GAP
        for line, y in zip(ends, placed, strict=True):
            canvas.text(
                line.label,
                right,
                y,
                size=10.5,
                weight=600 if line.emphasis else 400,
                fill=canvas.theme.ink if line.emphasis else canvas.theme.muted,
                anchor="end",
                role="label",
            )
