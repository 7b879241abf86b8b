"""What a format did not bring back, found by comparing plain data key by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.exchange.draft import Notes
from survey_engine.instrument.model import Instrument

_ITEM_CODES = {
    "text": "EXCHANGE_LOST_WORDINGS",
    "stem": "EXCHANGE_LOST_WORDINGS",
    "type": "EXCHANGE_LOST_TYPES",
    "scale": "EXCHANGE_LOST_SCALE_NAMES",
    "block": "EXCHANGE_LOST_BLOCKS",
    "construct": "EXCHANGE_LOST_ROLES",
    "direction": "EXCHANGE_LOST_ROLES",
    "role": "EXCHANGE_LOST_ROLES",
    "asked_if": "EXCHANGE_LOST_ROUTING",
    "id": "EXCHANGE_LOST_IDS",
}
_SCALE_CODES = {
    "missing": "EXCHANGE_LOST_CODES",
    "dont_know": "EXCHANGE_LOST_CODES",
}
_SHOWN = 50
_DEFAULT_ITEM: dict[str, Any] = {
    "type": "rating", "scale": "", "block": None, "stem": {}, "construct": None,
    "direction": "higher_is_better", "role": "indicator", "aliases": [], "asked_if": None,
    "short": {}, "action": {},
}  # fmt: skip


def notes_between(data: Mapping[str, Any], native: Mapping[str, Any], names: Notes) -> Notes:
    """Notes that make an import of `native` give `data`."""
    items = {}
    for item, read in zip(data["items"], native["items"], strict=True):
        own = dict(names.items[item["id"]])
        for key in dict.fromkeys((*item, *read)):
            default = _DEFAULT_ITEM.get(key)
            if item.get(key, default) != read.get(key, default):
                own[key] = item.get(key, default)
        items[item["id"]] = own
    top: dict[str, Any] = {
        key: value
        for key, value in data.items()
        if key not in ("schema", "items", "scales", "blocks", "languages", "include")
        and native.get(key) != value
    }
    for key in ("brand", "customer_word"):  # needed to know the wordings again
        if data.get(key):
            top[key] = data[key]
    top["id"] = data["id"]
    top["scales"] = _missing_keys(_by_id(data), _by_id(native))
    top["blocks"] = _missing_keys(data.get("blocks", {}), native.get("blocks", {}))
    return Notes(top={key: value for key, value in top.items() if value}, items=items)


def _by_id(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        one["id"]: {key: value for key, value in one.items() if key != "id"}
        for one in data.get("scales", [])
    }


def _missing_keys(wanted: Mapping[str, Any], native: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, one in wanted.items():
        read = native.get(name)
        if read is None:
            found[name] = dict(one)
            continue
        if different := {key: one[key] for key in one if read.get(key) != one[key]}:
            found[name] = different
    return found


def losses_between(
    data: Mapping[str, Any], read: Mapping[str, Any], *, format_id: str
) -> Iterator[Diagnostic]:
    """One diagnostic a kind of loss, with the questions it concerns.

    Scales are compared by the question that uses them, so that another name alone is no
    loss of the scale.
    """
    lost: dict[str, list[str]] = {}
    scales, theirs = _by_id(data), _by_id(read)
    for item, back in _pairs(data["items"], read["items"]):
        if back is None:
            lost.setdefault("EXCHANGE_LOST_TYPES", []).append(item["id"])
            continue
        for key in dict.fromkeys((*item, *back)):
            default = _DEFAULT_ITEM.get(key)
            if item.get(key, default) != back.get(key, default):
                code = _ITEM_CODES.get(key, "EXCHANGE_LOST_DETAILS")
                lost.setdefault(code, []).append(item["id"])
        mine, other = scales.get(item.get("scale", "")), theirs.get(back.get("scale", ""))
        for key in dict.fromkeys((*(mine or {}), *(other or {}))):
            if (mine or {}).get(key) != (other or {}).get(key):
                code = _SCALE_CODES.get(key, "EXCHANGE_LOST_SCALES")
                lost.setdefault(code, []).append(item["id"])
    for code, items in lost.items():
        named = tuple(dict.fromkeys(items))
        yield diagnostic(
            code, where=Where(items=named[:_SHOWN]), format=format_id, count=len(named)
        )
    keys = [
        key
        for key in dict.fromkeys((*data, *read))
        if key not in ("schema", "items", "scales", "include")
        and data.get(key) != read.get(key)
    ]
    if keys:
        yield diagnostic("EXCHANGE_LOST_ABOUT", format=format_id, keys=keys)
    unused = [name for name in scales if name not in _used(data) and name not in theirs]
    if unused:
        yield diagnostic("EXCHANGE_LOST_UNUSED_SCALES", format=format_id, scales=unused)


def _pairs(
    items: list[dict[str, Any]], read: list[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Each question with what came back: by place, or by id where one became several."""
    if len(items) == len(read):
        yield from zip(items, read, strict=True)
        return
    known = {one["id"]: one for one in read}
    for item in items:
        yield item, known.get(item["id"])


def _used(data: Mapping[str, Any]) -> set[str]:
    return {item.get("scale", "") for item in data["items"]}


def same_instrument(one: Instrument, other: Instrument) -> bool:
    """Whether two instruments say the same; the order of their scales does not matter."""
    return _ordered(one) == _ordered(other)


def _ordered(one: Instrument) -> Instrument:
    return one.model_copy(
        update={
            "scales": tuple(sorted(one.scales, key=lambda scale: scale.id)),
            "blocks": dict(sorted(one.blocks.items())),
        }
    )
