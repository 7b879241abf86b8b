"""What stands in each column of an export nobody has described."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from survey_engine.instrument.lint.lexicon import lexicon_of, polarity
from survey_engine.responses.answers import EMPTY_WORDS, VOCABULARY
from survey_engine.responses.draft.labels import ordered_labels
from survey_engine.responses.draft.ranges import Range, range_of
from survey_engine.responses.draft.wordings import recommends, statements
from survey_engine.responses.personal import personal_columns
from survey_engine.responses.suggest import looks_like_id, looks_like_weight
from survey_engine.responses.survey_data import AnswerStatus, RawResponses
from survey_engine.responses.text import cell_text, number_of

Kind = Literal[
    "rating", "segment", "open", "number", "id", "weight", "time", "personal", "empty"
]

_TIME = re.compile(
    r"(?:.*[\s_(])?(?:date|time|timestamp|duration|seconds|started|ended|submitted|progress|"
    r"finished|status|channel|collector|language|locale|startdate|enddate|recordeddate)(?:[\s_)].*)?|"
    r".*(?:提交|开始|结束|答题|填写|作答|所用)(?:答卷)?(?:时间|日期|时长|用时).*|.*来源.*|.*总分.*",
    re.IGNORECASE,
)
_SEGMENT = re.compile(
    r"\b(?:branch|region|segment|group|store|country|city|gender|sex|age|education|income)\b"
    r"|性别|年龄|门店|地区|城市|区域|学历|职业|收入|filiale",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}.*|\d{1,2}[./]\d{1,2}[./]\d{2,4}.*")
_MOST_SEGMENTS = 30
_LONGEST_LABEL = 60
_MOST_LABELS = 7


@dataclass(frozen=True, kw_only=True)
class ColumnFacts:
    """One column.

    Attributes
    ----------
    column : str
    stem, text : str
        Question above a matrix row, and the wording itself.
    kind : str
        What it seems to hold.
    scale : Range or None
        Of a rating.
    labels : Mapping[int, str]
        Words by code: of the file, or of the cells from the worst (1) to the best.
    worded : bool
        Cells hold the labels themselves, so that their order is the words'.
    upward : bool or None
        Whether the highest number is the best answer by its labels; None: not told.
    missing : Mapping[int, str]
        Special codes whose label in the file says what they mean.
    dont_know : str
        Words in cells for "don't know".
    values : ndarray, shape (n,)
        Numbers of a rating, NaN elsewhere.
    """

    column: str
    stem: str
    text: str
    kind: Kind
    scale: Range | None = None
    labels: Mapping[int, str] = field(default_factory=dict)
    worded: bool = False
    upward: bool | None = None
    missing: Mapping[int, str] = field(default_factory=dict)
    dont_know: str = ""
    values: np.ndarray[Any, np.dtype[np.float64]] = field(default_factory=lambda: np.empty(0))

    @property
    def header(self) -> str:
        """Stem and statement as one text."""
        return f"{self.stem} {self.text}".strip()

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest answer of a rating; ValueError for other columns."""
        if self.scale is None:
            raise ValueError(self.column)
        return self.scale.minimum, self.scale.maximum


def column_facts(raw: RawResponses) -> tuple[ColumnFacts, ...]:
    """Facts of every column, in the order of the file; matrix rows share their labels."""
    titles = {str(c): raw.labels.get(str(c)) or str(c) for c in raw.table.columns}
    split = statements(titles, raw.groups)
    personal = set(personal_columns(raw.table))
    cells = {name: _cells(raw, name) for name in titles}
    scales = _word_scales(cells, split)
    found = [_facts(raw, name, split[name], cells[name], scales) for name in titles]
    contacts = [
        replace(one, kind="personal")
        if one.column in personal and one.kind not in ("rating", "id", "weight")
        else one
        for one in found
    ]
    return tuple(_shared(contacts))


@dataclass(frozen=True, kw_only=True)
class _Cells:
    """Distinct cells of a column."""

    counts: dict[str, int]
    words: list[str]
    numbers: dict[float, int]
    special: list[str]


def _cells(raw: RawResponses, column: str) -> _Cells:
    series = raw.table[column].dropna()
    own = [(str(c), int(k)) for c, k in series.map(cell_text).value_counts().items()]
    counts = {c: k for c, k in own if c.casefold() not in EMPTY_WORDS and c not in raw.states}
    special = [c for c in counts if c.casefold() in VOCABULARY]
    numbers: dict[float, int] = {}
    words: list[str] = []
    for cell, k in counts.items():
        number = number_of(cell)
        if number is not None:
            numbers[number] = numbers.get(number, 0) + k
        elif cell not in special:
            words.append(cell)
    return _Cells(counts=counts, words=words, numbers=numbers, special=special)


def _word_scales(
    cells: Mapping[str, _Cells], split: Mapping[str, tuple[str, str]]
) -> list[tuple[str, ...]]:
    """Every ordered list of labels the file shows, the rows of a matrix taken together."""
    together: dict[str, dict[str, None]] = {}
    for column, one in cells.items():
        if one.words and not one.numbers:
            together.setdefault(column, {}).update(dict.fromkeys(one.words))
            if split[column][0]:
                together.setdefault(split[column][0], {}).update(dict.fromkeys(one.words))
    lists = {ordered_labels(words) for words in together.values() if len(words) <= _MOST_LABELS}
    return sorted((one for one in lists if one), key=lambda one: (-sum(map(bool, one)), one))


