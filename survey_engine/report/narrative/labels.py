"""What constructs and items are called in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.instrument.model import Instrument, Item, Texts
from survey_engine.instrument.wording import item_text, wording
from survey_engine.spec.model import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Names for readers; the id stands in where a language has no words.

    Attributes
    ----------
    language : str
    model : ModelSpec
    instrument : Instrument or None
    """

    language: str
    model: ModelSpec
    instrument: Instrument | None = None

    def construct(self, name: str) -> str:
        """Name of a construct: the model's words, else the instrument's, else its id."""
        for texts in self._construct_texts(name):
            if self.language in texts:
                return texts[self.language]
        if ":" in name:  # a product of constructs
            return " × ".join(self.construct(part) for part in name.split(":"))
        return name

    def inside(self, name: str) -> str:
        """The name within a sentence: English starts it with a small letter there."""
        label = self.construct(name)
        if self.language == "en" and label[:1].isupper() and label[1:2].islower():
            return label[:1].lower() + label[1:]
        return label

    def _construct_texts(self, name: str) -> tuple[Texts, ...]:
        found: list[Texts] = []
        if name in self.model.construct_names:
            found.append(self.model.construct_named(name).label)
        if self.instrument is not None and name in self.instrument.constructs:
            found.append(self.instrument.constructs[name].label)
        return tuple(found)

    def item(self, item_id: str) -> str:
        """A few words for an item (or a construct given in its place), else the id."""
        lower = self.instrument.constructs if self.instrument is not None else ()
        if item_id in self.model.construct_names or item_id in lower:
            return self.construct(item_id)
        item = self._item(item_id)
        if self.instrument is None or item is None or self.language not in item.short:
            return item_id
        return wording(self.instrument, item.short, self.language)

    def item_with_id(self, item_id: str) -> str:
        """The words with the id behind them, for tables."""
        label = self.item(item_id)
        if ":" in item_id:  # a product: its name says all
            return label
        return label if label == item_id else f"{label} · {item_id}"

    def question(self, item_id: str) -> str:
        """The question as printed; empty if the language has none."""
        item = self._item(item_id)
        if self.instrument is None or item is None or self.language not in item.text:
            return ""
        return item_text(self.instrument, item_id, self.language)

    def fill(self, texts: Texts) -> str:
        """Any text of the instrument in the reader's language, placeholders filled."""
        if self.instrument is None or self.language not in texts:
            return texts.get(self.language, "")
        return wording(self.instrument, texts, self.language)

    def _item(self, item_id: str) -> Item | None:
        items = self.instrument.items if self.instrument is not None else ()
        return next((item for item in items if item.id == item_id), None)
