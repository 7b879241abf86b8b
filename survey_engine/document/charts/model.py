"""The charts' values: what each figure shows. Drawing is one file a chart beside this.

All labels arrive localised and formatted; charts never round, translate or compute.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Band:
    """A named stretch of an axis."""

    lower: float
    upper: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A labelled tick on an axis, such as a benchmark."""

    value: float
    label: str


@dataclass(frozen=True, kw_only=True)
class IntervalRow:
    """A labelled estimate with its interval; `text` is printed at the right."""

    label: str
    est: float
    lower: float | None
    upper: float | None
    text: str
    hollow: bool = False
    emphasis: bool = False


@dataclass(frozen=True, kw_only=True)
class MapMark:
    """A point of the importance-performance map; `share` makes it a bubble of that area."""

    label: str
    x: float
    x_lower: float
    x_upper: float
    y: float
    y_lower: float
    y_upper: float
    attention: bool = False
    hollow: bool = False
    share: float | None = None


@dataclass(frozen=True, kw_only=True)
class MapKey:
    """What dots and bubbles of a map mean: words beside each, and bubbles to compare."""

    filled: str
    hollow: str
    sizes: tuple[tuple[float, str], ...]


@dataclass(frozen=True, kw_only=True)
class Node:
    """A construct of the path diagram on its grid (column, row from top left)."""

    id: str
    label: str
    second_line: str
    column: float
    row: float
    emphasis: bool = False


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A path: width follows `value`; dashed grey when not significant."""

    source: str
    target: str
    value: float
    label: str
    significant: bool


@dataclass(frozen=True, kw_only=True)
class LikertRow:
    """One item: shares of the answer groups (sum 1), base and mean, formatted too."""

    label: str
    shares: tuple[float, ...]
    share_labels: tuple[str, ...]
    n_text: str
    mean_text: str
    extra_text: str = ""


@dataclass(frozen=True, kw_only=True)
class HeatCell:
    """One cell of a heat table; `flag` adds a visible mark, not only a colour."""

    value: float | None
    text: str
    flag: bool = False


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar of a histogram or bar chart."""

    label: str
    value: float
    text: str
    emphasis: bool = False
