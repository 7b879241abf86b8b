"""DDI Codebook 2.5 (XML): for archives and deposits; export only.

Source: DDI Alliance, "DDI Codebook 2.5", elements ``stdyDscr`` and ``dataDscr``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from survey_engine.exchange.draft import Notes
from survey_engine.exchange.scales import written_options
from survey_engine.exchange.words import shown
from survey_engine.instrument.model import Texts

NAMESPACE = "ddi:codebook:2_5"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
LOST = ("EXCHANGE_LOST_ROLES", "EXCHANGE_LOST_DETAILS", "EXCHANGE_LOST_BLOCKS")


def write(data: Mapping[str, Any], notes: Notes) -> bytes:  # noqa: ARG001 (no place for notes)
    """The codebook of an instrument."""
    root = Element("codeBook", {"xmlns": NAMESPACE, "version": "2.5"})
    root.set(_LANG, data["languages"][0])
    citation = SubElement(SubElement(root, "stdyDscr"), "citation")
    titles = SubElement(citation, "titlStmt")
    title = shown(data["title"], data)
    main, *others = data["languages"]
    SubElement(titles, "titl").text = title[main]
    for code in others:
        SubElement(titles, "parTitl", {_LANG: code}).text = title[code]
    SubElement(titles, "IDNo").text = data["id"]
    version = SubElement(citation, "verStmt")
    SubElement(version, "version").text = str(data["version"])
    described = SubElement(root, "dataDscr")
    for number, item in enumerate(data["items"], start=1):
        _variable(described, data, item, number)
    indent(root, space=" ")
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _say(parent: Element, tag: str, texts: Texts) -> None:
    for code, words in texts.items():
        SubElement(parent, tag, {_LANG: code}).text = words


def _variable(
    parent: Element, data: Mapping[str, Any], item: Mapping[str, Any], number: int
) -> None:
    """Elements in the order the schema asks for."""
    scale = next((s for s in data.get("scales", []) if s["id"] == item.get("scale")), None)
    kind = item.get("type", "rating")
    one = SubElement(parent, "var", ID=f"V{number}", name=item["id"])
    one.set("intrvl", "contin" if kind == "number" else "discrete")
    _say(one, "labl", shown(item.get("short") or item["text"], data))
    question = SubElement(one, "qstn", ID=f"Q{number}")
    if item.get("stem"):
        _say(question, "preQTxt", shown(item["stem"], data))
    _say(question, "qstnLit", shown(item["text"], data))
    missing = {int(code) for code in (scale or {}).get("missing", {})}
    if scale is not None and kind != "text":
        span = {"min": f"{scale['minimum']:g}", "max": f"{scale['maximum']:g}"}
        SubElement(SubElement(one, "valrng"), "range", span)
        if missing:
            invalid = SubElement(one, "invalrng")
            for code in sorted(missing):
                SubElement(invalid, "item", VALUE=str(code))
    if rule := item.get("asked_if"):
        values = ", ".join(f"{value:g}" for value in rule["values"])
        SubElement(one, "universe").text = f"{rule['item']} = {values}"
    if scale is not None and kind not in ("number", "text"):
        _categories(one, data, scale)
    if item.get("construct"):
        SubElement(one, "concept").text = item["construct"]
    numeric = kind in ("rating", "choice", "number")
    SubElement(one, "varFormat", type="numeric" if numeric else "character")


def _categories(one: Element, data: Mapping[str, Any], scale: Mapping[str, Any]) -> None:
    kinds = {int(code): kind for code, kind in scale.get("missing", {}).items()}
    written = set()
    for option in written_options(scale, tuple(data["languages"])):
        code = int(option.code)
        written.add(code)
        category = SubElement(one, "catgry", {"missing": "Y"} if code in kinds else {})
        SubElement(category, "catValu").text = option.code
        texts = {lang: re.sub(rf"^{code} - ", "", w) for lang, w in option.text.items()}
        _say(category, "labl", shown(texts, data))
    for code, kind in kinds.items():
        if code not in written:
            category = SubElement(one, "catgry", missing="Y")
            SubElement(category, "catValu").text = str(code)
            SubElement(category, "labl").text = kind
