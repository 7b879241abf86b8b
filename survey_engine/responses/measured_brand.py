"""The company a file asks about: what stands where a wording has its placeholder."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from survey_engine.instrument.model import Instrument, Item
from survey_engine.instrument.wording import fill
from survey_engine.responses.text import comparable

_PLACEHOLDER = "{brand}"
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
        for language, text in wordings(item):
            word = instrument.customer_word.get(language, "")
            if (pattern := _pattern(fill(text, brand=_PLACEHOLDER, customer=word))) is not None:
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


def wordings(item: Item) -> list[tuple[str, str]]:
    """An item's questions as (language, text), alone and behind the question above it."""
    alone = list(item.text.items())
    return alone + [(k, f"{item.stem[k]} {text}") for k, text in alone if k in item.stem]


def _pattern(text: str) -> re.Pattern[str] | None:
    pieces = [comparable(piece) for piece in text.split(_PLACEHOLDER)]
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
    texts: Sequence[tuple[str, str]],
    instrument: Instrument,
    brands: Mapping[str, tuple[str, ...]],
) -> list[str]:
    """Texts by language as written, then filled by the instrument's words and by `brands`.

    Parameters
    ----------
    texts : sequence of (language, text)
    instrument : Instrument
    brands : Mapping[str, tuple[str, ...]]
        As `measured_brands` found them.

    Returns
    -------
    list[str]
        Each once.
    """
    filled = [text for _, text in texts]
    for language, text in texts:
        word = instrument.customer_word.get(language, "")
        names = (*instrument.brand.values(), *brands.get(language, ()))
        filled += [fill(text, brand=brand, customer=word) for brand in names]
    return list(dict.fromkeys(filled))
