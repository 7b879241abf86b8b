"""A statement that a rule let through, before it is worded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from survey_engine.estimation.estimates import Estimate


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A statement that is true, before it is worded.

    Attributes
    ----------
    rule : str
        Key under ``findings`` in the wording files.
    numbers : Mapping[str, Estimate]
        The estimates said, by the placeholder's name.
    constructs, items : Mapping[str, str]
        Ids to be named in the reader's language, by the placeholder's name.
    base : int
    link : str
        Id of the section with the exhibit.
    counts : Mapping[str, int]
    listed : tuple[str, ...]
        Constructs the sentence enumerates.
    texts : Mapping[str, str]
        Words of the data themselves, such as a segment's name.
    """

    rule: str
    base: int
    link: str
    numbers: Mapping[str, Estimate] = field(default_factory=dict)
    constructs: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    listed: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
