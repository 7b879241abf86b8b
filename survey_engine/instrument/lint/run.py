"""All remarks of the lint, with those the file accepts set apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.instrument.lint.constructs import lint_constructs
from survey_engine.instrument.lint.length import lint_length
from survey_engine.instrument.lint.names import (
    lint_languages,
    lint_names,
    lint_open_questions,
    lint_order,
)
from survey_engine.instrument.lint.scales import lint_scales
from survey_engine.instrument.lint.wordings import lint_wordings
from survey_engine.instrument.model import Accepted, Instrument

CORRELATION = 0.55
"""Mean correlation among questions of one construct on ten-point scales, as expected."""


@dataclass(frozen=True, kw_only=True)
class LintReport:
    """What the lint found.

    Attributes
    ----------
    remarks : tuple[Diagnostic, ...]
        Errors, warnings and notes that stand.
    accepted : tuple[tuple[Diagnostic, str], ...]
        Remarks the questionnaire keeps on purpose, each with the reason it gives.
    """

    remarks: tuple[Diagnostic, ...]
    accepted: tuple[tuple[Diagnostic, str], ...] = ()


def lint(
    instrument: Instrument,
    *,
    languages: Sequence[str] = (),
    correlation: float = CORRELATION,
    further: Iterable[Diagnostic] = (),
) -> LintReport:
    """Read a questionnaire before it is fielded.

    Parameters
    ----------
    instrument : Instrument
    languages : sequence of str
        Languages it will be fielded in.
    correlation : float
        Expected mean correlation among the questions of a construct, for the projected
        reliability.
    further : iterable of Diagnostic
        Remarks of others, such as those on its models.

    Returns
    -------
    LintReport
        A remark is accepted when an entry of ``accepted`` names its code and, if it
        names items, all items of the remark. Entries that fit nothing are remarked on.
    """
    found = [
        *lint_languages(instrument, languages),
        *lint_names(instrument),
        *lint_order(instrument),
        *lint_scales(instrument),
        *lint_wordings(instrument),
        *lint_constructs(instrument, correlation=correlation),
        *lint_length(instrument),
        *lint_open_questions(instrument),
        *further,
    ]
    used: set[Accepted] = set()
    remarks: list[Diagnostic] = []
    kept: list[tuple[Diagnostic, str]] = []
    for one in found:
        entry = next((e for e in instrument.accepted if _covers(e, one)), None)
        if entry is None:
            remarks.append(one)
        else:
            used.add(entry)
            kept.append((one, entry.because))
    for entry in instrument.accepted:
        # A bank or module may accept what shows only in a questionnaire that takes it.
        if entry not in used and instrument.kind == "questionnaire":
            where = Where(items=entry.items)
            remarks.append(diagnostic("LINT_ACCEPTED_UNUSED", where=where, accepted=entry.code))
    return LintReport(remarks=tuple(remarks), accepted=tuple(kept))


def _covers(entry: Accepted, remark: Diagnostic) -> bool:
    items = set(remark.where.items)
    fits = not entry.items or (bool(items) and items <= set(entry.items))
    return entry.code == remark.code and fits
