"""The self-test as a report document: a page of requirements, then every cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from survey_engine.document.blocks import (
    Column,
    DefinitionList,
    ReportDocument,
    Section,
    TableBlock,
    Tile,
    TileRow,
)
from survey_engine.report.narrative.wording import Wording
from survey_engine.validation.check import Check, Outcome
from survey_engine.validation.run import Validation

_FLAGS = {"fail": "fail", "not run": "caution"}


def compose_validation(
    found: Validation,
    *,
    language: str,
    wording: Mapping[str, Any],
    facts: Mapping[str, str],
) -> ReportDocument:
    """Compose the self-test.

    Parameters
    ----------
    found : Validation
    language : str
    wording : Mapping[str, Any]
    facts : Mapping[str, str]
        Versions and machine, printed as they are.
    """
    words = Wording(language=language, catalogue=wording)
    summary = Section(
        id="validation",
        kicker=words.say("validation.kicker"),
        title=words.say(f"validation.titles.{found.verdict.replace(' ', '_')}"),
        lead=words.say("validation.lead"),
        blocks=(
            _tiles(found, words),
            _requirements(found, words),
            DefinitionList(entries=tuple(facts.items()), title=words.say("validation.machine")),
        ),
    )
    cells = [_cells(one, words) for one in found.outcomes if one.checks]
    details = Section(
        id="validation-cells",
        kicker=words.say("validation.kicker"),
        title=words.say("validation.cells"),
        lead=words.say("validation.how"),
        blocks=tuple(cells),
        appendix=True,
    )
    return ReportDocument(
        language=language,
        title=words.say("validation.title"),
        subtitle=words.say("validation.subtitle"),
        client="survey_engine",
        prepared_by="",
        date_line="",
        confidentiality="",
        contents_title=words.say("report.cover.contents"),
        footer=words.say("validation.title"),
        page_word=words.say("report.cover.page"),
        sections=(summary, details),
    )


def _tiles(found: Validation, words: Wording) -> TileRow:
    verdicts = [one.verdict for one in found.outcomes]
    tiles = [
        Tile(
            label=words.say(f"validation.counts.{verdict.replace(' ', '_')}"),
            value=str(verdicts.count(verdict)),
            interval="",
        )
        for verdict in ("pass", "fail", "not run")
    ]
    tiles.append(
        Tile(label=words.say("validation.counts.cells"), value=f"{found.cells:,}", interval="")
    )
    return TileRow(tiles=tuple(tiles))


def _requirements(found: Validation, words: Wording) -> TableBlock:
    heads = words.node("validation.heads")
    rows, flags = [], {}
    for at, one in enumerate(found.outcomes):
        rows.append(summary_row(one, words))
        if one.verdict in _FLAGS:
            flags[at, 5] = _FLAGS[one.verdict]
    return TableBlock(
        title=words.say("validation.table"),
        columns=tuple(
            Column(head=head, align="left" if k < 3 else "right")
            for k, head in enumerate(heads)
        ),
        rows=tuple(rows),
        flags=flags,
        dense=True,
    )


def summary_row(one: Outcome, words: Wording) -> tuple[str, ...]:
    """Requirement, source, worst cell, its difference and tolerance, verdict."""
    name = words.say(f"validation.requirements.{one.requirement.id}")
    verdict = words.say(f"validation.verdicts.{one.verdict.replace(' ', '_')}")
    worst = one.worst
    if worst is None:
        reason = words.say("validation.missing", names=", ".join(one.missing))
        return (name, one.requirement.source, reason, "–", "–", verdict)
    return (name, one.requirement.source, worst.cell, *_gap(worst, words), verdict)


def _gap(check: Check, words: Wording) -> tuple[str, str]:
    if check.measure == "digits":
        unit = words.say("validation.digits")
        return f"{check.difference:.1f} {unit}", f"≥ {check.tolerance:g} {unit}"
    if check.measure == "equal":
        return f"{check.difference:g}", "0"
    return f"{check.difference:.1e}", f"≤ {check.tolerance:g}"


def _cells(one: Outcome, words: Wording) -> TableBlock:
    rows = [
        (
            check.cell,
            f"{check.value:.12g}",
            f"{check.reference:.12g}",
            *_gap(check, words),
            words.say(f"validation.verdicts.{'pass' if check.passes else 'fail'}"),
        )
        for check in one.checks
    ]
    heads = words.node("validation.cell_heads")
    return TableBlock(
        title=words.say(f"validation.requirements.{one.requirement.id}"),
        columns=tuple(
            Column(head=head, align="left" if k == 0 else "right")
            for k, head in enumerate(heads)
        ),
        rows=tuple(rows),
        flags={(k, 5): "fail" for k, check in enumerate(one.checks) if not check.passes},
        note=one.requirement.source,
        dense=True,
    )
