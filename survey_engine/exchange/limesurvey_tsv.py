"""LimeSurvey's tab-separated survey structure, in and out.

One row a language for each group, question, subquestion and answer; what the format has
no column for stands in the question attribute ``se_notes``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from survey_engine.exchange.cells import csv_bytes, csv_rows, note, noted, refusal, text_of
from survey_engine.exchange.draft import Draft, Notes
from survey_engine.exchange.limesurvey import (
    WRITTEN_LANGUAGES,
    Row,
    Structure,
    language_code,
    words,
)
from survey_engine.exchange.scales import written_options
from survey_engine.exchange.words import shown
from survey_engine.instrument.model import Texts

HEADER = (
    "id", "related_id", "class", "type/scale", "name", "relevance", "text", "help",
    "language", "validation", "mandatory", "other", "default", "same_default",
    "min_num_value_n", "max_num_value_n", "se_notes",
)  # fmt: skip
Record = dict[str, str]


def recognises(content: bytes) -> bool:
    """The header of the structure."""
    head = content[:400].lstrip(b"\xef\xbb\xbf").replace(b'"', b"").split(b"\n")[0]
    cells = head.strip().split(b"\t")
    return {b"class", b"type/scale", b"name", b"relevance", b"text"} <= set(cells)


def read(content: bytes, file: str) -> Draft:
    """The draft of a structure; raises ResponseError."""
    rows = csv_rows(text_of(content, file), file, separator="\t")
    heads = [head.strip() for head in rows[0]] if rows else []
    if "class" not in heads or "type/scale" not in heads:
        raise refusal("EXCHANGE_BROKEN", file, reason="class, type/scale")
    records = [
        dict(zip(heads, row, strict=False)) | {"#": str(number)}
        for number, row in enumerate(rows[1:], start=2)
    ]
    survey = {one["name"]: one.get("text", "") for one in records if one["class"] == "S"}
    structure = Structure(file=file)
    main = language_code(survey.get("language", "en"))
    others = survey.get("additional_languages", "").split()
    structure.languages = [main, *(language_code(one) for one in others)]
    _fill(structure, records)
    notes = next((noted(one.get("se_notes")) for one in records if one["class"] == "S"), {})
    questions = structure.drafted()
    if not questions:
        raise refusal("EXCHANGE_BROKEN", file, reason="class Q")
    return Draft(
        id=survey.get("sid", "") or file.rpartition(".")[0],
        title=structure.titles,
        languages=tuple(structure.languages),
        questions=questions,
        blocks=structure.blocks(),
        notes=notes,
        left_out=tuple(structure.left_out()),
    )


def _fill(structure: Structure, records: list[Record]) -> None:
    group, question = "", None
    for one in records:
        kind, name, text = one["class"], one.get("name", ""), words(one.get("text", ""))
        language = language_code(one.get("language", "") or structure.languages[0])
        said: Texts = {language: text} if text else {}
        if kind == "SL" and name == "surveyls_title":
            structure.titles |= said
        elif kind == "G":
            group = one.get("type/scale") or f"G{len(structure.groups)}"
            title, intro, rule = structure.groups.get(group, ({}, {}, ""))
            structure.groups[group] = (
                title | ({language: words(name)} if name.strip() else {}),
                intro | said,
                one.get("relevance", "") or rule,
            )
        elif kind == "Q":
            question = structure.questions.setdefault(name, _row(one, group))
            question.text |= said
        elif kind == "SQ" and question is not None:
            part = question.parts.setdefault(name, Row(code=name))
            part.text |= said
        elif kind == "A" and question is not None:
            question.answers.setdefault(name, {}).update(said)


def _row(one: Record, group: str) -> Row:
    return Row(
        code=one.get("name", ""),
        kind=one.get("type/scale", ""),
        group=group,
        relevance=one.get("relevance", ""),
        low=one.get("min_num_value_n", ""),
        high=one.get("max_num_value_n", ""),
        notes=one.get("se_notes", ""),
        line=int(one["#"]),
    )


def write(data: Mapping[str, Any], notes: Notes) -> bytes:
    """The structure of an instrument."""
    rows = [[record.get(head, "") for head in HEADER] for record in _records(data, notes)]
    return csv_bytes([list(HEADER), *rows], separator="\t")


def _records(data: Mapping[str, Any], notes: Notes) -> Iterator[Record]:
    codes = [WRITTEN_LANGUAGES.get(code, code) for code in data["languages"]]
    yield _survey("language", codes[0]) | {"se_notes": note(notes.top)}
    yield _survey("additional_languages", " ".join(codes[1:]))
    title = shown(data["title"], data)
    for language, code in zip(data["languages"], codes, strict=True):
        yield {
            "class": "SL",
            "name": "surveyls_title",
            "text": title[language],
            "language": code,
        }
    names = question_codes([item["id"] for item in data["items"]])
    here, number = object(), -1
    for item in data["items"]:
        block = item.get("block")
        if block != here:
            here, number = block, number + 1
            yield from _group(data, block, number)
        yield from _question(data, item, names, note(notes.items.get(item["id"])))


def _survey(name: str, text: str) -> Record:
    return {"class": "S", "name": name, "text": text}


def _group(data: Mapping[str, Any], block: str | None, number: int) -> Iterator[Record]:
    known = data["blocks"][block] if block else {}
    title, intro = (shown(known.get(key, {}), data) for key in ("title", "intro"))
    for language in data["languages"]:
        yield {
            "class": "G",
            "type/scale": f"G{number}",
            "name": title.get(language, "") or f"{number + 1}",
            "relevance": "1",
            "text": intro.get(language, ""),
            "language": WRITTEN_LANGUAGES.get(language, language),
        }


def _question(
    data: Mapping[str, Any], item: Mapping[str, Any], names: Mapping[str, str], own: str
) -> Iterator[Record]:
    kind = item.get("type", "rating")
    scale = next((s for s in data.get("scales", []) if s["id"] == item.get("scale")), None)
    base = {"class": "Q", "name": names[item["id"]], "relevance": _relevance(data, item, names)}
    base["type/scale"] = {"multiple": "M", "number": "N", "text": "T"}.get(kind, "L")
    base |= {"mandatory": "N", "other": "N"}
    if kind == "number" and scale is not None:
        base["min_num_value_n"] = f"{scale['minimum']:g}"
        base["max_num_value_n"] = f"{scale['maximum']:g}"
    text = shown(item["text"], data)
    languages = tuple(data["languages"])
    for place, language in enumerate(languages):
        code = WRITTEN_LANGUAGES.get(language, language)
        extra = {"se_notes": own} if place == 0 else {}
        yield base | extra | {"text": text[language], "language": code}
        if scale is None or kind in ("number", "text"):
            continue
        inside = {"class": "SQ" if kind == "multiple" else "A", "language": code}
        inside |= {"relevance": "1"} if kind == "multiple" else {"type/scale": "0"}
        for option in written_options(scale, languages):
            words_ = shown(option.text, data)[language]
            yield inside | {"name": option.code, "text": words_}


def _relevance(
    data: Mapping[str, Any], item: Mapping[str, Any], names: Mapping[str, str]
) -> str:
    rule = item.get("asked_if")
    if rule is None:
        return "1"
    asked = names[rule["item"]]
    kind = next(one.get("type") for one in data["items"] if one["id"] == rule["item"])
    form = '{0}_{1:g}.NAOK == "Y"' if kind == "multiple" else '{0}.NAOK == "{1:g}"'
    return " or ".join(form.format(asked, value) for value in rule["values"])


def question_codes(ids: list[str]) -> dict[str, str]:
    """A code of letters and digits, a letter first, at most 20, none twice."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for one in ids:
        bare = re.sub(r"[^A-Za-z0-9]", "", one)
        bare = (bare if re.match("[A-Za-z]", bare) else f"q{bare}")[:20]
        name, number = bare, 1
        while name.lower() in taken:
            number += 1
            name = f"{bare[:16]}x{number}"
        taken.add(name.lower())
        names[one] = name
    return names
