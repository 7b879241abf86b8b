"""An instrument file's text into an `Instrument`."""

from __future__ import annotations

from survey_engine.errors import AuthoringError
from survey_engine.instrument.authored import validated
from survey_engine.instrument.checks import check_instrument
from survey_engine.instrument.model import Instrument
from survey_engine.instrument.yaml_document import compose_document


def parse_instrument(text: str, *, file: str) -> Instrument:
    """Read an instrument.

    Parameters
    ----------
    text : str
        YAML text of the whole file.
    file : str
        Name shown in diagnostics; nothing is opened.

    Raises
    ------
    AuthoringError
        With every fault found: file, line, column, key, what was found, what to write.
    """
    document = compose_document(text, file=file)
    instrument = validated(Instrument, document)
    faults = check_instrument(instrument, document)
    if faults:
        raise AuthoringError(*faults)
    return instrument
