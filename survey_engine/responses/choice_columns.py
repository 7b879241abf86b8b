"""Which columns hold the ticks of a multiple-choice question, one column a choice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from survey_engine.instrument.model import Instrument, Item, ResponseScale
from survey_engine.responses.answers import VOCABULARY
from survey_engine.responses.survey_data import RawResponses
from survey_engine.responses.text import cell_text, comparable, name_key

TICKED = frozenset(
    {
        "1", "1.0", "x", "✓", "✔", "√", "y", "yes", "ja", "true", "wahr", "checked", "selected",
        "ausgewählt", "gewählt", "是", "选中", "已选", "quoted",
    }
)  # fmt: skip
NOT_TICKED = frozenset(
    {
        "0", "0.0", "n", "no", "nein", "false", "falsch", "unchecked", "not selected",
        "nicht ausgewählt", "nicht gewählt", "not quoted", "否", "未选", "未选中",
    }
)  # fmt: skip
# Fewer choices found by their words alone may be questions of their own.
_FEWEST = 2
_CUT = 79


@dataclass(frozen=True, kw_only=True)
class ChoiceColumns:
    """Columns of one question by choice code, the column of the text typed for "other"."""

    parts: dict[int, str]
    evidence: str
    text: str | None = None
    joined: tuple[str, ...] = ()


@dataclass
class _Hits:
    by: dict[str, dict[int, list[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def add(self, evidence: str, code: int, column: str) -> None:
        if column not in self.by[evidence][code]:
            self.by[evidence][code].append(column)


def choice_columns(
    raw: RawResponses, instrument: Instrument, item: Item, *, taken: Iterable[str]
) -> ChoiceColumns | None:
    """The split columns of a multiple-choice item, or None if there are none.

    Evidence, the surest first: ``choice_name`` (``channels___1``, ``channels/shop``,
    ``channels[SQ001]``), ``choice_label`` (question and choice in the header),
    ``choice_group`` (the choice below a merged title), ``choice_word`` (the choice alone).
    """
    scale = instrument.scale_of(item.id)
    used = set(taken)
    columns = [str(c) for c in raw.table.columns if str(c) not in used]
    hits = _Hits()
    for column in columns:
        _look(raw, item, scale, column, hits)
    for evidence in ("choice_name", "choice_label", "choice_group", "choice_word"):
        found = hits.by.get(evidence, {})
        if len(found) >= min(_FEWEST, len(scale.labels)):
            return _settled(raw, item, scale, found, evidence=evidence, columns=columns)
    return None


def _look(
    raw: RawResponses, item: Item, scale: ResponseScale, column: str, hits: _Hits
) -> None:
    titles = [column, *([raw.labels[column]] if column in raw.labels else [])]
    questions = {comparable(text) for text in item.text.values()} - {""}
    for code, words in scale.labels.items():
        names = {name_key(name) for name in scale.names.get(code, ())}
        labels = {comparable(text) for text in words.values()} - {""}
        if _by_name(item, scale, code, column):
            hits.add("choice_name", code, column)
        for title in titles:
            plain = comparable(title)
            tail = comparable(re.split(r" - |[-—–]{1,2}|: ", title)[-1])
            if any(_behind(plain, question, labels | names) for question in questions) or (
                len(title) >= _CUT
                and any(
                    (q + label).startswith(plain) and len(plain) > len(q)
                    for q in questions
                    for label in labels
                )
            ):
                hits.add("choice_label", code, column)
            elif plain in labels | names or (tail in labels and _group_of(raw, column, item)):
                group = "choice_group" if _group_of(raw, column, item) else "choice_word"
                hits.add(group, code, column)


def _behind(plain: str, question: str, words: set[str]) -> bool:
    """Whether a header is the question, perhaps "choice", and one of the words."""
    if not plain.startswith(question):
        return False
    rest = plain[len(question) :]
    return rest in words or rest.removeprefix("choice") in words


def _group_of(raw: RawResponses, column: str, item: Item) -> bool:
    group = comparable(raw.groups.get(column, ""))
    texts = (*item.text.values(), *item.short.values(), *item.aliases, item.id)
    return bool(group) and group in {comparable(text) for text in texts}


def _by_name(item: Item, scale: ResponseScale, code: int, column: str) -> bool:
    """``base`` and a mark and the choice's number or name."""
    for base in (item.id, *item.aliases):
        match = re.fullmatch(
            r"(?:.*/)?" + re.escape(base) + r"(?:___|__|[_/.\[])(.{1,60}?)\]?",
            column,
            re.IGNORECASE | re.DOTALL,
        )
        if match is None:
            continue
        token = match.group(1)
        numbered = re.fullmatch(r"(?:SQ0*|_{2})?(\d{1,4})", token, re.IGNORECASE)
        if numbered:
            return int(numbered.group(1)) == code and not token.startswith("__")
        if re.fullmatch(r"_{2}\d{1,4}", token):
            return -int(token[2:]) == code
        names = {name_key(name) for name in scale.names.get(code, ())}
        return name_key(token) in names or (code == scale.other and token.casefold() == "other")
    return False


