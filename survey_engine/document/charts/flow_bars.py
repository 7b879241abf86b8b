"""Who answered: bars that narrow from step to step."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.boxes import Box
from survey_engine.document.charts.font_metrics import text_width
from survey_engine.document.charts.model import Bar
from survey_engine.document.charts.rows import draw_label, label_column, row_height
from survey_engine.document.charts.svg import WIDTH, Canvas


@dataclass(frozen=True, kw_only=True)
class FlowBars:
    """Horizontal bars from zero, in the order given, with their text at the end."""

    bars: tuple[Bar, ...]

    def frame(self) -> pd.DataFrame:
        """Columns ``label, value``."""
        rows = [(bar.label, bar.value) for bar in self.bars]
        return pd.DataFrame(rows, columns=["label", "value"])

    def draw(self, theme: Theme, *, title: str) -> str:
        """The drawing; `title` is its alternative text."""
        canvas = Canvas(theme)
        width, lines = label_column([bar.label for bar in self.bars])
        height = row_height(lines, least=30.0)
        left = width + 14
        texts = max((text_width(bar.text, 11, weight=600) for bar in self.bars), default=0)
        largest = max((bar.value for bar in self.bars), default=0.0)
        room = WIDTH - left - texts - 12
        for index, (bar, label) in enumerate(zip(self.bars, lines, strict=True)):
            middle = (index + 0.5) * height
            # A share first: room / largest overflows for the smallest numbers there are.
            end = left + room * (bar.value / largest if largest > 0 else 0.0)
            fill = theme.accent if bar.emphasis else theme.accent_light
            draw_label(canvas, label, right=width + 2, middle=middle)
            canvas.rect(
                Box(left, middle - 10, max(end, left + 1), middle + 10),
                fill,
                radius=2,
                class_="mark",
            )
            canvas.text(bar.text, end + 8, middle + 4, weight=600, role="label")
        canvas.line((left, 2), (left, height * len(self.bars) - 2), theme.ink, width=1.1)
        canvas.height = max(height * len(self.bars), 20.0)
        return canvas.render(title)


Funnel = FlowBars
