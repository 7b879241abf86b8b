"""Rectangles on the drawing, in pixels, y downwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from survey_engine.document.charts.font_metrics import ASCENT, DESCENT, text_width


@dataclass(frozen=True)
class Box:
    """A rectangle with ``left <= right`` and ``top <= bottom``."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Horizontal extent."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Vertical extent."""
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        """The middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def grown(self, margin: float) -> Box:
        """The box with `margin` added on every side."""
        return Box(
            self.left - margin, self.top - margin, self.right + margin, self.bottom + margin
        )

    def overlap(self, other: Box) -> float:
        """Area shared with `other`; 0 when they only touch."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)

    def inside(self, other: Box, *, tolerance: float = 1e-6) -> bool:
        """Whether this box lies within `other`."""
        return (
            self.left >= other.left - tolerance
            and self.right <= other.right + tolerance
            and self.top >= other.top - tolerance
            and self.bottom <= other.bottom + tolerance
        )

    def contains(self, x: float, y: float) -> bool:
        """Whether the point is strictly inside."""
        return self.left < x < self.right and self.top < y < self.bottom


def text_box(
    text: str, x: float, y: float, size: float, *, weight: int = 400, anchor: str = "start"
) -> Box:
    """The box of one line of text with its baseline at (`x`, `y`)."""
    width = text_width(text, size, weight=weight)
    left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    return Box(left, y - ASCENT * size, left + width, y + DESCENT * size)


def total_overlap(box: Box, others: Iterable[Box]) -> float:
    """Sum of the areas `box` shares with each of `others`."""
    return sum(box.overlap(other) for other in others)
