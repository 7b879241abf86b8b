"""A draft into an `Instrument`, through the parser's own checks, with what was lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.exchange.conditions import condition_of
from survey_engine.exchange.draft import Draft, Question
from survey_engine.exchange.scales import NativeScale, native_scale
from survey_engine.exchange.words import restored
from survey_engine.instrument.includes import checked_instrument
from survey_engine.instrument.model import Instrument
from survey_engine.instrument.wording import PLACEHOLDERS
from survey_engine.instrument.yaml_document import Position, YamlDocument

_TOP = ("version", "kind", "title", "source", "customer_word", "brand", "constructs", "scores",
        "models", "accepted")  # fmt: skip
_PIPED = re.compile(r"\$?\{([^{}]*)\}")
_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A questionnaire from another program's file.

    Attributes
    ----------
    instrument : Instrument
    losses : tuple of Diagnostic
        What the file could not say, or the engine cannot keep.
    format : str
    """

    instrument: Instrument
    losses: tuple[Diagnostic, ...]
    format: str = ""


def assembled(draft: Draft, *, file: str) -> Imported:
    """The instrument of a draft.

    Raises
    ------
    AuthoringError
        What the parser of instrument files refuses, at the row of the question.
    """
    work = _Assembly(draft=draft, file=file)
    data = work.data()
    places: dict[tuple[str, ...], Position] = {
        ("items", str(number)): Position(question.row, 1)
        for number, question in enumerate(draft.questions)
    }
    document = YamlDocument(data=data, keys={}, values=places, file=file)
    instrument = checked_instrument(document)
    return Imported(instrument=instrument, losses=(*draft.left_out, *work.losses))


