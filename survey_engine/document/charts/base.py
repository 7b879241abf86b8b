"""What every chart is: localised labels over numbers, drawn as SVG text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Colours and fonts of a brand; hex colours, all checked for contrast on white."""

    ink: str = "#0F1B33"
    muted: str = "#55607A"
    grid: str = "#E3E7EF"
    accent: str = "#0B5FA5"
    accent_light: str = "#7FB2DC"
    attention: str = "#C4500E"
    attention_text: str = "#A63F08"
    attention_tint: str = "#FBEDE4"
    negative: str = "#8A4B2A"
    neutral: str = "#C9CFDA"
    positive: str = "#1C7A74"
    surface: str = "#F4F6FA"
    white: str = "#FFFFFF"
    font: str = "'SE Sans', 'SE CJK'"
    name: str = ""
    logo: str | None = None


class Chart(Protocol):
    """A figure as a value."""

    def frame(self) -> pd.DataFrame:
        """The numbers drawn, one row a mark."""
        ...

    def draw(self, theme: Theme, *, title: str) -> str:
        """A complete, deterministic ``<svg>`` element with `title` as first child."""
        ...
