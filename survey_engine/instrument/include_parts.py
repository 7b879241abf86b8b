"""Plain data of an included file: cut to languages, filtered, its places moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from survey_engine.instrument.yaml_document import KeyPath, Position


def score_items(score: Mapping[str, Any]) -> Iterator[str]:
    """Every item of a score as written."""
    for part in score["parts"]:
        yield from part["items"]


def about(accepted: list[Any], known: set[str], *, whole: bool) -> Iterator[Any]:
    """Accepted remarks that concern what was taken."""
    for entry in accepted:
        items = [item for item in entry.get("items", []) if item in known]
        if items:
            yield {**entry, "items": items}
        elif whole and not entry.get("items"):
            yield entry


def cut(value: Any, languages: tuple[set[str], set[str]]) -> Any:
    """A copy whose texts are in the wanted languages only."""
    theirs, wanted = languages
    if isinstance(value, dict):
        texts = bool(value) and all(
            key in theirs and isinstance(text, str) for key, text in value.items()
        )
        return {
            key: cut(content, languages)
            for key, content in value.items()
            if not texts or key in wanted
        }
    if isinstance(value, list):
        return [cut(entry, languages) for entry in value]
    return deepcopy(value)


def shifted(
    places: Mapping[KeyPath, Position], shifts: Mapping[str, tuple[int, int]]
) -> dict[KeyPath, Position]:
    """Places after the entries of a list, from a number on, moved by so many."""
    moved: dict[KeyPath, Position] = {}
    for path, position in places.items():
        first, count = shifts.get(path[0], (0, 0)) if len(path) > 1 else (0, 0)
        if count and path[1].isdecimal() and int(path[1]) >= first:
            path = (path[0], str(int(path[1]) + count), *path[2:])
        moved[path] = position
    return moved
