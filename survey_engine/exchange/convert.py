"""Any format to an `Instrument` and back, with what is lost on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from survey_engine.errors import (
    Diagnostic,
    UsageProblem,
    Where,
    diagnostic,
)
from survey_engine.exchange.assemble import Imported, assembled
from survey_engine.exchange.cells import refusal
from survey_engine.exchange.draft import Notes
from survey_engine.exchange.formats import FORMATS, Format
from survey_engine.exchange.losses import losses_between, notes_between
from survey_engine.exchange.words import in_languages
from survey_engine.instrument.dump import plain
from survey_engine.instrument.model import Instrument

_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError)


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A questionnaire as another program reads it.

    Attributes
    ----------
    content : bytes
    companions : Mapping of str to bytes
        Further files by the ending that replaces the first one's.
    losses : tuple of Diagnostic
        What the format does not carry, found by reading the file back where it can be.
    """

    content: bytes
    companions: Mapping[str, bytes]
    losses: tuple[Diagnostic, ...]


def format_named(name: str, *, wanted: str) -> Format:
    """The format of an id; `wanted` is ``import`` or ``export``.

    Raises
    ------
    UsageProblem
        EXCHANGE_UNKNOWN_FORMAT with those there are.
    """
    able = [one for one in FORMATS if one.can(wanted)]
    for one in able:
        if one.id == name:
            return one
    known = [one.id for one in able]
    raise UsageProblem(
        diagnostic("EXCHANGE_UNKNOWN_FORMAT", name=name, known=known, action=wanted)
    )


def import_instrument(content: bytes, *, file: str, format_id: str | None = None) -> Imported:
    """Read another program's questionnaire.

    Parameters
    ----------
    content : bytes
    file : str
        Name shown in diagnostics; nothing is opened.
    format_id : str, optional
        Id of the format; recognised from the content if None.

    Raises
    ------
    ResponseError
        EXCHANGE_NOT_RECOGNISED, EXCHANGE_BROKEN, EXCHANGE_TOO_LARGE, UNSAFE_XML, or what
        the readers refuse.
    UsageProblem
        EXCHANGE_UNKNOWN_FORMAT.
    AuthoringError
        The questionnaire has faults the parser of instruments names.
    """
    if not content.strip():
        raise refusal("EMPTY_FILE", file)
    if format_id is not None:
        chosen = format_named(format_id, wanted="import")
    else:
        able = [one for one in FORMATS if one.can("import") and one.recognises(content)]
        if not able:
            known = [one.id for one in FORMATS if one.can("import")]
            raise refusal("EXCHANGE_NOT_RECOGNISED", file, known=known)
        chosen = able[0]
    try:
        found = assembled(chosen.read(content, file), file=file)
    except _MALFORMED as problem:  # a value of another kind than the format has there
        reason = type(problem).__name__
        raise refusal("EXCHANGE_BROKEN", file, reason=reason) from problem
    return Imported(instrument=found.instrument, losses=found.losses, format=chosen.id)


def export_instrument(
    instrument: Instrument, format_id: str, *, languages: Sequence[str] = ()
) -> Exported:
    """Write a questionnaire for another program.

    Parameters
    ----------
    instrument : Instrument
    format_id : str
    languages : sequence of str
        Those to write, the main one first; all of the instrument if empty, and the first
        alone where the format has one language.

    Raises
    ------
    UsageProblem
        EXCHANGE_UNKNOWN_FORMAT, UNKNOWN_LANGUAGE.
    """
    chosen = format_named(format_id, wanted="export")
    kept = _languages(instrument, languages, one=chosen.one_language)
    data = in_languages(_plain(instrument), kept)
    losses = []
    if left := [code for code in instrument.languages if code not in kept]:
        losses.append(
            diagnostic("EXCHANGE_LANGUAGES_LEFT_OUT", languages=left, kept=list(kept))
        )
    notes = Notes()
    if chosen.carries_notes:
        notes = _notes(data, chosen)
    content = chosen.write(data, notes)
    if chosen.can("import"):
        losses += losses_between(data, _read_back(content, chosen), format_id=chosen.id)
    else:
        losses += _always(data, chosen)
    companions = chosen.companions(data) if chosen.companions else {}
    return Exported(content=content, companions=companions, losses=tuple(losses))


def _always(data: Mapping[str, Any], chosen: Format) -> list[Diagnostic]:
    """The losses of a format that cannot be read back."""
    found = []
    for code in chosen.always_lost:
        key = "block" if code == "EXCHANGE_LOST_BLOCKS" else "id"
        items = tuple(item["id"] for item in data["items"] if item.get(key))
        if items:
            where = Where(items=items)
            found.append(diagnostic(code, where=where, format=chosen.id, count=len(items)))
    return found


def _plain(instrument: Instrument) -> dict[str, Any]:
    return {"schema": "1", **plain(instrument)}


def _languages(instrument: Instrument, wanted: Sequence[str], *, one: bool) -> tuple[str, ...]:
    unknown = [code for code in wanted if code not in instrument.languages]
    if unknown:
        raise UsageProblem(
            diagnostic("UNKNOWN_LANGUAGE", name=unknown[0], known=list(instrument.languages))
        )
    kept = tuple(dict.fromkeys(wanted)) or instrument.languages
    return kept[:1] if one else kept


def _read_back(content: bytes, chosen: Format) -> dict[str, Any]:
    found = assembled(chosen.read(content, f"export.{chosen.extensions[0]}"), file="export")
    return _plain(found.instrument)


def _notes(data: Mapping[str, Any], chosen: Format) -> Notes:
    """What the format's own fields do not bring back: names first, then the rest."""
    names = Notes(
        top={"id": data["id"]},
        items={
            item["id"]: {key: item[key] for key in ("id", "scale") if key in item}
            if chosen.changes_names
            else {}
            for item in data["items"]
        },
    )
    native = _read_back(chosen.write(data, names), chosen)
    return notes_between(data, native, names)
