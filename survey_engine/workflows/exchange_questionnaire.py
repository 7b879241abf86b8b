"""Questionnaires from and for other programs, as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from survey_engine.errors import Diagnostic, UsageProblem, diagnostic
from survey_engine.exchange.assemble import Imported
from survey_engine.exchange.convert import export_instrument, import_instrument
from survey_engine.exchange.formats import FORMATS
from survey_engine.instrument.dump import dump_instrument
from survey_engine.workflows.resources import existing_file, load_instrument
from survey_engine.workflows.write_file import write_atomically


def import_questionnaire(
    path: Path, out: Path | None = None, *, format_id: str | None = None
) -> Imported:
    """Read another program's questionnaire; with `out` write it as YAML.

    Raises
    ------
    SurveyEngineError
        See `survey_engine.exchange.convert.import_instrument`; FILE_NOT_FOUND,
        OUTPUT_NOT_WRITABLE.
    """
    found = import_instrument(
        existing_file(path).read_bytes(), file=path.name, format_id=format_id
    )
    if out is not None:
        write_atomically(out, dump_instrument(found.instrument).encode("utf-8"))
    return found


def export_questionnaire(
    name: str, out: Path, *, format_id: str | None = None, languages: Sequence[str] = ()
) -> tuple[tuple[Path, ...], tuple[Diagnostic, ...]]:
    """Write a preset or file for another program: the files and the losses.

    Parameters
    ----------
    name : str
    out : Path
    format_id : str, optional
        The first format with the ending of `out` if None.

    Raises
    ------
    SurveyEngineError
        EXCHANGE_UNKNOWN_FORMAT, UNKNOWN_LANGUAGE, OUTPUT_NOT_WRITABLE, or what the
        instrument is refused for.
    """
    made = export_instrument(
        load_instrument(name), format_id or _format_of(out), languages=languages
    )
    written = [write_atomically(out, made.content)]
    for ending, content in made.companions.items():
        written.append(write_atomically(out.with_suffix(ending), content))
    return tuple(written), made.losses


def _format_of(out: Path) -> str:
    ending = out.suffix.lower().removeprefix(".")
    able = [one for one in FORMATS if one.can("export")]
    for one in able:
        if ending in one.extensions:
            return one.id
    known = [one.id for one in able]
    raise UsageProblem(
        diagnostic("EXCHANGE_UNKNOWN_FORMAT", name=out.name, known=known, action="export")
    )
