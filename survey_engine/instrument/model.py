"""What was asked: items, response scales and the versioned questionnaire.

Authored by people, therefore pydantic: frozen, extra fields forbidden.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Texts = dict[str, str]
"""Words by language code, such as ``{"en": "...", "zh": "..."}``."""

ItemType = Literal["rating", "choice", "multiple", "number", "text"]
InstrumentKind = Literal["questionnaire", "module", "bank"]
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
    names: dict[int, tuple[str, ...]] = Field(
        default_factory=dict, description="short names of the answers, as some exports write"
    )
    other: int | None = Field(
        default=None, description="code of the answer that people write themselves"
    )


class Routing(_Authored):
    """An item is asked only when another item's answer is one of `values`."""

    item: str
    values: tuple[float, ...]


class Action(_Authored):
    """Overrides of the action rule for one item (or its construct)."""

    allowed: bool = True
    text: Texts = Field(default_factory=dict)


class Item(_Authored):
    """One question as it stands in the data: id, wording, scale, direction.

    `type` says how it is answered: on a scale (``rating``), by one of the scale's labels
    (``choice``), by several of them (``multiple``: one column, codes joined by ``;``), with
    a number or with words. Questions with a number or words need no scale.
    """

    id: str = Field(min_length=1)
    text: Texts
    type: ItemType = "rating"
    scale: str = ""
    block: str | None = Field(default=None, description="the part of the page it stands in")
    stem: Texts = Field(default_factory=dict, description="the question above a matrix row")
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


class Block(_Authored):
    """A part of the printed page: questions under one title and one introduction.

    With `total` the block is a constant sum: its numbers must add up to it.
    """

    title: Texts = Field(default_factory=dict)
    intro: Texts = Field(default_factory=dict)
    total: float | None = Field(default=None, gt=0)


class Include(_Authored):
    """Questions of another instrument with what they stand on.

    Those named under `items`; only response scales with `scales` alone; with neither
    every question.
    """

    origin: str = Field(alias="from", min_length=1)
    items: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether all questions are meant."""
        return not self.items and not self.scales


class Accepted(_Authored):
    """A remark of the lint that this questionnaire keeps on purpose, and why."""

    code: str
    items: tuple[str, ...] = ()
    because: str = Field(min_length=1)


class OpenQuestion(_Authored):
    """What a draft made from a file assumes until a person says otherwise.

    Taking the entry out of the file confirms what is assumed.
    """

    id: str = Field(min_length=1)
    ask: str
    items: tuple[str, ...] = ()
    assumed: str = ""
    evidence: str = ""
    changes: str = Field(default="", description="what another answer would change")


class ScorePart(_Authored):
    """Items averaged with equal weight, and what their average counts in the score."""

    items: tuple[str, ...] = Field(min_length=1)
    weight: float = Field(default=1.0, gt=0)


class Score(_Authored):
    """A score by a fixed rule instead of a model.

    ``mean``: the mean of the answers on 0-100, or as given times `multiply`; ``share``:
    the share of answers from `top` on; ``net``: that share minus the share up to
    `bottom`, both in percent.
    """

    id: str = Field(min_length=1)
    label: Texts
    source: str = ""
    rule: Literal["mean", "share", "net"] = "mean"
    multiply: float | None = Field(default=None, gt=0)
    top: float | None = None
    bottom: float | None = None
    parts: tuple[ScorePart, ...] = Field(min_length=1)

    @property
    def items(self) -> tuple[str, ...]:
        """Every item of the score, part by part."""
        return tuple(item for part in self.parts for item in part.items)


class Instrument(_Authored):
    """A versioned questionnaire, or a module of questions to be included in one.

    `include` is empty in a parsed instrument: its questions then stand among `items`.
    """

    schema_version: Literal["1"] = Field(default="1", alias="schema")
    id: str = Field(min_length=1)
    version: str
    kind: InstrumentKind = "questionnaire"
    title: Texts
    languages: tuple[str, ...] = Field(min_length=1)
    source: str = ""
    customer_word: Texts = Field(default_factory=dict)
    brand: Texts = Field(default_factory=dict, description="fills {brand} in the wordings")
    include: tuple[Include, ...] = ()
    scales: tuple[ResponseScale, ...] = ()
    blocks: dict[str, Block] = Field(default_factory=dict)
    items: tuple[Item, ...] = ()
    constructs: dict[str, InstrumentConstruct] = Field(default_factory=dict)
    scores: tuple[Score, ...] = ()
    models: tuple[str, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    open_questions: tuple[OpenQuestion, ...] = ()

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
