"""The structural model as boxes and arrows on the grid the model brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.boxes import Box
from survey_engine.document.charts.font_metrics import text_width, wrap_text
from survey_engine.document.charts.model import Edge, Node
from survey_engine.document.charts.path_labels import PlacedLabel, place_path_labels
from survey_engine.document.charts.path_routing import Curve, route
from survey_engine.document.charts.rows import LINE
from survey_engine.document.charts.svg import WIDTH, Canvas, number

_LABEL = 11.0
_NAME = 11.0
_SECOND = 9.5
_ROW = 86.0
_WIDEST_ARROW = 6.0


@dataclass(frozen=True, kw_only=True)
class PathDiagram:
    """Constructs and paths; width of an arrow in proportion to its size.

    Attributes
    ----------
    nodes : tuple[Node, ...]
        With their grid position; `layered_grid` makes one for a model without.
    edges : tuple[Edge, ...]
        Standardised paths; a negative one says so in its label and is drawn in the
        colour for negative; one that is not significant is dashed grey.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def __post_init__(self) -> None:
        """Refuse unknown ends and a negative path whose label hides its sign."""
        known = {node.id for node in self.nodes}
        for edge in self.edges:
            if edge.source not in known or edge.target not in known:
                raise ValueError(f"path {edge.source} -> {edge.target} has no node")
            if edge.value < 0 and not edge.label.startswith(("−", "-")):
                raise ValueError(f"path {edge.source} -> {edge.target} hides its sign")

    def frame(self) -> pd.DataFrame:
        """Columns ``source, target, value, significant``, one line a path."""
        names = ["source", "target", "value", "significant"]
        rows = [tuple(getattr(edge, name) for name in names) for edge in self.edges]
        return pd.DataFrame(rows, columns=names)

    def draw(self, theme: Theme, *, title: str) -> str:
        """The drawing; `title` is its alternative text."""
        boxes, lines = self._boxes()
        rows = [box.bottom for box in boxes.values()]
        bounds = Box(2, -110, WIDTH - 2, max(rows, default=0.0) + 110)
        curves = route(boxes, [(edge.source, edge.target) for edge in self.edges], bounds)
        sizes = [(text_width(edge.label, _LABEL, weight=600) + 4, 14.0) for edge in self.edges]
        labels = place_path_labels(curves, sizes, nodes=list(boxes.values()), bounds=bounds)
        top, bottom = _extent(boxes, curves, labels)
        canvas = Canvas(theme)
        shift = 4.0 - top
        for edge, curve, label in zip(self.edges, curves, labels, strict=True):
            _draw_edge(canvas, edge, curve, label, shift)
        for node in self.nodes:
            _draw_node(canvas, node, boxes[node.id], lines[node.id], shift)
        canvas.height = bottom - top + 8
        return canvas.render(title)

    def _boxes(self) -> tuple[dict[str, Box], dict[str, tuple[str, ...]]]:
        columns = [node.column for node in self.nodes]
        rows = [node.row for node in self.nodes]
        first, span = (
            min(columns, default=0.0),
            max(columns, default=0) - min(columns, default=0),
        )
        widest = max(
            (text_width(node.label, _NAME, weight=600) for node in self.nodes), default=0
        )
        second = max((text_width(node.second_line, _SECOND) for node in self.nodes), default=0)
        room = WIDTH / (span + 1) - 34 if span else 180.0
        width = max(min(max(widest + 26, second + 22, 96.0), max(room, 84.0)), second + 12)
        lines = {
            node.id: wrap_text(node.label, _NAME, width - 16, weight=600) for node in self.nodes
        }
        deepest = max((len(group) for group in lines.values()), default=1)
        height = 44.0 + (deepest - 1) * LINE
        pitch = (WIDTH - width - 6) / span if span else 0.0
        left = 3.0 if span else (WIDTH - width) / 2
        boxes = {}
        for node in self.nodes:
            x = left + (node.column - first) * pitch
            y = (node.row - min(rows)) * (_ROW + height - 44.0)
            boxes[node.id] = Box(x, y, x + width, y + height)
        return boxes, lines


