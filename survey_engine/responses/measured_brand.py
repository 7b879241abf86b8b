"""The company a file asks about: what stands where a wording has its placeholder."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from survey_engine.instrument.model import Instrument, Texts
from survey_engine.instrument.wording import BRAND_NAMES, fill
from survey_engine.responses.text import comparable

_PLACE = re.compile("|".join(re.escape("{" + name + "}") for name in BRAND_NAMES))
_LONGEST = 60
# A name is believed when two questions agree on it, and only next to words of ours.
_AGREEING = 2
_FEWEST_LETTERS = 4


def measured_brands(
    titles: Iterable[str], instrument: Instrument
) -> dict[str, tuple[str, ...]]:
    """Names, by language, that stand for the placeholder in the titles of columns.

    Parameters
    ----------
    titles : Iterable[str]
        Names and texts of columns.
    instrument : Instrument

    Returns
    -------
    dict[str, tuple[str, ...]]
        Letters and digits only (as `comparable` leaves them), most agreed on first. More
        than one name is a file about several companies: its columns are a question to the
        user, not an answer.
    """
    keys = dict.fromkeys(key for key in map(comparable, titles) if key)
    patterns: dict[str, list[tuple[str, re.Pattern[str]]]] = defaultdict(list)
    for item in instrument.items:
        for language, text in _wordings(item.text, item.stem, instrument.customer_word):
            if (pattern := _pattern(text)) is not None:
                patterns[language].append((item.id, pattern))
    found: dict[str, tuple[str, ...]] = {}
    for language, one in patterns.items():
        votes: dict[str, set[str]] = defaultdict(set)
        for item_id, pattern in one:
            for key in keys:
                if (hit := pattern.fullmatch(key)) is not None:
                    votes[hit.group(1)].add(item_id)
        enough = min(_AGREEING, len({item_id for item_id, _ in one}))
        named = [name for name, items in votes.items() if len(items) >= enough]
        found[language] = tuple(sorted(named, key=lambda name: -len(votes[name])))
    return found


def _wordings(text: Texts, stem: Texts, customer: Texts) -> Iterable[tuple[str, str]]:
    for language, words in text.items():
        word = customer.get(language, "")
        for full in dict.fromkeys((words, f"{stem.get(language, '')} {words}")):
            yield language, fill(full, brand="{brand}", customer=word)


def _pattern(text: str) -> re.Pattern[str] | None:
    pieces = [comparable(piece) for piece in _PLACE.split(text)]
    letters = "".join(pieces)
    # A Han character says as much as two letters.
    if (
        len(pieces) == 1
        or len(letters) + sum(not c.isascii() for c in letters) < _FEWEST_LETTERS
    ):
        return None
    head, *rest = map(re.escape, pieces)
    later = "".join(rf"\1{piece}" for piece in rest[1:])
    return re.compile(rf"{head}(.{{1,{_LONGEST}}}?){rest[0]}{later}")


def named_wordings(
    texts: Mapping[str, str], instrument: Instrument, brands: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """Wordings with their placeholders filled by the instrument's words and by `brands`."""
    filled: dict[str, None] = {}
    for language, text in texts.items():
        word = instrument.customer_word.get(language, "")
        for brand in (*instrument.brand.values(), *brands.get(language, ())):
            filled[fill(text, brand=brand, customer=word)] = None
    return list(filled)
