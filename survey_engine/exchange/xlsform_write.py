"""An instrument as an XLSForm workbook; `survey_engine.exchange.xlsform` reads it back."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from survey_engine.exchange.cells import guarded, note
from survey_engine.exchange.draft import Notes
from survey_engine.exchange.scales import written_options
from survey_engine.exchange.words import shown

LANGUAGE_NAMES = {"en": "English", "zh": "中文", "de": "Deutsch", "fr": "Français"}
READABLE = ("construct", "direction", "role")
SHEET = "survey_engine"
_NEVER: Mapping[str, Any] = {"values": ()}


def write(data: Mapping[str, Any], notes: Notes) -> bytes:
    """The workbook of an instrument."""
    import openpyxl

    languages = tuple(data["languages"])
    labels = [_column(code) for code in languages]
    book = openpyxl.Workbook()
    survey = book.active
    survey.title = "survey"
    heads = ["type", "name", *labels, "relevant", "constraint", "appearance"]
    _sheet(survey, [[*heads, *(f"se_{key}" for key in READABLE), "se_notes"],
                    *_survey(data, notes, languages)])  # fmt: skip
    _sheet(
        book.create_sheet("choices"),
        [["list_name", "name", *labels], *_choices(data, languages)],
    )
    title = shown(data["title"], data)[languages[0]]
    default = _column(languages[0]).removeprefix("label::")
    settings = [title, xml_name(data["id"]), str(data["version"]), default]
    heads = ["form_title", "form_id", "version", "default_language"]
    _sheet(book.create_sheet("settings"), [heads, settings])
    if notes.top:
        text = note(notes.top)  # a cell holds 32,767 characters
        pieces = [[text[start : start + 30_000]] for start in range(0, len(text), 30_000)]
        _sheet(book.create_sheet(SHEET), [["notes"], *pieces])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(sheet: Any, rows: Sequence[Sequence[str]]) -> None:
    for number, row in enumerate(rows, start=1):
        for column, text in enumerate(row, start=1):
            if text:
                cell = sheet.cell(row=number, column=column, value=guarded(text))
                cell.data_type = "s"  # text, whatever it looks like


def _column(language: str) -> str:
    return f"label::{LANGUAGE_NAMES.get(language, language)} ({language})"


def xml_name(text: str) -> str:
    """A name XML allows, as like the text as can be."""
    bare = re.sub(r"[^\w.-]", "_", text)
    return bare if re.match(r"[^\W\d]", bare) else f"q_{bare}"


def _survey(
    data: Mapping[str, Any], notes: Notes, languages: tuple[str, ...]
) -> Iterator[list[str]]:
    opened: set[str] = set()
    here: str | None = None
    for item in data["items"]:
        block = item.get("block")
        wanted = block if block not in opened or block == here else None
        if wanted != here:
            if here is not None:
                yield ["end_group"]
            if wanted is not None:
                opened.add(wanted)
                yield from _opening(data, wanted, languages)
            here = wanted
        yield _question(data, item, dict(notes.items.get(item["id"], {})), languages)
    if here is not None:
        yield ["end_group"]


def _opening(
    data: Mapping[str, Any], name: str, languages: tuple[str, ...]
) -> Iterator[list[str]]:
    block = data["blocks"][name]
    title, intro = (shown(block.get(key, {}), data) for key in ("title", "intro"))
    group = xml_name(name)
    yield ["begin_group", group, *(title.get(code, "") for code in languages)]
    if intro:
        yield ["note", f"{group}_intro", *(intro.get(code, "") for code in languages)]


def _question(
    data: Mapping[str, Any],
    item: Mapping[str, Any],
    own: dict[str, Any],
    languages: tuple[str, ...],
) -> list[str]:
    text = shown(item["text"], data)
    rule = item.get("asked_if")
    asked = xml_name(rule["item"]) if rule else ""
    several = rule is not None and _kind_of(data, rule["item"]) == "multiple"
    form = "selected(${{{0}}}, '{1:g}')" if several else "${{{0}}} = '{1:g}'"
    relevant = " or ".join(form.format(asked, value) for value in (rule or _NEVER)["values"])
    scale = next((s for s in data.get("scales", []) if s["id"] == item.get("scale")), None)
    kind, constraint = item.get("type", "rating"), ""
    if kind in ("number", "text"):
        typed = "decimal" if kind == "number" else "text"
        if kind == "number" and scale is not None:
            constraint = f". >= {scale['minimum']:g} and . <= {scale['maximum']:g}"
    else:
        many = "select_multiple" if kind == "multiple" else "select_one"
        typed = f"{many} {xml_name(item['scale'])}"
    readable = [str(own.pop(key, None) or "") for key in READABLE]
    words = [text[code] for code in languages]
    return [typed, xml_name(item["id"]), *words, relevant, constraint, "", *readable, note(own)]


def _kind_of(data: Mapping[str, Any], name: str) -> str:
    return str(next(one.get("type", "rating") for one in data["items"] if one["id"] == name))


def _choices(data: Mapping[str, Any], languages: tuple[str, ...]) -> Iterator[list[str]]:
    for scale in data.get("scales", []):
        for option in written_options(scale, languages):
            words = [shown(option.text, data)[code] for code in languages]
            yield [xml_name(scale["id"]), option.code, *words]