def _extent(
    boxes: dict[str, Box], curves: list[Curve], labels: list[PlacedLabel]
) -> tuple[float, float]:
    tops = [box.top for box in boxes.values()] + [label.box.top for label in labels]
    bottoms = [box.bottom for box in boxes.values()] + [label.box.bottom for label in labels]
    for curve in curves:
        heights = curve.samples()[:, 1]
        tops.append(float(heights.min()) - 4)
        bottoms.append(float(heights.max()) + 4)
    return min(tops, default=0.0), max(bottoms, default=40.0)


def _draw_node(
    canvas: Canvas, node: Node, box: Box, lines: tuple[str, ...], shift: float
) -> None:
    theme = canvas.theme
    moved = Box(box.left, box.top + shift, box.right, box.bottom + shift)
    fill = theme.accent if node.emphasis else theme.white
    stroke = theme.accent if node.emphasis else theme.ink
    canvas.rect(
        moved, fill, radius=min(22.0, moved.height / 2), stroke=stroke, class_="node", id=None
    )
    x, _ = moved.centre
    count = len(lines) + bool(node.second_line)
    baseline = moved.centre[1] - (count - 1) * LINE / 2 + 3.8
    ink = theme.white if node.emphasis else theme.ink
    for index, line in enumerate(lines):
        canvas.text(
            line,
            x,
            baseline + index * LINE,
            size=_NAME,
            weight=600,
            fill=ink,
            anchor="middle",
            role="name",
        )
    canvas.text(
        node.second_line,
        x,
        baseline + len(lines) * LINE,
        size=_SECOND,
        fill=theme.white if node.emphasis else theme.muted,
        anchor="middle",
        role="second",
    )


def _style(theme: Theme, edge: Edge) -> tuple[str, float, str | None]:
    if not edge.significant:
        return theme.muted, 1.0, "4 3"
    colour = theme.negative if edge.value < 0 else theme.accent
    return colour, max(_WIDEST_ARROW * min(abs(edge.value), 1.0), 0.8), None


def _draw_edge(
    canvas: Canvas, edge: Edge, curve: Curve, label: PlacedLabel, shift: float
) -> None:
    colour, width, dash = _style(canvas.theme, edge)
    samples = curve.samples(129)
    steps = np.hypot(*np.diff(samples, axis=0).T)
    head = 7.0 + 1.3 * width
    from_end = np.cumsum(steps[::-1])
    stop = 1 - (int(np.searchsorted(from_end, head * 0.8)) + 1) / 128
    pieces = [(0.0, stop)]
    if label.gap is not None:
        pieces = [(0.0, label.gap[0]), (label.gap[1], stop)]
    for start, end in pieces:
        if end > start:
            _draw_curve(canvas, curve.part(start, end), shift, colour, width=width, dash=dash)
    _draw_head(canvas, curve, shift, colour, size=head, spread=3.2 + 0.75 * width)
    x, y = label.box.centre
    canvas.text(
        edge.label,
        x,
        y + shift + 3.9,
        size=_LABEL,
        weight=600,
        fill=colour,
        anchor="middle",
        role="coefficient",
    )


def _draw_curve(
    canvas: Canvas, curve: Curve, shift: float, colour: str, *, width: float, dash: str | None
) -> None:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = curve.points
    data: list[str | float] = ["M", ax, ay + shift, "C", bx, by + shift]
    data += [cx, cy + shift, dx, dy + shift]
    canvas.path(data, fill="none", stroke=colour, width=number(width), dash=dash, class_="edge")


def _draw_head(
    canvas: Canvas, curve: Curve, shift: float, colour: str, *, size: float, spread: float
) -> None:
    tip = np.asarray(curve.points[3])
    back = tip - np.asarray(curve.at(np.array([0.93]))[0])
    along = back / max(float(np.hypot(*back)), 1e-9)
    across = np.array([-along[1], along[0]])
    base = tip - along * size
    one, two = base + across * spread, base - across * spread
    data: list[str | float] = ["M", float(tip[0]), float(tip[1]) + shift]
    for point in (one, two):
        data += ["L", float(point[0]), float(point[1]) + shift]
    canvas.path([*data, "Z"], fill=colour, class_="head")
