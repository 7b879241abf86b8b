"""An instrument file's text into an `Instrument`."""

from __future__ import annotations

from survey_engine.instrument.includes import Library, checked_instrument, with_includes
from survey_engine.instrument.model import Instrument
from survey_engine.instrument.yaml_document import compose_document


def parse_instrument(text: str, *, file: str, library: Library | None = None) -> Instrument:
    """Read an instrument.

    Parameters
    ----------
    text : str
        YAML text of the whole file.
    file : str
        Name shown in diagnostics; nothing is opened.
    library : callable, optional
        Finds the instruments named under ``include``: from a name to its text and file
        name, None if there is none. Without it every include is unknown.

    Raises
    ------
    AuthoringError
        With every fault found: file, line, column, key, what was found, what to write.
    """
    return checked_instrument(with_includes(compose_document(text, file=file), library))
