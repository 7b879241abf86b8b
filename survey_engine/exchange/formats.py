"""The formats, one module each: what it can do and how it is recognised.

A new format is one module with `recognises`, `read` and `write` (any may be absent) and a
line in `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from survey_engine.exchange import (
    ddi,
    limesurvey_lss,
    limesurvey_tsv,
    qualtrics,
    redcap,
    spss,
    surveyjs,
    triple_s,
    xlsform,
    xlsform_write,
)
from survey_engine.exchange.draft import Draft, Notes

Data = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Format:
    """One exchange format.

    Attributes
    ----------
    id : str
        The word after ``--format``.
    extensions : tuple of str
        Usual endings, the one we write first.
    recognises : callable
        From the content to whether it is of this format; cheap, never raises.
    reader, writer : callable or None
        None where this direction is not offered.
    carries_notes : bool
        Whether it has a place where constructs, directions and the like survive.
    changes_names : bool
        Whether ids or scale names are written otherwise than they are.
    one_language : bool
    always_lost : tuple of str
        Diagnostic codes of an export that cannot be read back.
    companions : callable or None
        Further files of an export by their ending.
    """

    id: str
    extensions: tuple[str, ...]
    recognises: Callable[[bytes], bool] = lambda _: False
    reader: Callable[[bytes, str], Draft] | None = None
    writer: Callable[[Data, Notes], bytes] | None = None
    carries_notes: bool = False
    changes_names: bool = True
    one_language: bool = False
    always_lost: tuple[str, ...] = ()
    companions: Callable[[Data], Mapping[str, bytes]] | None = None

    def can(self, action: str) -> bool:
        """Whether it does ``import`` or ``export``."""
        return (self.reader if action == "import" else self.writer) is not None

    def read(self, content: bytes, file: str) -> Draft:
        """The draft of a file; ResponseError."""
        if self.reader is None:
            raise LookupError(self.id)
        return self.reader(content, file)

    def write(self, data: Data, notes: Notes) -> bytes:
        """The file of an instrument's plain data."""
        if self.writer is None:
            raise LookupError(self.id)
        return self.writer(data, notes)


FORMATS: tuple[Format, ...] = (
    Format(
        id="xlsform",
        extensions=("xlsx",),
        recognises=xlsform.recognises,
        reader=xlsform.read,
        writer=xlsform_write.write,
        carries_notes=True,
        changes_names=False,
    ),
    Format(
        id="redcap",
        extensions=("csv",),
        recognises=redcap.recognises,
        reader=redcap.read,
        writer=redcap.write,
        carries_notes=True,
        one_language=True,
    ),
    Format(
        id="qualtrics",
        extensions=("qsf",),
        recognises=qualtrics.recognises,
        reader=qualtrics.read,
    ),
    Format(
        id="surveyjs",
        extensions=("json",),
        recognises=surveyjs.recognises,
        reader=surveyjs.read,
        writer=surveyjs.write,
        carries_notes=True,
    ),
    Format(
        id="limesurvey",
        extensions=("txt", "tsv"),
        recognises=limesurvey_tsv.recognises,
        reader=limesurvey_tsv.read,
        writer=limesurvey_tsv.write,
        carries_notes=True,
    ),
    Format(
        id="lss",
        extensions=("lss",),
        recognises=limesurvey_lss.recognises,
        reader=limesurvey_lss.read,
    ),
    Format(
        id="triple-s",
        extensions=("sss", "xml"),
        recognises=triple_s.recognises,
        reader=triple_s.read,
        writer=triple_s.write,
    ),
    Format(
        id="spss",
        extensions=("sav",),
        recognises=spss.recognises,
        reader=spss.read,
        writer=spss.write,
        one_language=True,
        companions=spss.companions,
    ),
    Format(id="ddi", extensions=("xml",), writer=ddi.write, always_lost=ddi.LOST),
)
"""Imports try them in this order."""
