"""What was asked: items, response scales and the versioned questionnaire.

Authored by people, therefore pydantic: frozen, extra fields forbidden.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Texts = dict[str, str]
"""Words by language code, such as ``{"en": "...", "zh": "..."}``."""

MissingKind = Literal["dont_know", "not_asked", "skipped", "not_reached", "refused"]


class _Authored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ResponseScale(_Authored):
    """The answers an item allows: an integer range with anchors, or listed codes.

    `missing` maps special codes (as they stand in exports) to what they mean.
    """

    id: str = Field(min_length=1)
    minimum: float
    maximum: float
    low: Texts = Field(default_factory=dict, description="words of the lowest answer")
    high: Texts = Field(default_factory=dict, description="words of the highest answer")
    labels: dict[int, Texts] = Field(default_factory=dict)
    missing: dict[int, MissingKind] = Field(default_factory=dict)
    dont_know: Texts = Field(default_factory=dict, description="words of the don't-know answer")


class Routing(_Authored):
    """An item is asked only when another item's answer is one of `values`."""

    item: str
    values: tuple[float, ...]


class Action(_Authored):
    """Overrides of the action rule for one item (or its construct)."""

    allowed: bool = True
    text: Texts = Field(default_factory=dict)


class Item(_Authored):
    """One question as it stands in the data: id, wording, scale, direction."""

    id: str = Field(min_length=1)
    text: Texts
    scale: str
    construct_name: str | None = Field(default=None, alias="construct")
    direction: Literal["higher_is_better", "lower_is_better", "none"] = "higher_is_better"
    role: Literal[
        "indicator", "nps", "overall", "segment", "id", "weight", "time", "open", "other"
    ] = "indicator"
    aliases: tuple[str, ...] = ()
    asked_if: Routing | None = None
    short: Texts = Field(default_factory=dict, description="a few words for charts and tables")
    action: Action = Action()


class InstrumentConstruct(_Authored):
    """A construct's name in each language, as the questionnaire's readers see it."""

    label: Texts
    description: Texts = Field(default_factory=dict)


class Instrument(_Authored):
    """A versioned questionnaire."""

    schema_version: Literal["1"] = Field(default="1", alias="schema")
    id: str = Field(min_length=1)
    version: str
    title: Texts
    languages: tuple[str, ...] = Field(min_length=1)
    source: str = ""
    customer_word: Texts = Field(default_factory=dict)
    brand: Texts = Field(default_factory=dict, description="fills {brand} in the wordings")
    scales: tuple[ResponseScale, ...]
    items: tuple[Item, ...]
    constructs: dict[str, InstrumentConstruct] = Field(default_factory=dict)
    models: tuple[str, ...] = ()

    def item(self, item_id: str) -> Item:
        """The item with this id; KeyError if there is none."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)

    def scale_of(self, item_id: str) -> ResponseScale:
        """The response scale of an item; KeyError if item or scale is unknown."""
        wanted = self.item(item_id).scale
        for scale in self.scales:
            if scale.id == wanted:
                return scale
        raise KeyError(wanted)
