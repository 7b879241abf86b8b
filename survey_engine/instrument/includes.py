"""Questions of another instrument: ``include`` resolved before anything is checked.

Works on plain data with its places, so that every later check sees one questionnaire and
still names the line of the file that was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from survey_engine.errors import AuthoringError, Diagnostic, diagnostic
from survey_engine.instrument.authored import validated
from survey_engine.instrument.checks import check_instrument
from survey_engine.instrument.include_parts import about, cut, score_items, shifted
from survey_engine.instrument.model import Include, Instrument
from survey_engine.instrument.nearest import nearest_name, short_list
from survey_engine.instrument.yaml_document import (
    KeyPath,
    Position,
    YamlDocument,
    compose_document,
)

MAX_DEPTH = 8
HERE = "this"
"""``from: this`` says where the file's own questions stand; without it they come last."""

Library = Callable[[str], tuple[str, str] | None]
"""From the name in ``from:`` to (text, file name); None if there is no such instrument."""


def with_includes(
    document: YamlDocument, library: Library | None, trail: tuple[str, ...] = ()
) -> YamlDocument:
    """The document with the questions of every instrument it includes in place.

    Included questions come in the order of ``include``, the file's own last or where
    ``from: this`` stands. Each brings its scale, block and construct; the file's own
    construct or block of the same name goes before. Texts are cut to the languages of
    the including file.

    Raises
    ------
    AuthoringError
        INCLUDE_UNKNOWN, INCLUDE_CYCLE, INCLUDE_UNKNOWN_ITEM, INCLUDE_DUPLICATE_ITEM,
        INCLUDE_CONFLICT, each at its line; or the faults of an included file, in it.
    """
    entries = document.data.get("include") if isinstance(document.data, dict) else None
    if not entries:
        return document
    own = {key: value for key, value in document.data.items() if key != "include"}
    if not _is_include(entries):
        validated(Instrument, document)  # raises with the place of what is wrong
        return document
    merge = _Merge(document=document, own=own)
    for number, entry in enumerate(entries):
        place = ("include", str(number))
        if entry["from"] == HERE:
            merge.own_at = len(merge.items)
            continue
        found = _included(entry["from"], place, document, library, trail)
        if isinstance(found, Diagnostic):
            merge.faults.append(found)
        else:
            merge.add(found, Include(**entry), place)
    if merge.faults:
        raise AuthoringError(*merge.faults)
    return merge.result()


def checked_instrument(document: YamlDocument) -> Instrument:
    """The instrument of a document without includes; AuthoringError with every fault."""
    instrument = validated(Instrument, document)
    faults = check_instrument(instrument, document)
    if faults:
        raise AuthoringError(*faults)
    return instrument


def _is_include(entries: Any) -> bool:
    return isinstance(entries, list) and all(
        isinstance(entry, dict)
        and set(entry) <= {"from", "items", "scales"}
        and isinstance(entry.get("from"), str)
        and all(_is_names(entry.get(key, [])) for key in ("items", "scales"))
        for entry in entries
    )


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _included(
    name: str,
    place: KeyPath,
    document: YamlDocument,
    library: Library | None,
    trail: tuple[str, ...],
) -> YamlDocument | Diagnostic:
    """The resolved document behind a name, or what is wrong with the name."""
    where = document.where((*place, "from"))
    own = document.file.removesuffix(".yaml").removesuffix(".yml")
    trail = trail or (own,)
    if name in trail or len(trail) > MAX_DEPTH:
        return diagnostic("INCLUDE_CYCLE", where=where, cycle=" → ".join((*trail, name)))
    source = library(name) if library is not None else None
    if library is None or source is None:
        return diagnostic("INCLUDE_UNKNOWN", where=where, name=name)
    text, file = source
    composed = _composed(text, file)
    if isinstance(composed.data, dict) and composed.data.get("include"):
        resolved = with_includes(composed, library, (*trail, name))
        checked_instrument(resolved)
        return resolved
    _leaf(text, file)
    return composed


@lru_cache(maxsize=64)
def _composed(text: str, file: str) -> YamlDocument:
    return compose_document(text, file=file)


@lru_cache(maxsize=64)
def _leaf(text: str, file: str) -> None:
    """Check a file that includes nothing; once, however many instruments use it."""
    checked_instrument(_composed(text, file))


