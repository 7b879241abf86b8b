"""The questionnaire of the sample exports as the engine's own YAML, and their truth table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from survey_engine.instrument.model import Instrument
from survey_engine.instrument.parse import parse_instrument

LANGUAGES = ("en", "de", "zh")
_TYPE = {"single": "choice", "multi": "multiple", "number": "number", "text": "text"}
_ROLE = {"single": "segment", "multi": "other", "number": "other", "text": "open"}
_DIRECT = {"single", "multi"}


def exports(shared: Path) -> Path:
    return shared / "samples" / "exports"


def manifest(shared: Path) -> dict[str, dict[str, Any]]:
    listed = json.loads((exports(shared) / "manifest.json").read_text(encoding="utf-8"))
    return {one["file"]: one for one in listed["files"] if one.get("kind") != "instrument"}


def truth(shared: Path) -> pd.DataFrame:
    path = exports(shared) / "expected.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False).set_index("rid")


def _scale(name: str, given: dict[str, Any]) -> dict[str, Any]:
    ends, words = given.get("endpoints", {}), given.get("labels", {})
    codes = given.get("codes") or {}
    last = given.get("max", len(codes))
    first = given.get("min", 1)
    scale: dict[str, Any] = {"id": name, "minimum": first, "maximum": last}
    for side, place in (("low", 0), ("high", 1)):
        if ends:
            scale[side] = {code: of[place].split(" - ")[1] for code, of in ends.items()}
    if words:
        scale["labels"] = {
            code: {language: of[code - 1] for language, of in words.items()}
            for code in range(1, last + 1)
        }
    if "dont_know" in given:
        scale["missing"] = {given["dont_know"]["code"]: "dont_know"}
        scale["dont_know"] = given["dont_know"]["labels"]
    return scale


def _choices(item: dict[str, Any]) -> dict[str, Any]:
    choices = item["choices"]
    scale: dict[str, Any] = {
        "id": item["id"],
        "minimum": 1,
        "maximum": len(choices),
        "labels": {one["code"]: one["label"] for one in choices},
        "names": {one["code"]: [one["id"]] for one in choices},
    }
    other = [one["code"] for one in choices if one["id"] == "other"]
    return {**scale, "other": other[0]} if other else scale


def instrument_yaml(shared: Path) -> str:
    """The YAML file a user would write for `instrument.example.json`."""
    path = exports(shared) / "instrument.example.json"
    given = json.loads(path.read_text(encoding="utf-8"))
    scales = [
        _scale(n, one) for n, one in given["scales"].items() if {"min", "codes"} & set(one)
    ]
    scales += [_choices(one) for one in given["items"] if "choices" in one]
    items = []
    for one in given["items"]:
        item: dict[str, Any] = {"id": one["id"], "text": one["text"]}
        if one["stem"]:
            item["stem"] = one["stem"]
        if one["scale"] in _TYPE:
            item["type"] = _TYPE[one["scale"]]
        if one["scale"] not in ("number", "text"):
            item["scale"] = one["id"] if one["scale"] in _DIRECT else one["scale"]
        if one["construct"]:
            item["construct"] = one["construct"]
        if one["scale"] in _ROLE:
            item["role"] = _ROLE[one["scale"]]
        if one["scale"] == "nps":
            item["role"] = "nps"
        if "asked_if" in one:
            item["asked_if"] = {"item": "complained", "values": [1]}
        items.append(item)
    constructs = dict.fromkeys(i["construct"] for i in items if "construct" in i)
    document = {
        "schema": "1",
        "id": "northline",
        "version": "1",
        "title": dict.fromkeys(LANGUAGES, "Northline"),
        "languages": list(LANGUAGES),
        "scales": scales,
        "constructs": {name: {"label": dict.fromkeys(LANGUAGES, name)} for name in constructs},
        "items": items,
    }
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


def northline(shared: Path) -> Instrument:
    return parse_instrument(instrument_yaml(shared), file="northline.yaml")