def _facts(
    raw: RawResponses,
    column: str,
    split: tuple[str, str],
    cells: _Cells,
    scales: list[tuple[str, ...]],
) -> ColumnFacts:
    stem, text = split
    one = ColumnFacts(column=column, stem=stem, text=text, kind="empty")
    if not cells.counts:
        return one
    if looks_like_id(raw.table[column], column):
        return replace(one, kind="id")
    if looks_like_weight(column):
        return replace(one, kind="weight")
    rated = _rating(raw, one, cells, scales)
    if rated is not None:
        return rated
    if _TIME.fullmatch(text) or _TIME.fullmatch(column) or _dated(cells):
        return replace(one, kind="time")
    return _other(raw, one, cells)


def _rating(
    raw: RawResponses, one: ColumnFacts, cells: _Cells, scales: list[tuple[str, ...]]
) -> ColumnFacts | None:
    """The column as a rating, if that is what it can be."""
    coded = {int(k): v for k, v in raw.value_labels.get(one.column, {}).items() if k == int(k)}
    if _SEGMENT.search(one.text) and len(one.text) < _LONGEST_LABEL and not one.stem:
        return None
    if cells.words and not cells.numbers:
        ordered = next((known for known in scales if set(cells.words) <= set(known)), None)
        return _worded(raw, one, cells, ordered) if ordered else None
    if cells.words or not cells.numbers:
        return None
    missing = {
        code: VOCABULARY[cell_text(label).casefold()].name.lower()
        for code, label in coded.items()
        if cell_text(label).casefold() in VOCABULARY
    }
    declared = set(raw.missing_codes.get(one.column, ()))
    numbers = {v: k for v, k in cells.numbers.items() if v not in missing and v not in declared}
    scale = range_of(numbers, _title(raw, one), recommends=recommends(one.header))
    if scale is None:
        return None
    labels = {
        k: v
        for k, v in coded.items()
        if scale.minimum <= k <= scale.maximum and k not in missing
    }
    if labels and not ordered_labels(labels.values()) and len(labels) > 2:
        return None  # categories with numbers, not a scale
    values = pd.to_numeric(raw.table[one.column].map(cell_text), errors="coerce").to_numpy(
        float
    )
    inside = (values >= scale.minimum) & (values <= scale.maximum)
    return replace(
        one,
        kind="rating",
        scale=scale,
        labels=labels,
        upward=_upward(labels),
        missing=missing,
        dont_know=_dont_know(cells),
        values=np.where(inside, values, np.nan),
    )


def _title(raw: RawResponses, one: ColumnFacts) -> str:
    return f"{one.stem} {raw.labels.get(one.column, '')} {one.column}"


def _worded(
    raw: RawResponses, one: ColumnFacts, cells: _Cells, ordered: tuple[str, ...]
) -> ColumnFacts:
    code = {label: k for k, label in enumerate(ordered, start=1) if label}
    texts = raw.table[one.column].map(cell_text)
    values = texts.map(lambda cell: float(code.get(cell, np.nan))).to_numpy(dtype=np.float64)
    return replace(
        one,
        kind="rating",
        scale=Range(minimum=1.0, maximum=float(len(ordered))),
        labels={k: label for label, k in code.items()},
        worded=True,
        upward=True,
        dont_know=_dont_know(cells),
        values=values,
    )


def _upward(labels: Mapping[int, str]) -> bool | None:
    """Direction by the words of the two ends; None where they do not tell."""
    if len(labels) < 2:
        return None
    low, high = labels[min(labels)], labels[max(labels)]
    chinese = any("\u4e00" <= c <= "\u9fff" for c in low + high)
    words = lexicon_of("zh" if chinese else "en")
    if words is None:
        return None
    ends = polarity(low, words), polarity(high, words)
    return {(-1, 1): True, (1, -1): False}.get(ends)


def _dont_know(cells: _Cells) -> str:
    known = [c for c in cells.special if VOCABULARY[c.casefold()] is AnswerStatus.DONT_KNOW]
    return known[0] if known else ""


def _dated(cells: _Cells) -> bool:
    hits = sum(_DATE.fullmatch(cell) is not None for cell in cells.counts)
    return hits * 2 > len(cells.counts)


def _other(raw: RawResponses, one: ColumnFacts, cells: _Cells) -> ColumnFacts:
    coded = raw.value_labels.get(one.column, {})
    if cells.numbers and not cells.words and not coded:
        few = 2 <= len(cells.numbers) <= _MOST_SEGMENTS and bool(_SEGMENT.search(one.text))
        return replace(one, kind="segment" if few else "number")
    if cells.numbers and not cells.words:
        labels = {int(k): v for k, v in coded.items() if k == int(k)}
        return replace(one, kind="segment", labels=labels)
    total = sum(cells.counts.values())
    longest = max(map(len, cells.counts))
    few = len(cells.counts) <= _MOST_SEGMENTS and len(cells.counts) * 3 <= total
    return replace(one, kind="segment" if few and longest <= _LONGEST_LABEL else "open")


def _shared(found: list[ColumnFacts]) -> Iterator[ColumnFacts]:
    """Rows of one matrix answer on one scale: the widest range any of them shows."""
    widest: dict[str, Range] = {}
    for one in found:
        if one.stem and one.scale is not None and not one.worded:
            known = widest.get(one.stem)
            reach = one.scale.maximum, one.scale.evidence != "assumed"
            if known is None or reach > (known.maximum, known.evidence != "assumed"):
                widest[one.stem] = one.scale
    for one in found:
        scale = widest.get(one.stem) if one.stem else None
        if one.scale is None or scale is None or one.worded:
            yield one
            continue
        kept = tuple(v for v in one.scale.special if not scale.minimum <= v <= scale.maximum)
        yield replace(one, scale=replace(scale, special=kept))
