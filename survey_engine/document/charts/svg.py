"""A small SVG writer: text out, fixed decimals, one attribute order.

``font-family`` stands on the root because text inside an inline drawing does not inherit
the page's font in WeasyPrint, and the alternative text is the root's first child because
that is the only place it is read from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TypedDict, Unpack

from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.boxes import Box, text_box

WIDTH = 658.0


def number(value: float) -> str:
    """At most two decimals, no trailing zeros, never ``-0``.

    Raises
    ------
    ValueError
        For a value that is not finite: it has no place on a drawing.
    """
    if not math.isfinite(value):
        raise ValueError("a position on a drawing must be finite")
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


class TextStyle(TypedDict, total=False):
    """How a line of text is set; `role` becomes its class, for tests to find it by."""

    size: float
    fill: str
    weight: int
    anchor: str
    role: str


class Canvas:
    """Collects the marks of one drawing; the only mutable thing of the chart layer."""

    def __init__(self, theme: Theme, *, width: float = WIDTH) -> None:
        self.theme = theme
        self.width = width
        self.height = 0.0
        self.text_boxes: list[Box] = []
        self._parts: list[str] = []

    def _add(self, tag: str, attributes: dict[str, object], content: str | None = None) -> None:
        words = " ".join(
            f'{name.replace("_", "-").rstrip("-")}="{self._value(value)}"'
            for name, value in attributes.items()
            if value is not None
        )
        end = "/>" if content is None else f">{content}</{tag}>"
        self._parts.append(f"<{tag} {words}{end}")

    @staticmethod
    def _value(value: object) -> str:
        if isinstance(value, (int, float)):
            return number(float(value))
        return escape(str(value), quote=True)

    def rect(self, box: Box, fill: str, *, radius: float = 0.0, **more: object) -> None:
        """A filled rectangle."""
        self._add(
            "rect",
            {
                "x": box.left,
                "y": box.top,
                "width": box.width,
                "height": box.height,
                "rx": radius or None,
                "fill": fill,
                **more,
            },
        )

    def line(
        self, start: tuple[float, float], end: tuple[float, float], stroke: str, **more: object
    ) -> None:
        """A straight line; ``width=`` and ``dash=`` are understood."""
        self._add(
            "line",
            {
                "x1": start[0],
                "y1": start[1],
                "x2": end[0],
                "y2": end[1],
                "stroke": stroke,
                **_stroke(more),
            },
        )

    def circle(
        self, centre: tuple[float, float], radius: float, fill: str, **more: object
    ) -> None:
        """A disc, or a ring with ``stroke=``."""
        self._add(
            "circle",
            {"cx": centre[0], "cy": centre[1], "r": radius, "fill": fill, **_stroke(more)},
        )

    def path(self, points: Sequence[str | float], **more: object) -> None:
        """A path from commands and coordinates."""
        data = " ".join(p if isinstance(p, str) else number(p) for p in points)
        self._add("path", {"d": data, **_stroke(more)})

    def text(self, text: str, x: float, y: float, **style: Unpack[TextStyle]) -> Box:
        """One line of text with its baseline at (`x`, `y`); returns its box."""
        size, weight = style.get("size", 11.0), style.get("weight", 400)
        anchor = style.get("anchor", "start")
        box = text_box(text, x, y, size, weight=weight, anchor=anchor)
        if not text:
            return box
        self.text_boxes.append(box)
        self._add(
            "text",
            {
                "x": x,
                "y": y,
                "font_size": size,
                "font_weight": None if weight == 400 else weight,
                "text_anchor": None if anchor == "start" else anchor,
                "fill": style.get("fill", self.theme.ink),
                "class_": style.get("role"),
            },
            escape(text),
        )
        return box

    def vertical_text(self, text: str, x: float, y: float, *, size: float, fill: str) -> None:
        """One line reading upwards, centred on `y`, its middle line at `x`."""
        half = text_box(text, 0, 0, size).width / 2
        self.text_boxes.append(Box(x - size * 0.6, y - half, x + size * 0.6, y + half))
        turn = f"translate({number(x + size * 0.36)} {number(y)}) rotate(-90)"
        attributes = {"font_size": size, "text_anchor": "middle", "fill": fill}
        self._add("text", {"transform": turn, **attributes, "class_": "label"}, escape(text))

    def render(self, title: str) -> str:
        """The complete ``<svg>`` element."""
        size = f'width="{number(self.width)}" height="{number(self.height)}"'
        view = f'viewBox="0 0 {number(self.width)} {number(self.height)}"'
        family = escape(self.theme.font, quote=True)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} role="img" '
            f'font-family="{family}"><title>{escape(title)}</title>{"".join(self._parts)}</svg>'
        )


def _stroke(more: dict[str, object]) -> dict[str, object]:
    names = {"width": "stroke_width", "dash": "stroke_dasharray", "cap": "stroke_linecap"}
    return {names.get(name, name): value for name, value in more.items()}
