"""Columns that fit an item, evidence by evidence: id, alias, question text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from survey_engine.instrument.model import Instrument
from survey_engine.responses.measured_brand import measured_brands, named_wordings, wordings
from survey_engine.responses.survey_data import RawResponses
from survey_engine.responses.text import comparable

# A question is recognised inside a longer header ("stem - statement") from this length.
_WITHIN_LETTERS = 12
_WITHIN_HAN = 5

_ROW = re.compile(r"\[([^\[\]]{2,200})\]\s*$")
_DASH = re.compile(r" [-–—] |—|: ")
_MATRIX = re.compile(r"(.{1,80}?)[\[_]SQ0*(\d{1,3})\]?", re.IGNORECASE)

Matches = dict[str, list[str]]
"""Columns by item id."""


def passes(raw: RawResponses, instrument: Instrument) -> Iterable[tuple[str, Matches]]:
    """Evidence by evidence, the surest first."""
    columns = [str(c) for c in raw.table.columns]
    titles = {c: [c, raw.labels[c]] if c in raw.labels else [c] for c in columns}
    exact: dict[str, list[str]] = {c: [c] for c in columns}
    folded = _index((c, [_folded(c), _folded(c.rsplit("/", 1)[-1])]) for c in columns)
    plain = _index((c, [comparable(t) for t in of]) for c, of in titles.items())
    ends = _index((c, [k for t in of for k in _endings(t)]) for c, of in titles.items())
    items = instrument.items
    ended = [t for of in titles.values() for full in of for t in (full, *_last_parts(full))]
    brands = measured_brands(ended, instrument)
    texts = {i.id: named_wordings(wordings(i), instrument, brands) for i in items}
    alone = {i.id: named_wordings([*i.text.items()], instrument, brands) for i in items}
    yield "id", {i.id: exact.get(i.id, []) for i in items}
    yield "alias", {i.id: _of(exact, plain, i.aliases) for i in items}
    yield "id_ignoring_case", {i.id: folded.get(_folded(i.id), []) for i in items}
    yield (
        "matrix_code",
        {i.id: [c for c in columns if _row_code(c) == _folded(i.id)] for i in items},
    )
    yield "question_text", {i.id: _of(exact, plain, texts[i.id]) for i in items}
    yield "short_label", {i.id: _of(exact, plain, i.short.values()) for i in items}
    yield "statement", {i.id: _of({}, ends, alone[i.id]) for i in items}
    yield "question_text_within", _within(plain, texts)
    yield "question_text_cut", _cut(raw, texts)


def _folded(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _index(pairs: Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = defaultdict(list)
    for column, keys in pairs:
        for key in dict.fromkeys(keys):
            if key:
                index[key].append(column)
    return dict(index)


def _of(
    exact: Mapping[str, list[str]], plain: Mapping[str, list[str]], texts: Iterable[str]
) -> list[str]:
    """Columns whose name or text is one of `texts`."""
    hits: dict[str, None] = {}
    for text in texts:
        hits.update(dict.fromkeys(exact.get(text, [])))
        hits.update(dict.fromkeys(plain.get(comparable(text), [])))
    return list(hits)


def _endings(title: str) -> list[str]:
    """The statement of a matrix header: in brackets at the end, or behind a dash."""
    return [comparable(text) for text in _last_parts(title)]


def _last_parts(title: str) -> list[str]:
    row = _ROW.search(title)
    behind = _DASH.split(title)[-1] if _DASH.search(title) else ""
    return [text for text in (row.group(1) if row else "", behind) if text]


def _row_code(column: str) -> str:
    """``img[SQ001]`` and ``img_SQ001`` as ``img1``; "" for other names."""
    match = _MATRIX.fullmatch(column)
    return _folded(match.group(1)) + str(int(match.group(2))) if match else ""


def _cut(raw: RawResponses, texts: Mapping[str, list[str]]) -> Matches:
    """Texts that a format cuts off at 80 characters."""
    cut = {
        column: comparable(text) for column, text in raw.labels.items() if 78 <= len(text) <= 80
    }
    matches: Matches = {}
    for item_id, of_item in texts.items():
        full = [comparable(text) for text in of_item]
        matches[item_id] = [
            c
            for c, key in cut.items()
            if key and any(f.startswith(key) and f != key for f in full)
        ]
    return matches


def _within(plain: Mapping[str, list[str]], texts: Mapping[str, list[str]]) -> Matches:
    """Columns whose text ends with a question ("stem: statement"), long ones only."""
    matches: Matches = {}
    for item_id, of_item in texts.items():
        hits: dict[str, None] = {}
        for text in map(comparable, of_item):
            least = _WITHIN_LETTERS if text.isascii() else _WITHIN_HAN
            if len(text) < least:
                continue
            for key, columns in plain.items():
                if key.endswith(text):
                    hits.update(dict.fromkeys(columns))
        matches[item_id] = list(hits)
    return matches
