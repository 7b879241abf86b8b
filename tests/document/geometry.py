"""Reads a drawing back: where its texts, marks and arrows are."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

import numpy as np

from survey_engine.document.charts.boxes import Box, text_box
from survey_engine.document.charts.path_routing import bezier

NAMESPACE = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"-?\d+\.?\d*")


@dataclass(frozen=True)
class Text:
    content: str
    box: Box
    fill: str
    role: str
    order: int


@dataclass(frozen=True)
class Shape:
    kind: str
    box: Box
    fill: str
    role: str
    order: int


@dataclass
class Drawing:
    width: float
    height: float
    title: str
    font: str
    texts: list[Text] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    edges: list[np.ndarray] = field(default_factory=list)

    @property
    def box(self) -> Box:
        return Box(0, 0, self.width, self.height)

    def background(self, text: Text) -> str:
        """Fill of the last rectangle or disc drawn under the middle of a text."""
        x, y = text.box.centre
        under = [
            shape
            for shape in self.shapes
            if shape.order < text.order
            and shape.box.grown(0.01).contains(x, y)
            and shape.fill != "none"
            and shape.kind == "rect"
        ]
        return under[-1].fill if under else "#FFFFFF"


def _value(element: ET.Element, name: str) -> float:
    return float(element.get(name, "0"))


def read_drawing(svg: str) -> Drawing:
    root = ET.fromstring(svg)  # noqa: S314  # our own text
    first = root[0]
    assert first.tag == f"{NAMESPACE}title"
    drawing = Drawing(
        width=_value(root, "width"),
        height=_value(root, "height"),
        title=first.text or "",
        font=root.get("font-family", ""),
    )
    for order, element in enumerate(root):
        tag = element.tag.removeprefix(NAMESPACE)
        if tag == "text":
            drawing.texts.append(_text(element, order))
        elif tag == "path" and element.get("class") == "edge":
            drawing.edges.append(_curve(element))
        elif tag in {"rect", "circle", "line"}:
            drawing.shapes.append(_shape(tag, element, order))
    return drawing


def _text(element: ET.Element, order: int) -> Text:
    size, content = _value(element, "font-size"), element.text or ""
    if element.get("transform"):
        x, y = (float(v) for v in _NUMBER.findall(element.get("transform", ""))[:2])
        half = text_box(content, 0, 0, size).width / 2
        box = Box(x - size * 0.82, y - half, x + size * 0.22, y + half)
    else:
        box = text_box(
            content,
            _value(element, "x"),
            _value(element, "y"),
            size,
            weight=int(element.get("font-weight", "400")),
            anchor=element.get("text-anchor", "start"),
        )
    return Text(content, box, element.get("fill", ""), element.get("class", ""), order)


def _shape(tag: str, element: ET.Element, order: int) -> Shape:
    if tag == "rect":
        x, y = _value(element, "x"), _value(element, "y")
        box = Box(x, y, x + _value(element, "width"), y + _value(element, "height"))
    elif tag == "circle":
        x, y, r = (_value(element, name) for name in ("cx", "cy", "r"))
        box = Box(x - r, y - r, x + r, y + r)
    else:
        xs = sorted((_value(element, "x1"), _value(element, "x2")))
        ys = sorted((_value(element, "y1"), _value(element, "y2")))
        box = Box(xs[0], ys[0], xs[1], ys[1])
    return Shape(tag, box, element.get("fill", "none"), element.get("class", ""), order)


def _curve(element: ET.Element) -> np.ndarray:
    numbers = [float(v) for v in _NUMBER.findall(element.get("d", ""))]
    points = np.array(numbers).reshape(4, 2)
    return bezier(points, np.linspace(0, 1, 101))


def assert_well_formed(svg: str) -> Drawing:
    """What holds for every chart: inside its box, no two texts on each other, readable."""
    from survey_engine.document.charts.colours import contrast

    assert "var(" not in svg
    assert "nan" not in svg.lower().replace("finance", "")
    drawing = read_drawing(svg)
    assert "SE Sans" in drawing.font
    for text in drawing.texts:
        assert text.box.inside(drawing.box, tolerance=1.0), (text, drawing.box)
        ratio = contrast(text.fill, drawing.background(text))
        assert ratio >= 4.5, (text, drawing.background(text), ratio)
    for shape in drawing.shapes:
        assert shape.box.inside(drawing.box, tolerance=1.5), (shape, drawing.box)
    for i, one in enumerate(drawing.texts):
        for other in drawing.texts[i + 1 :]:
            assert one.box.grown(-0.5).overlap(other.box.grown(-0.5)) == 0, (one, other)
    return drawing
