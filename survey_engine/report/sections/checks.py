"""Appendix: the reporting checklist and every diagnostic in words."""

from __future__ import annotations

from survey_engine.document.blocks import Block, Omission, Paragraph, Section, TableBlock
from survey_engine.errors import Diagnostic
from survey_engine.report.sections.context import Context, Table
from survey_engine.study.result import ChecklistLine

_POINTS = {"index_width", "n_per_parameter", "largest_inner_vif", "largest_item_vif"}
_COUNTS = {"resamples", "sample_size", "fornell_larcker_failures"}
_SIGNS = ((">=", "≥"), ("<=", "≤"), (" - ", "–"))
_FLAGS = {"fail": "fail", "caution": "caution"}


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Checklist and diagnostics, each with its reason where absent."""
    built: list[Section | Omission] = []
    if context.result.checklist:
        table = _checklist(context)
        built.append(context.section("checklist", (table,), appendix=True, starts_page=False))
    else:
        built.append(context.omission("checklist", "not_computed"))
    found = _distinct(context)
    blocks: list[Block] = (
        [_diagnostics(context, found)]
        if found
        else [Paragraph(text=context.words.say("report.diagnostics.none"))]
    )
    built.append(context.section("diagnostics", blocks, appendix=True, starts_page=False))
    return tuple(built)


def _checklist(context: Context) -> TableBlock:
    flags: dict[tuple[int, int], str] = {}
    rows = []
    for at, line in enumerate(context.result.checklist):
        if line.verdict in _FLAGS:
            flags[(at, 3)] = _FLAGS[line.verdict]
        rows.append(
            [
                _wording(context, "checklist.items", line.item),
                _value(context, line),
                _wording(context, "checklist.cutoffs", line.cutoff),
                context.words.say(f"labels.verdicts.{line.verdict}"),
                line.source,
            ]
        )
    columns = ("check", "value", "cutoff", "verdict", "source")
    return context.table(
        Table(key="checklist", columns=columns, rows=rows, flags=flags, dense=True)
    )


def _wording(context: Context, at: str, key: str) -> str:
    """The catalogue's words for a line, or the line itself (formulas, cut-offs)."""
    entries = context.words.node(at)
    if key in entries:
        return str(entries[key])
    for plain, sign in _SIGNS:
        key = key.replace(plain, sign)
    return key


def _value(context: Context, line: ChecklistLine) -> str:
    if line.value is None:
        return "–"
    if isinstance(line.value, str):
        return _wording(context, "checklist.values", line.value)
    value = float(line.value)
    if line.item.endswith("_p"):
        return context.numbers.p_value(value)
    if line.item in _POINTS:
        return context.numbers.points(value, 2)
    if value.is_integer() and (abs(value) >= 1 or line.item in _COUNTS):
        return context.numbers.count(value)
    return context.numbers.coefficient(value, 3)


def _distinct(context: Context) -> tuple[Diagnostic, ...]:
    """The study's diagnostics once each, in order."""
    seen: list[Diagnostic] = []
    for found in context.result.diagnostics:
        if found not in seen:
            seen.append(found)
    return tuple(seen)


def _diagnostics(context: Context, found: tuple[Diagnostic, ...]) -> TableBlock:
    rows = []
    for diagnostic in found:
        message, remedy = context.diagnostics.say(diagnostic)
        severity = context.words.say(f"labels.severities.{diagnostic.severity.value}")
        rows.append([severity, message, remedy])
    return context.table(
        Table(
            key="diagnostics",
            columns=("severity", "message", "remedy"),
            rows=rows,
            left=3,
            widths={0: "9%", 1: "50%"},
            dense=True,
        )
    )
