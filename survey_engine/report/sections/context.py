"""What every section gets: the result, the words, and builders of labelled blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import pandas as pd

from survey_engine.document.blocks import (
    Block,
    ChartBlock,
    Column,
    Omission,
    Paragraph,
    Section,
    TableBlock,
)
from survey_engine.document.charts.base import Chart
from survey_engine.estimation.estimates import Estimate
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.report.narrative.diagnostics import DiagnosticWording
from survey_engine.report.narrative.labels import Labels
from survey_engine.report.narrative.numbers import Numbers
from survey_engine.report.narrative.telling import Teller
from survey_engine.report.narrative.wording import Wording
from survey_engine.spec.model import Roles
from survey_engine.study.result import StudyResult

Style = Literal["body", "lead", "note", "warning", "subheading"]


@dataclass(frozen=True, kw_only=True)
class BrandTexts:
    """What the cover and the running feet say; reading bands of the index.

    Attributes
    ----------
    client, prepared_by, date_line : str
        Empty parts are left out of the cover.
    title, confidentiality : str
        Empty: the wording file's own.
    bands : tuple[float, float]
        Bounds of the reading bands in index points: below the first the relation is at
        risk, from the second on it is strong (EPSI Rating's rule of thumb).
    """

    client: str = ""
    prepared_by: str = ""
    date_line: str = ""
    title: str = ""
    confidentiality: str = ""
    bands: tuple[float, float] = (60.0, 75.0)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table before its words: `key` under ``report.tables``, text first, then numbers."""

    key: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1
    flags: dict[tuple[int, int], str] = field(default_factory=dict)
    numbers: pd.DataFrame | None = None
    note: str = ""
    dense: bool = False
    widths: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Context:
    """One report in the making."""

    result: StudyResult
    words: Wording
    numbers: Numbers
    labels: Labels
    brand: BrandTexts
    omissions: tuple[Omission, ...] = ()

    @cached_property
    def level(self) -> str:
        """Confidence level in words."""
        return self.numbers.percent(self.result.spec.confidence)

    @cached_property
    def interval_words(self) -> str:
        """How the intervals of the model's numbers were made."""
        ledger = self.result.resamples
        drawn = any(row.ci_lower is not None for row in self.result.total_effects)
        if ledger is None or not drawn:
            return self.words.say("labels.no_resamples", level=self.level)
        return self.words.say(
            "labels.bootstrap_interval",
            level=self.level,
            resamples=self.numbers.count(ledger.usable),
            kind=self.words.choose("labels.interval_kinds", ledger.interval),
        )

    @cached_property
    def observed_items(self) -> tuple[str, ...]:
        """Questions the model was fitted to; scores and products it made are none."""
        fit = self.result.fit
        first = fit.first_stage if isinstance(fit, PlsFit) else None
        spec = self.result.model if first is None else first.spec
        return tuple(item for item in spec.indicators if item in self.result.data.columns)

    @cached_property
    def base(self) -> str:
        """The base line under a figure of the whole sample."""
        key = "labels.base_weighted" if self.result.data.weights is not None else "labels.base"
        return self.words.say(
            key,
            n=self.numbers.count(self.result.n),
            effective=self.numbers.count(self.result.n_effective),
        )

    @cached_property
    def teller(self) -> Teller:
        """Words findings."""
        return Teller(
            words=self.words,
            numbers=self.numbers,
            labels=self.labels,
            interval_words=self.interval_words,
            level=self.level,
        )

    @cached_property
    def diagnostics(self) -> DiagnosticWording:
        """Words diagnostics."""
        names = {
            name: self.labels.construct(name) for name in self.result.model.construct_names
        }
        return DiagnosticWording(catalogue=self.words.catalogue, names=names)

    @cached_property
    def roles(self) -> Roles:
        """The model's roles; the last endogenous construct stands in for a missing index."""
        if self.result.model.roles is not None:
            return self.result.model.roles
        if self.result.index is not None:
            return Roles(index=self.result.index.construct)
        return Roles(index=self.result.model.construct_names[-1])

    def aside(self, row: Estimate, show: Callable[[float | None], str]) -> str:
        """The interval of an estimate as it stands in a sentence; empty without one."""
        interval = self.numbers.interval_of(row, show)
        if not interval:
            return ""
        return self.words.say("formats.aside", interval=interval, level=self.level)

    def section(
        self,
        section_id: str,
        blocks: Sequence[Block],
        *,
        title: str | None = None,
        lead: str | None = None,
        appendix: bool = False,
        starts_page: bool = True,
    ) -> Section:
        """A section with the words under ``report.sections.<id>``."""
        at = f"report.sections.{section_id}"
        return Section(
            id=section_id,
            kicker=self.words.say(f"{at}.kicker"),
            title=self.words.say(f"{at}.title") if title is None else title,
            lead=self.words.say(f"{at}.lead") if lead is None else lead,
            blocks=tuple(blocks),
            appendix=appendix,
            starts_page=starts_page,
        )

    def reason(self, usual: str) -> str:
        """Why a result page is absent: the solution, missing resamples, or `usual`."""
        if self.result.assessment.admissibility.verdict == "no" and self.result.index is None:
            return "not_admissible"
        drawn = any(row.ci_lower is not None for row in self.result.total_effects)
        return usual if drawn else "no_resamples"

    def omission(self, page: str, reason: str, **values: object) -> Omission:
        """A page left out, with the reason in words."""
        return Omission(
            page=self.words.say(f"report.omitted.pages.{page}"),
            reason=self.words.say(f"report.omitted.reasons.{reason}", **values),
        )

    def text(self, key: str, style: Style = "body", **values: object) -> Paragraph:
        """A paragraph from ``report.<key>``."""
        return Paragraph(text=self.words.say(f"report.{key}", **values), style=style)

    def figure(
        self,
        key: str,
        chart: Chart,
        *,
        base: str | None = None,
        method: str | None = None,
        **values: object,
    ) -> ChartBlock:
        """A figure with the words under ``report.figures.<key>``."""
        at = f"report.figures.{key}"
        return ChartBlock(
            title=self.words.say(f"{at}.title", **values),
            subtitle=self.words.say(f"{at}.subtitle", level=self.level, **values),
            alt=self.words.say(f"{at}.alt", **values),
            base=self.base if base is None else base,
            interval_method=self.interval_words if method is None else method,
            chart=chart,
        )

    def table(self, table: Table, **values: object) -> TableBlock:
        """A table with the words under ``report.tables.<key>``; heads under ``heads``."""
        heads = [
            self.words.say(f"heads.{column}", level=self.level) if column else ""
            for column in table.columns
        ]
        at = f"report.tables.{table.key}"
        note = table.note
        if not note and self.words.has(f"{at}.note"):
            note = self.words.say(f"{at}.note", level=self.level, **values)
        return TableBlock(
            title=self.words.say(f"{at}.title", **values),
            columns=tuple(
                Column(
                    head=head,
                    align="left" if place < table.left else "right",
                    width=table.widths.get(place),
                )
                for place, head in enumerate(heads)
            ),
            rows=tuple(tuple(row) for row in table.rows),
            note=note,
            flags=table.flags,
            numbers=table.numbers,
            dense=table.dense,
        )