def _settled(
    raw: RawResponses,
    item: Item,
    scale: ResponseScale,
    found: dict[int, list[str]],
    *,
    evidence: str,
    columns: list[str],
) -> ChoiceColumns:
    parts: dict[int, str] = {}
    spare: list[str] = []
    for code, hits in found.items():
        ticks = [column for column in hits if is_tick(raw, column)]
        chosen = (ticks or hits)[0]
        parts[code] = chosen
        spare += [column for column in hits if column != chosen]
    text = None
    if scale.other is not None:
        text = _text_column(raw, item, scale, parts, spare, columns)
    joined = tuple(
        column
        for column in columns
        if column.rsplit("/", 1)[-1].casefold() == item.id.casefold()
        or comparable(raw.labels.get(column, "")) in {comparable(t) for t in item.text.values()}
    )
    return ChoiceColumns(
        parts=parts,
        evidence=evidence,
        text=text,
        joined=tuple(c for c in joined if c not in parts.values()),
    )


def is_tick(raw: RawResponses, column: str) -> bool:
    """Whether a column holds nothing but ticks and their absence."""
    cells = {cell_text(cell).casefold() for cell in raw.table[column].dropna().unique()} - {""}
    cells -= VOCABULARY.keys() | set(raw.states)
    return bool(cells) and cells <= TICKED | NOT_TICKED


def _text_column(
    raw: RawResponses,
    item: Item,
    scale: ResponseScale,
    parts: dict[int, str],
    spare: list[str],
    columns: list[str],
) -> str | None:
    """The column of what people typed for "other"."""
    other = parts.get(scale.other or 0)
    if other is not None and not is_tick(raw, other):
        return other
    free = [c for c in columns if c not in parts.values()]
    for column in free:
        folded = column.casefold()
        if folded.rsplit("/", 1)[-1] == f"{item.id}_other".casefold():
            return column
        if other is not None and re.fullmatch(
            re.escape(other.casefold()) + r"[_ ]?(?:text|txt|specify|other)", folded
        ):
            return column
    labels = {comparable(text) for text in scale.labels.get(scale.other or 0, {}).values()}
    for column in [c for c in (*spare, *free) if not is_tick(raw, c)]:
        if comparable(raw.labels.get(column, column)) in labels - {""}:
            return column
    return None


def joined_text_column(
    raw: RawResponses, item: Item, scale: ResponseScale, column: str
) -> str | None:
    """The "other" text beside a column of joined answers (``Q15`` and ``Q15_5_TEXT``)."""
    wanted = {
        f"{column}_{scale.other}_text",
        f"{column}_other",
        f"{item.id}_other",
        f"{column}_text",
    }
    lower = {name.casefold() for name in wanted}
    for name in map(str, raw.table.columns):
        if name.casefold() in lower or name.casefold().rsplit("/", 1)[-1] in lower:
            return name
    return None
