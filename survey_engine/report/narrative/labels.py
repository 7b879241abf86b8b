"""What constructs and items are called in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.instrument.model import Instrument, Texts
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

    def description(self, name: str) -> str:
        """What a construct is about; empty if the instrument does not say."""
        if self.instrument is None or name not in self.instrument.constructs:
            return ""
        return self.fill(self.instrument.constructs[name].description.get(self.language, ""))

    def item(self, item_id: str) -> str:
        """A few words for an item; its id where there are none."""
        if self.instrument is None:
            return item_id
        for item in self.instrument.items:
            if item.id == item_id:
                return self.fill(item.short.get(self.language, "")) or item_id
        return item_id

    def item_with_id(self, item_id: str) -> str:
        """The words with the id behind them, for tables."""
        label = self.item(item_id)
        return label if label == item_id else f"{label} · {item_id}"

    def question(self, item_id: str) -> str:
        """The question as printed; empty if the language has none."""
        if self.instrument is None:
            return ""
        return self.fill(self.instrument.item(item_id).text.get(self.language, ""))

    def fill(self, text: str) -> str:
        """Put brand and customer word into an instrument's wording."""
        if self.instrument is None:
            return text
        brand = self.instrument.brand.get(self.language, "")
        customer = self.instrument.customer_word.get(self.language, "")
        pairs = {"{brand}": brand, "{品牌}": brand, "{customer}": customer, "{顾客}": customer}
        for placeholder, word in pairs.items():
            text = text.replace(placeholder, word)
        return text
