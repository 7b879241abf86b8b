"""What the row charts share: the label column at the left and the vertical grid."""

from __future__ import annotations

from collections.abc import Sequence

from survey_engine.document.charts.axis import Scale, tick_labels, ticks
from survey_engine.document.charts.font_metrics import text_width, wrap_text
from survey_engine.document.charts.svg import Canvas

LINE = 13.5


def label_column(
    labels: Sequence[str],
    *,
    size: float = 11.0,
    limit: float = 210.0,
    weights: Sequence[int] = (),
) -> tuple[float, list[tuple[str, ...]]]:
    """Width of the label column and each label broken into lines.

    Labels wrap at `limit` pixels; a word longer than that widens the column instead of
    being cut. `weights` are the labels' font weights (400 where not given): bold is wider.
    """
    heavy = list(weights) or [400] * len(labels)
    lines = [wrap_text(label, size, limit) for label in labels]
    widths = (
        text_width(line, size, weight=weight)
        for group, weight in zip(lines, heavy, strict=True)
        for line in group
    )
    return max(widths, default=0.0), lines


def row_height(lines: Sequence[tuple[str, ...]], *, least: float) -> float:
    """One height for all rows, so that the eye can compare."""
    most = max((len(group) for group in lines), default=1)
    return max(least, most * LINE + 8)


def draw_label(
    canvas: Canvas,
    lines: tuple[str, ...],
    *,
    right: float,
    middle: float,
    size: float = 11.0,
    weight: int = 400,
) -> None:
    """Lines of a row label, right-aligned at `right`, centred on `middle`."""
    first = middle + size * 0.36 - (len(lines) - 1) * LINE / 2
    for index, line in enumerate(lines):
        canvas.text(
            line,
            right,
            first + index * LINE,
            size=size,
            weight=weight,
            anchor="end",
            role="label",
        )


def draw_grid(
    canvas: Canvas, scale: Scale, *, top: float, bottom: float, count: int = 6
) -> float:
    """Vertical grid lines with their values below; returns the baseline of the values."""
    values = ticks(scale.lower, scale.upper, count=count)
    baseline = bottom + 14
    for value, label in zip(values, tick_labels(values), strict=True):
        x = scale(value)
        canvas.line((x, top), (x, bottom), canvas.theme.grid, width=0.9)
        canvas.text(
            label,
            x,
            baseline,
            size=10,
            fill=canvas.theme.muted,
            anchor="middle",
            role="tick",
        )
    return baseline
