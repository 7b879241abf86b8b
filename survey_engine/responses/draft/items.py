"""Columns into items and response scales of an instrument."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey_engine.instrument.lint.names import LONGEST_ID
from survey_engine.instrument.model import Item, MissingKind, ResponseScale, Texts
from survey_engine.responses.draft.facts import ColumnFacts
from survey_engine.responses.draft.questions import Answer, overall_candidates
from survey_engine.responses.draft.ranges import Range
from survey_engine.responses.draft.wordings import PREFIX, construct_of, recommends

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_KEPT = ("rating", "segment", "open", "id", "weight")
_OTHER_PREFIX = {
    "segment": "SEG", "open": "TEXT", "id": "ID", "weight": "WEIGHT", "time": "TIME",
    "number": "NUM", "personal": "PRIVATE", "empty": "EMPTY",
}  # fmt: skip
_DONT_KNOW = {"en": "don't know", "zh": "不知道"}
_DONT_KNOW_CODE = 99


@dataclass(frozen=True, kw_only=True)
class Named:
    """How the questionnaire is called and where it comes from."""

    id: str
    title: str
    source: str = ""


def item_ids(facts: Sequence[ColumnFacts]) -> dict[str, str]:
    """An id for every column: its own name where programs take it, else made of its kind."""
    taken = {one.column.casefold() for one in facts if _usable(one.column)}
    found: dict[str, str] = {}
    seen: dict[str, int] = {}
    for one in facts:
        if _usable(one.column) and one.column.casefold() not in {
            v.casefold() for v in found.values()
        }:
            found[one.column] = one.column
            continue
        prefix = _prefix(one)
        while True:
            seen[prefix] = seen.get(prefix, 0) + 1
            first = prefix == "NPS" and seen[prefix] == 1
            name = prefix if first else f"{prefix}{seen[prefix]}"
            if name.casefold() not in taken:
                break
        taken.add(name.casefold())
        found[one.column] = name
    return found


def _usable(column: str) -> bool:
    return len(column) <= LONGEST_ID and _PLAIN.fullmatch(column) is not None


def _prefix(one: ColumnFacts) -> str:
    if one.kind != "rating":
        return _OTHER_PREFIX[one.kind]
    if _is_nps(one, one.scale):
        return "NPS"
    return PREFIX.get(construct_of(one.text, one.stem), "Q")


def _is_nps(one: ColumnFacts, scale: Range | None) -> bool:
    return (
        scale is not None
        and (scale.minimum, scale.maximum) == (0.0, 10.0)
        and recommends(one.header)
    )


def items_of(
    facts: Sequence[ColumnFacts],
    ids: Mapping[str, str],
    language: str,
    answers: Mapping[str, Answer],
) -> tuple[list[Item], list[ResponseScale]]:
    """Items in the order of the file and the scales they share.

    Parameters
    ----------
    answers : Mapping[str, Answer]
        One for every question.
    """
    overall = _overall(facts, ids, answers)
    scales: dict[str, ResponseScale] = {}
    items = []
    for one in facts:
        if one.kind not in _KEPT:
            continue
        if one.kind == "rating":
            scale = _scale(one, answers, language)
            known = next((k for k, v in scales.items() if _same(v, scale)), None)
            name = known or _free(scale.id, scales)
            scales.setdefault(name, scale.model_copy(update={"id": name}))
            items.append(_rated(one, ids[one.column], name, overall, language, answers))
        else:
            items.append(_unrated(one, ids[one.column], language))
    return items, list(scales.values())


def _overall(
    facts: Sequence[ColumnFacts], ids: Mapping[str, str], answers: Mapping[str, Answer]
) -> str | None:
    if "overall" in answers:
        item: str | None = answers["overall"]
        return item
    found = overall_candidates([one for one in facts if one.kind == "rating"])
    return ids[found[0].column] if len(found) == 1 else None


def _same(one: ResponseScale, other: ResponseScale) -> bool:
    return one.model_copy(update={"id": ""}) == other.model_copy(update={"id": ""})


def _free(name: str, taken: Mapping[str, ResponseScale]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _scale(one: ColumnFacts, answers: Mapping[str, Answer], language: str) -> ResponseScale:
    low, high = one.ends
    said = answers.get("ranges", {}).get(f"{low:g}-{high:g}")
    if said and one.scale is not None and one.scale.evidence == "assumed":
        low, high = float(said[0]), float(said[1])
    kinds: dict[int, MissingKind] = {
        int(code): kind
        for code, kind in answers.get("special_codes", {}).items()
        if not low <= code <= high
    }
    kinds |= {code: kind for code, kind in one.missing.items() if _known(kind)}  # type: ignore[misc]
    if one.dont_know and "dont_know" not in kinds.values():
        kinds[_DONT_KNOW_CODE] = "dont_know"
    words = one.dont_know or _DONT_KNOW.get(language, "")
    labels = {code: {language: label} for code, label in sorted(one.labels.items())}
    return ResponseScale(
        id=f"points_{low:g}_{high:g}",
        minimum=low,
        maximum=high,
        low=labels.get(int(low), {}),
        high=labels.get(int(high), {}),
        labels=labels,
        missing=dict(sorted(kinds.items())),
        dont_know={language: words} if "dont_know" in kinds.values() else {},
    )


def _known(kind: str) -> bool:
    return kind in ("dont_know", "not_asked", "skipped", "not_reached", "refused")


def _rated(
    one: ColumnFacts,
    item_id: str,
    scale: str,
    overall: str | None,
    language: str,
    answers: Mapping[str, Answer],
) -> Item:
    nps = _is_nps(one, one.scale)
    upward = one.upward
    if upward is None:
        upward = answers.get("direction", "highest") == "highest" or nps
    if item_id in answers.get("reversed", ()):
        upward = not upward
    construct = answers.get("constructs", {}).get(item_id, construct_of(one.text, one.stem))
    if item_id == overall:
        construct = "Satisfaction"
    role = "overall" if item_id == overall else "nps" if nps else "indicator"
    return Item(
        id=item_id,
        text=_texts(one.text, language),
        scale=scale,
        stem=_texts(one.stem, language) if one.stem else {},
        construct_name=(construct or None) if not nps else None,
        direction="higher_is_better" if upward else "lower_is_better",
        role=role,
        aliases=() if item_id == one.column else (one.column,),
    )


def _unrated(one: ColumnFacts, item_id: str, language: str) -> Item:
    role = {"segment": "segment", "open": "open", "id": "id", "weight": "weight"}[one.kind]
    return Item(
        id=item_id,
        text=_texts(one.text, language),
        type="number" if one.kind == "weight" else "text",
        role=role,
        aliases=() if item_id == one.column else (one.column,),
    )


def _texts(text: str, language: str) -> Texts:
    """Braces would be placeholders of the brand."""
    return {language: text.replace("{", "(").replace("}", ")")}
