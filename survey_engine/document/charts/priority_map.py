"""The importance-performance map, with the uncertainty of both readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from survey_engine.document.charts.axis import Scale, tick_labels, ticks
from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.boxes import Box, text_box
from survey_engine.document.charts.font_metrics import text_width
from survey_engine.document.charts.labels import Anchor, place_labels
from survey_engine.document.charts.map_marks import (
    DOT,
    KEY_HEIGHT,
    draw_key,
    draw_marks,
    radius,
)
from survey_engine.document.charts.model import MapKey, MapMark
from survey_engine.document.charts.svg import WIDTH, Canvas

_LEFT = 60.0
_TOP = 6.0
_BOTTOM = 356.0
_LABEL = 11.5
_CORNERS = ("possible_overkill", "keep_up", "secondary", "improve_first")


@dataclass(frozen=True, kw_only=True)
class PriorityMap:
    """Drivers by importance (across) and performance (up), means as dashed lines.

    Attributes
    ----------
    points : tuple[MapMark, ...]
    x_label, y_label : str
        What the axes measure.
    x_mean, y_mean : float
        Where the quadrants meet: mean importance and mean performance of the drivers.
    quadrant_labels : Mapping[str, str]
        Words for ``improve_first`` (right, low), ``keep_up`` (right, high),
        ``secondary`` (left, low) and ``possible_overkill`` (left, high).
    key : MapKey, optional
        Needed where points are bubbles.
    """

    points: tuple[MapMark, ...]
    x_label: str
    y_label: str
    x_mean: float
    y_mean: float
    quadrant_labels: Mapping[str, str]
    key: MapKey | None = None

    def __post_init__(self) -> None:
        """Refuse a map without words for its quadrants."""
        missing = [name for name in _CORNERS if name not in self.quadrant_labels]
        if missing:
            raise ValueError(f"quadrants without a label: {', '.join(missing)}")

    def frame(self) -> pd.DataFrame:
        """Columns ``label, x, x_lower, x_upper, y, y_lower, y_upper``; bubbles: ``share``."""
        names = ["label", "x", "x_lower", "x_upper", "y", "y_lower", "y_upper"]
        if self.key is not None:
            names.append("share")
        rows = [tuple(getattr(point, name) for name in names) for point in self.points]
        return pd.DataFrame(rows, columns=names)

    def draw(self, theme: Theme, *, title: str) -> str:
        """The drawing; `title` is its alternative text."""
        canvas = Canvas(theme)
        x, y = self._scales()
        plot = Box(_LEFT, _TOP, WIDTH - 2, _BOTTOM)
        corner = Box(x(self.x_mean), y(self.y_mean), plot.right, plot.bottom)
        canvas.rect(corner, theme.attention_tint)
        self._draw_axes(canvas, x, y)
        corners = self._draw_quadrant_words(canvas, plot)
        mean_x, mean_y = x(self.x_mean), y(self.y_mean)
        canvas.line((mean_x, plot.top), (mean_x, plot.bottom), theme.muted, dash="4 3")
        canvas.line((plot.left, mean_y), (plot.right, mean_y), theme.muted, dash="4 3")
        self._draw_points(canvas, x, y, plot=plot, corners=corners)
        canvas.height = _BOTTOM + 40
        if self.key is not None:
            draw_key(canvas, self.key, left=_LEFT, middle=canvas.height + KEY_HEIGHT / 2)
            canvas.height += KEY_HEIGHT
        return canvas.render(title)

    def _scales(self) -> tuple[Scale, Scale]:
        across = [v for p in self.points for v in (p.x, p.x_lower, p.x_upper)] + [self.x_mean]
        up = [v for p in self.points for v in (p.y, p.y_lower, p.y_upper)] + [self.y_mean]
        # Dots have room already; bubbles need as much more as they are larger.
        larger = max((radius(p) for p in self.points), default=DOT) - DOT
        return (
            Scale(*_with_air(across, 0.05 + larger / (WIDTH - _LEFT)), _LEFT, WIDTH - 2),
            Scale(*_with_air(up, 0.16 + larger / (_BOTTOM - _TOP)), _BOTTOM, _TOP),
        )

    def _draw_axes(self, canvas: Canvas, x: Scale, y: Scale) -> None:
        theme = canvas.theme
        values = ticks(y.lower, y.upper, count=7)
        for value, label in zip(values, tick_labels(values), strict=True):
            canvas.line((_LEFT, y(value)), (WIDTH - 2, y(value)), theme.grid, width=0.9)
            canvas.text(
                label,
                _LEFT - 8,
                y(value) + 3.6,
                size=10,
                fill=theme.muted,
                anchor="end",
                role="tick",
            )
        values = ticks(x.lower, x.upper, count=8)
        for value, label in zip(values, tick_labels(values), strict=True):
            canvas.line((x(value), _BOTTOM), (x(value), _BOTTOM + 4), theme.ink, width=0.9)
            canvas.text(
                label,
                min(x(value), WIDTH - 1 - text_width(label, 10) / 2),
                _BOTTOM + 17,
                size=10,
                fill=theme.muted,
                anchor="middle",
                role="tick",
            )
        canvas.line((_LEFT, _TOP), (_LEFT, _BOTTOM), theme.ink, width=1.2)
        canvas.line((_LEFT, _BOTTOM), (WIDTH - 2, _BOTTOM), theme.ink, width=1.2)
        middle = (_LEFT + WIDTH) / 2
        canvas.text(
            self.x_label,
            middle,
            _BOTTOM + 35,
            size=10.5,
            fill=theme.muted,
            anchor="middle",
            role="label",
        )
        canvas.vertical_text(
            self.y_label, 13, (_TOP + _BOTTOM) / 2, size=10.5, fill=theme.muted
        )

    def _draw_quadrant_words(self, canvas: Canvas, plot: Box) -> list[Box]:
        theme = canvas.theme
        boxes = []
        for name in _CORNERS:
            left = name in {"possible_overkill", "secondary"}
            high = name in {"possible_overkill", "keep_up"}
            first = name == "improve_first"
            boxes.append(
                canvas.text(
                    self.quadrant_labels[name],
                    plot.left + 8 if left else plot.right - 8,
                    plot.top + 16 if high else plot.bottom - 9,
                    size=10.5,
                    weight=600 if first else 400,
                    fill=theme.attention_text if first else theme.muted,
                    anchor="start" if left else "end",
                    role="label",
                )
            )
        return boxes

    def _draw_points(
        self, canvas: Canvas, x: Scale, y: Scale, *, plot: Box, corners: list[Box]
    ) -> None:
        theme = canvas.theme
        dots, whiskers, anchors = [], [], []
        for point in self.points:
            cx, cy = x(point.x), y(point.y)
            across = Box(x(point.x_lower), cy - 1, x(point.x_upper), cy + 1)
            up = Box(cx - 1, y(point.y_upper), cx + 1, y(point.y_lower))
            canvas.line((across.left, cy), (across.right, cy), theme.accent_light, width=1.8)
            canvas.line((cx, up.top), (cx, up.bottom), theme.accent_light, width=1.8)
            whiskers += [across.grown(1), up.grown(1)]
            dots.append(Box(cx, cy, cx, cy).grown(radius(point) + 0.5))
            width = text_width(point.label, _LABEL, weight=600)
            anchors.append(Anchor(cx, cy, width, _LABEL, radius(point) + 4.5))
        centres = [(x(point.x), y(point.y)) for point in self.points]
        draw_marks(canvas, self.points, centres)
        lines = [
            Box(x(self.x_mean) - 1, plot.top, x(self.x_mean) + 1, plot.bottom),
            Box(plot.left, y(self.y_mean) - 1, plot.right, y(self.y_mean) + 1),
        ]
        boxes = place_labels(
            anchors, hard=dots + corners, soft=whiskers + lines, bounds=plot.grown(-3)
        )
        for point, anchor, box in zip(self.points, anchors, boxes, strict=True):
            self._draw_name(canvas, point, anchor, box)

    @staticmethod
    def _draw_name(canvas: Canvas, point: MapMark, anchor: Anchor, box: Box) -> None:
        theme = canvas.theme
        nearest = (
            min(max(anchor.x, box.left), box.right),
            min(max(anchor.y, box.top), box.bottom),
        )
        distance = abs(nearest[0] - anchor.x) + abs(nearest[1] - anchor.y)
        if distance > radius(point) + 19.5:
            canvas.line((anchor.x, anchor.y), nearest, theme.muted, width=0.7)
        fill = theme.attention_text if point.attention else theme.ink
        baseline = box.top - text_box("", 0, 0, _LABEL).top
        canvas.text(
            point.label, box.left, baseline, size=_LABEL, weight=600, fill=fill, role="name"
        )


def _with_air(values: list[float], share: float) -> tuple[float, float]:
    """The range of `values` and room at both ends for dots and corner words."""
    low, high = min(values), max(values)
    air = share * (high - low) if high > low else max(abs(high) * 0.1, 0.5)
    return low - air, high + air
