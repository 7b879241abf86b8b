"""REDCap data dictionary: one CSV of 18 columns, one language.

What it has no column for stands in the field annotation, after ``@SE-NOTES=`` and, at the
record's own field, ``@SE-INSTRUMENT=``. Source: REDCap help, "Data Dictionary".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.exchange.cells import (
    csv_bytes,
    csv_rows,
    note,
    noted,
    plain_words,
    refusal,
    text_of,
)
from survey_engine.exchange.draft import Draft, Notes, Option, Options, Question
from survey_engine.exchange.scales import written_options
from survey_engine.exchange.words import shown
from survey_engine.instrument.model import ItemType, Texts

HEADER = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number", "Text Validation Min",
    "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)",
    "Matrix Group Name", "Matrix Ranking?", "Field Annotation",
)  # fmt: skip
(_NAME, _FORM, _SECTION, _TYPE, _LABEL, _CHOICES, _, _VALID, _MIN, _MAX, _, _BRANCH, _, _, _,
 _MATRIX, _, _NOTE) = range(18)  # fmt: skip
_TYPES: dict[str, ItemType] = {
    "radio": "choice", "dropdown": "choice", "yesno": "choice", "truefalse": "choice",
    "checkbox": "multiple", "notes": "text", "slider": "number", "text": "text",
}  # fmt: skip
_FIXED = {"yesno": "1, Yes | 0, No", "truefalse": "1, True | 0, False"}
_NUMERIC = ("integer", "number")
_ITEM = re.compile(r"@SE-NOTES=(\{.*\})\s*$", re.DOTALL)
_WHOLE = re.compile(r"@SE-INSTRUMENT=(\{.*\})\s*$", re.DOTALL)


def recognises(content: bytes) -> bool:
    """The header of the dictionary."""
    head = content[:200].lstrip(b"\xef\xbb\xbf").replace(b'"', b"")
    return head.startswith(b"Variable / Field Name,Form Name,")


def read(content: bytes, file: str) -> Draft:
    """The draft of a dictionary; raises ResponseError."""
    rows = csv_rows(text_of(content, file), file)
    if not rows or len(rows[0]) < len(HEADER) - 1:
        raise refusal("EXCHANGE_BROKEN", file, reason=HEADER[0])
    width = len(HEADER)
    cells = [
        (number, [cell.strip() for cell in (*row, *[""] * width)[:width]])
        for number, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    ]
    if not cells:
        raise refusal("EXCHANGE_BROKEN", file, reason=HEADER[0])
    whole = _WHOLE.search(cells[0][1][_NOTE])
    notes = noted(whole[1]) if whole else {}
    written = "".join(row[_LABEL] for _, row in cells)
    language = str(notes.get("language") or ("zh" if re.search("[一-鿿]", written) else "en"))
    taken = _Dictionary(file=file, language=language)
    taken.aside.append(cells[0][1][_NAME])  # the record's own field
    for number, row in cells[1:]:
        taken.take(number, row)
    if not notes:
        taken.said.append(
            diagnostic("EXCHANGE_LANGUAGE_ASSUMED", where=Where(file=file), language=language)
        )
    return Draft(
        id=cells[0][1][_FORM],
        title={},
        languages=(language,),
        questions=tuple(taken.questions),
        blocks=taken.blocks,
        notes={key: value for key, value in notes.items() if key != "language"},
        left_out=tuple(taken.left_out()),
    )


@dataclass(kw_only=True)
class _Dictionary:
    """Collects questions row by row."""

    file: str
    language: str
    questions: list[Question] = field(default_factory=list)
    blocks: dict[str, tuple[Texts, Texts]] = field(default_factory=dict)
    section: str = ""
    matrix: tuple[str, str] = ("", "")
    aside: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    said: list[Diagnostic] = field(default_factory=list)

    def take(self, number: int, row: list[str]) -> None:
        kind = row[_TYPE].lower()
        if row[_SECTION]:
            self.section = plain_words(row[_SECTION])
            if not row[_MATRIX]:
                self.blocks[f"section{len(self.blocks) + 1}"] = (
                    {self.language: self.section},
                    {},
                )
        if row[_MATRIX] != self.matrix[0]:
            self.matrix = (row[_MATRIX], self.section if row[_MATRIX] else "")
        if kind == "descriptive":
            self.aside.append(row[_NAME])
            return
        if kind not in _TYPES:
            self.unread.append(row[_NAME])
            return
        self.questions.append(self.question(number, row, kind))

    def question(self, number: int, row: list[str], kind: str) -> Question:
        numeric = kind == "slider" or (kind == "text" and row[_VALID].startswith(_NUMERIC))
        typed: ItemType = "number" if numeric else _TYPES[kind]
        if row[_MATRIX] and typed == "choice":
            typed = "rating"
        own = _ITEM.search(row[_NOTE])
        stem = {self.language: self.matrix[1]} if row[_MATRIX] and self.matrix[1] else {}
        return Question(
            id=row[_NAME],
            text={self.language: plain_words(row[_LABEL])},
            type=typed,
            options=self.options(row, kind, typed),
            condition=row[_BRANCH],
            block=None if row[_MATRIX] or not self.blocks else list(self.blocks)[-1],
            stem=stem,
            notes=noted(own[1]) if own else {},
            row=number,
        )

    def options(self, row: list[str], kind: str, typed: str) -> Options | None:
        if typed in ("choice", "rating", "multiple"):
            entries = []
            for part in _FIXED.get(kind, row[_CHOICES]).split("|"):
                code, _, words = part.strip().partition(",")
                if code.strip():
                    text = {self.language: plain_words(words) or code.strip()}
                    entries.append(Option(code=code.strip(), text=text))
            return Options(entries=tuple(entries))
        if typed != "number":
            return None
        if kind == "slider":
            ends = [plain_words(part) for part in row[_CHOICES].split("|")]
            low = {self.language: ends[0]} if ends[0] else {}
            high = {self.language: ends[-1]} if len(ends) > 1 and ends[-1] else {}
            span = (_number(row[_MIN]) or 0.0, _number(row[_MAX]) or 100.0)
            return Options(minimum=span[0], maximum=span[1], low=low, high=high)
        low_bound, high_bound = _number(row[_MIN]), _number(row[_MAX])
        if low_bound is None or high_bound is None:
            if row[_MIN] or row[_MAX]:
                self.rule(row[_NAME], f"{row[_MIN]} … {row[_MAX]}")
            return None
        return Options(minimum=low_bound, maximum=high_bound)

    def rule(self, name: str, rule: str) -> None:
        where = Where(file=self.file, items=(name,))
        self.said.append(diagnostic("EXCHANGE_RULE_NOT_KEPT", where=where, rule=rule))

    def left_out(self) -> Iterator[Diagnostic]:
        for code, names in (
            ("EXCHANGE_NOT_QUESTIONS", self.aside),
            ("EXCHANGE_QUESTIONS_LEFT_OUT", self.unread),
        ):
            if names:
                yield diagnostic(code, where=Where(file=self.file, items=tuple(names)))
        yield from self.said


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,12}(?:\.\d{1,12})?", text) else None


def write(data: Mapping[str, Any], notes: Notes) -> bytes:
    """The dictionary of an instrument in its first language."""
    language = data["languages"][0]
    names = field_names([item["id"] for item in data["items"]])
    form = field_name(data["id"])
    first = [""] * len(HEADER)
    first[_NAME], first[_FORM], first[_TYPE], first[_LABEL] = (
        "record_id",
        form,
        "text",
        "Record ID",
    )
    if notes.top:
        whole = {**notes.top, "language": language}
        first[_NOTE] = f"survey_engine @SE-INSTRUMENT={note(whole)}"
    rows, block = [list(HEADER), first], None
    for item in data["items"]:
        row = _row(data, item, names, language)
        row[_FORM] = form
        if item.get("block") not in (None, block):
            title = data["blocks"][item["block"]].get("title", {})
            row[_SECTION] = shown(title, data).get(language, "")
        block = item.get("block")
        if own := notes.items.get(item["id"]):
            row[_NOTE] = f"survey_engine @SE-NOTES={note(own)}"
        rows.append(row)
    return csv_bytes(rows)


def _row(
    data: Mapping[str, Any], item: Mapping[str, Any], names: Mapping[str, str], language: str
) -> list[str]:
    row = [""] * len(HEADER)
    row[_NAME] = names[item["id"]]
    row[_LABEL] = shown(item["text"], data)[language]
    scale = next((s for s in data.get("scales", []) if s["id"] == item.get("scale")), None)
    kind = item.get("type", "rating")
    row[_TYPE] = {"multiple": "checkbox", "number": "text", "text": "notes"}.get(kind, "radio")
    if kind == "number":
        row[_VALID] = "number"
        if scale is not None:
            row[_MIN], row[_MAX] = f"{scale['minimum']:g}", f"{scale['maximum']:g}"
    elif scale is not None and kind != "text":
        options = written_options(scale, (language,))
        row[_CHOICES] = " | ".join(
            f"{one.code}, {shown(one.text, data)[language].replace('|', '/')}"
            for one in options
        )
    if rule := item.get("asked_if"):
        row[_BRANCH] = " or ".join(_asked(data, rule["item"], v, names) for v in rule["values"])
    return row


def _asked(data: Mapping[str, Any], item: str, value: float, names: Mapping[str, str]) -> str:
    kind = next(one.get("type") for one in data["items"] if one["id"] == item)
    if kind == "multiple":
        return f"[{names[item]}({value:g})] = '1'"
    return f"[{names[item]}] = '{value:g}'"


def field_name(text: str) -> str:
    """Lower-case letters, digits and underscores, a letter first, at most 26."""
    bare = re.sub(r"[^a-z0-9_]+", "_", text.lower()).strip("_")
    return (bare if re.match("[a-z]", bare) else f"q_{bare}")[:26]


def field_names(ids: list[str]) -> dict[str, str]:
    """A field name for each id, none twice."""
    taken = {"record_id"}
    names: dict[str, str] = {}
    for one in ids:
        name, number = field_name(one), 1
        while name in taken:
            number += 1
            name = f"{field_name(one)[:22]}_{number}"
        taken.add(name)
        names[one] = name
    return names
