"""The report as plain values: sections of blocks, before any HTML.

Text is in the reader's language already; no arithmetic happens after this point.
Numbers printed in prose are listed in `Finding.evidence` so that a test can find each
of them in the result JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from survey_engine.document.charts.base import Chart


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule-made statement: what is true, how we know, how sure, on which base.

    Attributes
    ----------
    rule : str
        Name of the rule in ``report/narrative/findings.py`` that let it through.
    headline, detail : str
        What is said, localised.
    evidence : Mapping[str, float]
        The numbers said, by their name, unrounded, as in the result JSON.
    uncertainty : str
        Interval and method in words; empty only for counts.
    base : int
        Respondents behind it.
    link : str or None
        Section id with the exhibit.
    """

    rule: str
    headline: str
    detail: str
    evidence: Mapping[str, float]
    uncertainty: str
    base: int
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class FindingList:
    """Numbered findings of the summary page."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """Running text; `style` ``"lead"`` under a title, ``"note"`` small print."""

    text: str
    style: Literal["body", "lead", "note", "warning", "subheading"] = "body"


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One key figure with its interval line and an optional remark."""

    label: str
    value: str
    interval: str
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class TileRow:
    """Up to four key figures side by side."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table: its head and alignment."""

    head: str
    align: Literal["left", "right", "center"] = "right"
    width: str | None = None


@dataclass(frozen=True, kw_only=True)
class TableBlock:
    """A table of formatted cells over the numbers they came from.

    `flags` marks cells (row, column) as ``"fail"``, ``"caution"`` or ``"strong"``;
    each flag is also visible without colour. `numbers` is the unrounded frame.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    flags: Mapping[tuple[int, int], str] = field(default_factory=dict)
    numbers: pd.DataFrame | None = None
    dense: bool = False

    def frame(self) -> pd.DataFrame:
        """The unrounded numbers, or the printed cells where there are none."""
        if self.numbers is not None:
            return self.numbers
        return pd.DataFrame(self.rows, columns=[column.head for column in self.columns])


@dataclass(frozen=True, kw_only=True)
class ChartBlock:
    """A figure that says what it shows, on which base, with which interval.

    The constructor refuses a figure without title, alternative text, base or interval
    method (``"none"`` in words where no interval applies, for instance counts).
    """

    title: str
    alt: str
    base: str
    interval_method: str
    chart: Chart
    subtitle: str = ""

    def __post_init__(self) -> None:
        """Refuse an unlabelled figure."""
        for name in ("title", "alt", "base", "interval_method"):
            if not getattr(self, name).strip():
                raise ValueError(f"a figure needs its {name}")

    def frame(self) -> pd.DataFrame:
        """The numbers drawn."""
        return self.chart.frame()


@dataclass(frozen=True, kw_only=True)
class ActionCard:
    """One proposed action: what, why, expected gain, how sure."""

    rank: int
    title: str
    why: str
    gain: str
    conditions: str


@dataclass(frozen=True, kw_only=True)
class ActionList:
    """Up to three actions."""

    cards: tuple[ActionCard, ...]


@dataclass(frozen=True, kw_only=True)
class DefinitionList:
    """Words and what they mean (how to read, glossary, provenance)."""

    entries: tuple[tuple[str, str], ...]
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class QuestionBlock:
    """A printed question with its answer scale."""

    number: str
    item: str
    text: str
    low: str
    high: str
    codes: tuple[str, ...]
    dont_know: str = ""


Block = (
    FindingList
    | Paragraph
    | TileRow
    | TableBlock
    | ChartBlock
    | ActionList
    | DefinitionList
    | QuestionBlock
)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A chapter of the report."""

    id: str
    kicker: str
    title: str
    blocks: tuple[Block, ...]
    lead: str = ""
    landscape: bool = False
    appendix: bool = False
    starts_page: bool = True


@dataclass(frozen=True, kw_only=True)
class Omission:
    """A page the data cannot support, with the reason, printed in the method chapter."""

    page: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ReportDocument:
    """Everything a renderer needs: cover, sections, omissions, running heads."""

    language: str
    title: str
    subtitle: str
    client: str
    prepared_by: str
    date_line: str
    confidentiality: str
    contents_title: str
    footer: str
    page_word: str
    sections: tuple[Section, ...]
    omissions: tuple[Omission, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
