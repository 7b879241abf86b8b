"""Triple-S (XML, versions 1.2 to 3.0): the interchange format of market research.

It describes variables of a data file: no routing, no parts of the page, no place for
notes, so constructs, directions and rules are lost. Source: triple-s.org, "The Triple-S
Survey Interchange Standard, version 2.0".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from survey_engine.errors import Where, diagnostic
from survey_engine.exchange.cells import refusal, xml_tree
from survey_engine.exchange.draft import Draft, Notes, Option, Options, Question
from survey_engine.exchange.scales import written_options
from survey_engine.exchange.words import shown
from survey_engine.instrument.model import ItemType, Texts

if TYPE_CHECKING:
    from survey_engine.errors import Diagnostic

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TYPES: dict[str, ItemType] = {
    "single": "choice", "multiple": "multiple", "quantity": "number", "character": "text",
    "logical": "choice", "date": "text", "time": "text",
}  # fmt: skip
_WRITTEN = {"multiple": "multiple", "number": "quantity", "text": "character"}
ANY_NUMBER = ("-999999999", "999999999")


def recognises(content: bytes) -> bool:
    """XML with the root ``sss``."""
    return b"<sss" in content[:4000]


def read(content: bytes, file: str) -> Draft:
    """The draft of a definition; raises ResponseError."""
    root = xml_tree(content, file)
    survey = root.find("survey")
    if root.tag != "sss" or survey is None:
        raise refusal("EXCHANGE_BROKEN", file, reason="sss, survey")
    main = root.get("languages", "").split()[:1] or [survey.get(_LANG, "en")]
    taken = _Languages(main=_base(main[0]))
    questions, as_text = [], []
    for number, variable in enumerate(survey.iter("variable"), start=1):
        kind = variable.get("type", "")
        if variable.get("use") in ("serial", "weight") or kind not in _TYPES:
            continue
        name = (variable.findtext("name") or variable.get("ident") or str(number)).strip()
        if kind in ("date", "time"):
            as_text.append(name)
        text = taken.texts(variable.find("label"))
        questions.append(
            Question(id=name, text=text, type=_TYPES[kind], options=_options(variable, taken))
        )
    if not questions:
        raise refusal("EXCHANGE_BROKEN", file, reason="variable")
    left: tuple[Diagnostic, ...] = ()
    if as_text:
        where = Where(file=file, items=tuple(as_text))
        left = (diagnostic("EXCHANGE_READ_AS_TEXT", where=where),)
    return Draft(
        id=(survey.findtext("name") or file.rpartition(".")[0]).strip(),
        title=taken.texts(survey.find("title")),
        version=(survey.findtext("version") or "1").strip(),
        languages=(taken.main, *(code for code in taken.seen if code != taken.main)),
        questions=tuple(questions),
        left_out=left,
    )


def _base(code: str) -> str:
    return code.split("-")[0].lower()


class _Languages:
    """Reads texts, remembering the languages met."""

    def __init__(self, main: str) -> None:
        self.main = main
        self.seen: dict[str, None] = {}

    def texts(self, holder: Element | None) -> Texts:
        """An element's own words are of the main language, ``text`` children of theirs."""
        found: Texts = {}
        if holder is None:
            return found
        if own := " ".join((holder.text or "").split()):
            found[self.main] = own
        for child in holder.findall("text"):
            words = " ".join("".join(child.itertext()).split())
            if words and child.get("mode", "interview") == "interview":
                found[_base(child.get(_LANG, self.main))] = words
        self.seen.update(dict.fromkeys(found))
        return found


def _options(variable: Element, taken: _Languages) -> Options | None:
    if variable.get("type") == "logical":
        pairs = (("1", "Yes"), ("0", "No"))
        return Options(entries=tuple(Option(code=c, text={taken.main: w}) for c, w in pairs))
    values = variable.find("values")
    if values is None:
        return None
    entries = tuple(
        Option(code=value.get("code", ""), text=taken.texts(value))
        for value in values.findall("value")
    )
    span = values.find("range")
    bounds = (span.get("from", ""), span.get("to", "")) if span is not None else ANY_NUMBER
    try:
        low, high = (float(one) for one in bounds)
    except ValueError:
        low = high = 0.0
    if variable.get("type") == "quantity":
        if bounds == ANY_NUMBER or not low < high:
            return None
        return Options(minimum=low, maximum=high)
    return Options(entries=entries) if entries else Options(minimum=low, maximum=high)


def write(data: Mapping[str, Any], notes: Notes) -> bytes:  # noqa: ARG001 (no place for notes)
    """The definition of an instrument."""
    root = Element("sss", version="2.0", languages=" ".join(data["languages"]))
    SubElement(root, "origin").text = "survey_engine"
    survey = SubElement(root, "survey")
    SubElement(survey, "name").text = data["id"]
    SubElement(survey, "version").text = str(data["version"])
    _say(SubElement(survey, "title"), shown(data["title"], data), data)
    record = SubElement(survey, "record", ident="A")
    start = 1
    for number, item in enumerate(data["items"], start=1):
        start = _variable(record, data, item, number, start)
    indent(root, space=" ")
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _say(holder: Element, texts: Texts, data: Mapping[str, Any]) -> None:
    main, *others = data["languages"]
    holder.text = texts[main]
    for code in others:
        SubElement(holder, "text", {_LANG: code}).text = texts[code]


def _variable(
    record: Element, data: Mapping[str, Any], item: Mapping[str, Any], number: int, start: int
) -> int:
    """One variable; the first column after it."""
    kind = item.get("type", "rating")
    scale = next((s for s in data.get("scales", []) if s["id"] == item.get("scale")), None)
    typed = _WRITTEN.get(kind, "single")
    one = SubElement(record, "variable", ident=str(number), type=typed)
    SubElement(one, "name").text = item["id"]
    _say(SubElement(one, "label"), shown(item["text"], data), data)
    place = SubElement(one, "position", start=str(start))
    width = 255
    if kind == "text":
        SubElement(one, "size").text = str(width)
    elif kind == "number":
        low, high = ANY_NUMBER
        if scale is not None:
            low, high = f"{scale['minimum']:g}", f"{scale['maximum']:g}"
        SubElement(SubElement(one, "values"), "range", {"from": low, "to": high})
        width = max(len(low), len(high))
    elif scale is not None:
        options = written_options(scale, tuple(data["languages"]))
        width = max(len(option.code) for option in options)
        if kind == "multiple":
            SubElement(one, "spread", subfields=str(len(options)), width=str(width))
        values = SubElement(one, "values")
        for option in options:
            value = SubElement(values, "value", code=option.code)
            _say(value, shown(option.text, data), data)
        width *= len(options) if kind == "multiple" else 1
    place.set("finish", str(start + width - 1))
    return start + width
