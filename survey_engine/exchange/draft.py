"""What a format says of a questionnaire, before it becomes an `Instrument`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from survey_engine.errors import Diagnostic
from survey_engine.instrument.model import ItemType, Texts


@dataclass(frozen=True, kw_only=True)
class Option:
    """One answer: its code as written in the file, and its words by language."""

    code: str
    text: Texts


@dataclass(frozen=True, kw_only=True)
class Options:
    """The answers a question allows.

    Attributes
    ----------
    id : str
        Name of the list, "" where the format gives none.
    entries : tuple of Option
        In the file's order; empty for a bare range.
    minimum, maximum : float or None
        The range of a number, or of answers without a list.
    low, high : Texts
        Words of the ends where the format writes them apart from a list.
    missing : tuple of str
        Codes the format itself declares to be missing.
    """

    id: str = ""
    entries: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    low: Texts = field(default_factory=dict)
    high: Texts = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question as the format has it.

    Attributes
    ----------
    condition : str
        The rule of when it is asked, in the format's own notation; "" for always.
    notes : Mapping
        What this engine wrote beside it on export: keys of an item in the YAML.
    row : int
        Line of the file, from 1, for faults.
    """

    id: str
    text: Texts
    type: ItemType
    options: Options | None = None
    condition: str = ""
    block: str | None = None
    stem: Texts = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    row: int = 1


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A questionnaire as a format has it.

    Attributes
    ----------
    languages : tuple of str
        The main one first.
    blocks : Mapping of str to (title, intro)
    notes : Mapping
        Top-level keys of the YAML that this engine wrote on export.
    left_out : tuple of Diagnostic
        What the format's own reader could not keep.
    """

    id: str
    title: Texts
    languages: tuple[str, ...]
    questions: tuple[Question, ...]
    version: str = "1"
    blocks: Mapping[str, tuple[Texts, Texts]] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Notes:
    """What is written beside the questions so that an import gets it back."""

    top: Mapping[str, Any] = field(default_factory=dict)
    items: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