@dataclass(kw_only=True)
class _Assembly:
    draft: Draft
    file: str
    losses: list[Diagnostic] = field(default_factory=list)
    scales: dict[str, dict[str, Any]] = field(default_factory=dict)
    used: list[tuple[str, NativeScale] | None] = field(default_factory=list)

    def lose(self, code: str, items: list[str] | tuple[str, ...] = (), **said: Any) -> None:
        where = Where(file=self.file, items=tuple(items)[:_SHOWN])
        self.losses.append(diagnostic(code, where=where, **said))

    def data(self) -> dict[str, Any]:
        draft, notes = self.draft, self.draft.notes
        ids = [str(one.notes.get("id", one.id)) for one in draft.questions]
        self.used = [self._scale(one) for one in draft.questions]
        items = [
            self._item(one, name, used, ids)
            for one, name, used in zip(draft.questions, ids, self.used, strict=True)
        ]
        self._say_scales(ids)
        data: dict[str, Any] = {
            "schema": "1",
            "id": str(notes.get("id") or draft.id or "survey"),
            "version": draft.version,
            "title": draft.title,
            "languages": list(draft.languages),
            "scales": [{"id": name, **scale} for name, scale in self._scales()],
            "blocks": self._blocks({item.get("block") for item in items}),
            "items": items,
        }
        data.update({key: notes[key] for key in _TOP if key in notes})
        data["title"] = self._title()
        self._without_pipes(data)
        self._complete(data)
        if not any(one.notes for one in draft.questions):
            self.lose("EXCHANGE_NO_ROLES", ids)
        return data

    def _title(self) -> dict[str, str]:
        """The title in every language; formats that have one title give it to all."""
        title = self.draft.title
        if "title" in self.draft.notes:
            title = self._restored(title, self.draft.notes["title"])
        first = next(iter(title.values()), "") or self.draft.id or self.file
        return {code: title.get(code) or first for code in self.draft.languages}

    def _restored(self, native: Any, known: Any) -> Any:
        return restored(native, known, self.draft.notes)

    def _scales(self) -> Iterator[tuple[str, dict[str, Any]]]:
        known = self.draft.notes.get("scales", {})
        order = [*known, *(name for name in self.scales if name not in known)]
        for name in order:
            yield name, {**self.scales.get(name, {}), **known.get(name, {})}

    def _scale(self, question: Question) -> tuple[str, NativeScale] | None:
        if question.options is None:
            return None
        native = native_scale(question.options)
        wanted = str(question.notes.get("scale") or question.options.id)
        name, number = wanted or "scale1", 1
        while not self._fits(name, native.data):
            number += 1
            name = f"{wanted or 'scale'}{number}"
        self.scales[name] = {**self.scales.get(name, {}), **native.data}
        return name, native

    def _fits(self, name: str, data: dict[str, Any]) -> bool:
        """Whether a scale is new or says the same; a bare range says less, not otherwise."""
        there = self.scales.get(name, data)
        less, more = sorted((there, data), key=len)
        return all(more.get(key) == value for key, value in less.items())

    def _item(
        self, one: Question, name: str, used: tuple[str, NativeScale] | None, ids: list[str]
    ) -> dict[str, Any]:
        item: dict[str, Any] = {"id": name, "text": one.text, "type": one.type}
        item |= {"direction": "none", "role": "open" if one.type == "text" else "other"}
        if used is not None:
            item["scale"] = used[0]
            if one.type == "choice" and (used[1].numbered or not used[1].data.get("labels")):
                item["type"] = "rating"
        if one.block:
            item["block"] = one.block
        if one.stem:
            item["stem"] = one.stem
        if routing := self._routing(one, name, ids):
            item["asked_if"] = routing
        for key, value in one.notes.items():
            if key == "scale" and used is not None:
                continue
            known = key in ("text", "stem")
            item[key] = self._restored(item.get(key, {}), value) if known else value
        return {key: value for key, value in item.items() if value is not None}

    def _routing(self, one: Question, name: str, ids: list[str]) -> dict[str, Any] | None:
        if not one.condition.strip():
            return None
        found = condition_of(one.condition)
        native = [question.id for question in self.draft.questions]
        values: list[float] | None = None
        if found is not None and found[0] in native:
            at = native.index(found[0])
            values = _values(found[1], self.used[at])
            if values is not None and at != ids.index(name):
                return {"item": ids[at], "values": values}
        self.lose("EXCHANGE_RULE_NOT_KEPT", (name,), rule=one.condition[:200])
        return None

    def _blocks(self, used: set[Any]) -> dict[str, Any]:
        blocks: dict[str, Any] = {}
        known = used | set(self.draft.notes.get("blocks", {}))
        for name, (title, intro) in self.draft.blocks.items():
            if name not in known:
                continue
            said = {"title": title, "intro": intro}
            blocks[name] = {key: text for key, text in said.items() if text}
        for name, block in self.draft.notes.get("blocks", {}).items():
            mine = blocks.setdefault(name, {})
            for key, value in block.items():
                words = key in ("title", "intro")
                mine[key] = self._restored(mine.get(key, {}), value) if words else value
        return blocks

    def _say_scales(self, ids: list[str]) -> None:
        """What was understood of special codes and of answers without numbers."""
        told: set[str] = set()
        for name, used, one in zip(ids, self.used, self.draft.questions, strict=True):
            if used is None or used[0] in told or one.notes:
                continue
            told.add(used[0])
            scale = used[1]
            if scale.recognised:
                codes = [f"{code}: {kind}" for code, kind in scale.recognised.items()]
                self.lose("EXCHANGE_CODES_READ", (name,), scale=used[0], codes=codes)
            if scale.unknown:
                self.lose("EXCHANGE_CODES_UNKNOWN", (name,), scale=used[0],
                          codes=list(scale.unknown))  # fmt: skip
            if scale.named:
                codes = [f"{written} = {code}" for written, code in scale.codes.items()]
                self.lose("EXCHANGE_CODES_NUMBERED", (name,), scale=used[0], codes=codes)

    def _without_pipes(self, data: dict[str, Any]) -> None:
        """Names of other questions in braces have no meaning here."""
        piped: list[str] = []

        def plain(match: re.Match[str]) -> str:
            if match[1] in PLACEHOLDERS and not match[0].startswith("$"):
                return match[0]
            piped.append(match[1])
            return f"[{match[1]}]"

        for texts in _texts(data, set(self.draft.languages)):
            for language, words in texts.items():
                clean = _PIPED.sub(plain, words)
                texts[language] = clean.replace("{", "[") if clean.count("{") != clean.count(
                    "}") else clean  # fmt: skip
        if piped:
            self.lose("EXCHANGE_PIPED_TEXT", names=list(dict.fromkeys(piped))[:_SHOWN])

    def _complete(self, data: dict[str, Any]) -> None:
        """The main language has every text; the others are kept only if complete."""
        main, *others = self.draft.languages
        supplied = []
        for item in data["items"]:
            if not item["text"].get(main, "").strip():
                item["text"][main] = next(iter(item["text"].values()), "") or item["id"]
                supplied.append(item["id"])
        if supplied:
            self.lose("EXCHANGE_WORDS_SUPPLIED", supplied, language=main)
        texts = list(_texts(data, set(self.draft.languages)))
        for text in texts:
            text.setdefault(main, next(iter(text.values())))
        for language in others:
            lacking = sum(not text.get(language, "").strip() for text in texts)
            if lacking:
                for text in texts:
                    text.pop(language, None)
                data["languages"].remove(language)
                self.lose("EXCHANGE_LANGUAGE_INCOMPLETE", language=language, texts=lacking)


def _values(
    written: tuple[str, ...], used: tuple[str, NativeScale] | None
) -> list[float] | None:
    codes: Mapping[str, int] = used[1].codes if used else {}
    found: list[float] = []
    for value in written:
        if value in codes:
            found.append(codes[value])
        elif re.fullmatch(r"-?\d{1,9}(?:\.\d+)?", value) and (used is None or not codes):
            found.append(float(value))
        else:
            return None
    return found


def _texts(value: Any, languages: set[str]) -> Iterator[dict[str, str]]:
    """Every text by language inside plain data."""
    if isinstance(value, dict):
        if value and all(k in languages and isinstance(v, str) for k, v in value.items()):
            yield value
            return
        for inner in value.values():
            yield from _texts(inner, languages)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, languages)