@dataclass(kw_only=True)
class _Merge:
    """One including file while its parts come together."""

    document: YamlDocument
    own: dict[str, Any]
    scales: list[Any] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)
    constructs: dict[str, Any] = field(default_factory=dict)
    blocks: dict[str, Any] = field(default_factory=dict)
    scores: list[Any] = field(default_factory=list)
    accepted: list[Any] = field(default_factory=list)
    places: dict[KeyPath, Position] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    faults: list[Diagnostic] = field(default_factory=list)
    own_at: int | None = None

    def add(self, found: YamlDocument, entry: Include, place: KeyPath) -> None:
        """Take the items `entry` names, with all they stand on."""
        data: dict[str, Any] = cut(found.data, self._languages(found.data))
        by_id = {item["id"]: item for item in data["items"]}
        wanted = list(by_id) if entry.everything else list(entry.items)
        chosen = list(self._chosen(wanted, by_id, entry, place))
        for item in chosen:
            self.places["items", str(len(self.items))] = self.document.position(place)
            self.items.append(item)
        used = {item.get("scale") for item in chosen}
        self._unknown_scales(data, entry, place)
        self._scales(data, used | set(entry.scales), place)
        for key, kept, name in (
            ("constructs", self.constructs, "construct"),
            ("blocks", self.blocks, "block"),
        ):
            needed = {item.get(name) for item in chosen}
            found_here = {n: t for n, t in data.get(key, {}).items() if n in needed}
            self._named(key, kept, found_here)
        known = set(wanted)
        self.scores += [s for s in data.get("scores", []) if set(score_items(s)) <= known]
        self.accepted += list(about(data.get("accepted", []), known, whole=entry.everything))

    def _languages(self, data: Mapping[str, Any]) -> tuple[set[str], set[str]]:
        own, theirs = self.own.get("languages"), data["languages"]
        kept = set(theirs) if not isinstance(own, list) else {str(code) for code in own}
        return set(theirs), kept

    def _chosen(
        self, wanted: list[str], by_id: dict[str, Any], entry: Include, place: KeyPath
    ) -> Iterator[Any]:
        for number, name in enumerate(wanted):
            where = self.document.where((*place, "items", str(number)), items=(name,))
            if name not in by_id:
                near = nearest_name(name, by_id) or "–"
                self.faults.append(
                    diagnostic(
                        "INCLUDE_UNKNOWN_ITEM", where=where, origin=entry.origin,
                        suggestion=near, known=short_list(by_id),
                    )
                )  # fmt: skip
            elif name in self.origin:
                self.faults.append(
                    diagnostic(
                        "INCLUDE_DUPLICATE_ITEM", where=where, origin=entry.origin,
                        other=self.origin[name],
                    )
                )  # fmt: skip
            else:
                self.origin[name] = entry.origin
                yield by_id[name]

    def _unknown_scales(self, data: dict[str, Any], entry: Include, place: KeyPath) -> None:
        known = [scale["id"] for scale in data.get("scales", [])]
        for number, name in enumerate(entry.scales):
            if name not in known:
                where = self.document.where((*place, "scales", str(number)))
                near = nearest_name(name, known) or "–"
                self.faults.append(
                    diagnostic("UNKNOWN_SCALE", where=where, found=name, suggestion=near)
                )

    def _scales(self, data: dict[str, Any], used: set[Any], place: KeyPath) -> None:
        known = {scale["id"]: scale for scale in self.scales}
        for scale in data.get("scales", []):
            if scale["id"] not in used:
                continue
            if known.setdefault(scale["id"], scale) is scale:
                self.places["scales", str(len(self.scales))] = self.document.position(place)
                self.scales.append(scale)
            elif known[scale["id"]] != scale:
                where = self.document.where(place)
                self.faults.append(
                    diagnostic("INCLUDE_CONFLICT", where=where, name=scale["id"])
                )

    def _named(self, key: str, kept: dict[str, Any], found: dict[str, Any]) -> None:
        own = self.own.get(key)
        for name, content in found.items():
            if not (isinstance(own, dict) and name in own):
                kept.setdefault(name, content)

    def result(self) -> YamlDocument:
        """One document: included parts first, own parts moved behind them."""
        data = dict(self.own)
        parts = {"scales": self.scales, "scores": self.scores, "accepted": self.accepted}
        for key, included in parts.items():
            own = data.get(key, [])
            if isinstance(own, list):
                data[key] = [*included, *self._without_repeats(key, own)]
        for key, named in (("constructs", self.constructs), ("blocks", self.blocks)):
            own = data.get(key, {})
            if isinstance(own, dict):
                data[key] = {**named, **own}
        place = len(self.items) if self.own_at is None else self.own_at
        questions = data.get("items", [])
        if isinstance(questions, list):
            data["items"] = [*self.items[:place], *questions, *self.items[place:]]
            behind = {"items": (place, len(questions))}
            self.places = shifted(self.places, behind)
        shifts = {"scales": (0, len(self.scales)), "items": (0, place)}
        return YamlDocument(
            data=data,
            keys={**self.places, **shifted(self.document.keys, shifts)},
            values=shifted(self.document.values, shifts),
            file=self.document.file,
        )

    def _without_repeats(self, key: str, own: list[Any]) -> list[Any]:
        """An own scale that is word for word an included one counts once."""
        return own if key != "scales" else [scale for scale in own if scale not in self.scales]
