"""Which column is which item: the decisions, how sure they are, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from survey_engine.errors import Diagnostic

# Confidence by evidence; everything at or above the bar is used, ties are asked.
CONFIDENCE: dict[str, float] = {
    "given": 1.0,
    "id": 1.0,
    "alias": 0.98,
    "id_ignoring_case": 0.95,
    "choice_name": 0.95,
    "matrix_code": 0.90,
    "question_text": 0.90,
    "choice_label": 0.90,
    "statement": 0.88,
    "choice_group": 0.88,
    "short_label": 0.80,
    "choice_word": 0.80,
    "question_text_within": 0.70,
    "question_text_cut": 0.70,
    "answers": 0.70,
    "position": 0.55,
    "unmatched": 0.0,
}
# Below this a match is used and shown for confirmation.
SURE = 0.85


class ColumnMapping(BaseModel):
    """Columns of a file by item id, as a person writes it in a mapping file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[str, str] = Field(
        default_factory=dict, description="column in the file by item id"
    )
    ignore: tuple[str, ...] = Field(default=(), description="items not to look for")
    choices: dict[str, dict[int, str]] = Field(
        default_factory=dict, description="column by choice code of multiple-choice items"
    )
    option_numbers: dict[str, bool] = Field(
        default_factory=dict, description="whether 0-10 answers are counted from 1, by item"
    )
    platform: str = Field(default="", description="survey tool of the file it was made for")
    file_columns: tuple[str, ...] = Field(
        default=(), description="columns of the file it was made for"
    )


@dataclass(frozen=True, kw_only=True)
class MappedItem:
    """One item's column, how sure that is, and why.

    Attributes
    ----------
    item : str
    column : str or None
    confidence : float
        0 (no column) to 1 (given, or the id itself).
    evidence : str
        A key of `CONFIDENCE`, or ``"ambiguous"``.
    candidates : tuple[str, ...]
        The columns that fit equally well, when ambiguous.
    parts : Mapping[int, str]
        Columns by choice, where a multiple-choice question has one column a choice.
    text_column : str or None
        Column of the text typed for "other".
    beside : tuple[str, ...]
        Further columns with the same answers.
    """

    item: str
    column: str | None
    confidence: float
    evidence: str
    candidates: tuple[str, ...] = ()
    parts: Mapping[int, str] = field(default_factory=dict)
    text_column: str | None = None
    beside: tuple[str, ...] = ()

    @property
    def matched(self) -> bool:
        """Whether the item has its answers somewhere in the file."""
        return self.column is not None or bool(self.parts)

    @property
    def taken(self) -> tuple[str, ...]:
        """Every column of the file that holds answers to this item."""
        text = () if self.text_column is None else (self.text_column,)
        whole = () if self.column is None else (self.column,)
        return tuple(dict.fromkeys((*whole, *self.parts.values(), *text, *self.beside)))


@dataclass(frozen=True, kw_only=True)
class MappingResult:
    """Every item with its column, the columns left over, and what to ask."""

    items: tuple[MappedItem, ...]
    unmatched_columns: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    option_numbers: Mapping[str, bool] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, str]:
        """Column by item id, matched items only."""
        return {one.item: one.column for one in self.items if one.column is not None}
