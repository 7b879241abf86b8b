"""Words of an instrument in one language, with its placeholders filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from survey_engine.instrument.model import Instrument

BRAND_NAMES = ("brand", "品牌")
CUSTOMER_NAMES = ("customer", "顾客")
PLACEHOLDERS = (*BRAND_NAMES, *CUSTOMER_NAMES)


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The words in `language`, else its base language, English, or the first given.

    >>> in_language({"en": "quality", "zh": "质量"}, "zh-CN")
    '质量'
    """
    for code in (language, language.split("-")[0], "en"):
        if code in texts:
            return texts[code]
    return next(iter(texts.values()), "")


def placeholders(text: str) -> Iterator[str]:
    """The names in braces, in order.

    >>> list(placeholders("{brand} cares about its {customer}s"))
    ['brand', 'customer']
    """
    start = text.find("{")
    while start >= 0:
        end = text.find("}", start)
        if end < 0:
            yield text[start + 1 :]
            return
        yield text[start + 1 : end]
        start = text.find("{", end)


def fill(text: str, *, brand: str, customer: str) -> str:
    """`text` with {brand}/{品牌} and {customer}/{顾客} replaced, nothing else touched."""
    for name in BRAND_NAMES:
        text = text.replace("{" + name + "}", brand)
    for name in CUSTOMER_NAMES:
        text = text.replace("{" + name + "}", customer)
    return text


def wording(
    instrument: Instrument, texts: Mapping[str, str], language: str, *, brand: str | None = None
) -> str:
    """Any text of an instrument in `language`; `brand` replaces the instrument's own."""
    text = in_language(texts, language)
    filled = fill(
        text,
        brand=in_language(instrument.brand, language) if brand is None else brand,
        customer=in_language(instrument.customer_word, language),
    )
    # "the provider does ..." opens a sentence; a real name keeps its own letters (iPhone).
    if brand is None and text.startswith("{"):
        return filled[:1].upper() + filled[1:]
    return filled


def item_text(
    instrument: Instrument, item_id: str, language: str, *, brand: str | None = None
) -> str:
    """The question of an item as a respondent reads it; KeyError if there is none."""
    return wording(instrument, instrument.item(item_id).text, language, brand=brand)


def item_label(instrument: Instrument, item_id: str, language: str) -> str:
    """A few words for charts and tables: the short text, else the question, else the id."""
    item = instrument.item(item_id)
    return wording(instrument, item.short or item.text, language) or item.id


def construct_label(instrument: Instrument, name: str, language: str) -> str:
    """A construct's name for readers; the name itself if the instrument has none."""
    construct = instrument.constructs.get(name)
    return name if construct is None else in_language(construct.label, language) or name
