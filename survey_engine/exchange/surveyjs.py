"""SurveyJS: a JSON of pages and elements; what it has no property for stands under ``se``.

Source: surveyjs.io, form library JSON schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.exchange.cells import json_object, noted, plain_words, refusal, text_of
from survey_engine.exchange.draft import Draft, Notes, Option, Options, Question
from survey_engine.exchange.scales import written_options
from survey_engine.exchange.words import shown
from survey_engine.instrument.model import ItemType, Texts

_LOCALES = {"zh-cn": "zh"}
_WRITTEN = {"zh": "zh-cn"}
_TYPES: dict[str, ItemType] = {
    "radiogroup": "choice", "dropdown": "choice", "boolean": "choice", "rating": "rating",
    "buttongroup": "choice", "checkbox": "multiple", "tagbox": "multiple",
    "text": "text", "comment": "text",
}  # fmt: skip
_ELEMENTS = {"multiple": "checkbox", "number": "text", "text": "comment"}
_ASIDE = ("html", "image", "expression")
_DEPTH = 20


def recognises(content: bytes) -> bool:
    """An object with pages or elements."""
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head.startswith(b"{") or b'"SurveyEntry"' in head[:2000]:
        return False
    return b'"elements"' in head or b'"questions"' in head


def read(content: bytes, file: str) -> Draft:
    """The draft of a form; raises ResponseError."""
    form = json_object(text_of(content, file), file)
    main = str(form.get("locale") or "en")
    taken = _Survey(file=file, main=_LOCALES.get(main, main))
    pages: Any = form.get("pages") if isinstance(form.get("pages"), list) else [form]
    for number, page in enumerate(pages, start=1):
        if isinstance(page, dict):
            taken.page(page, number)
    if not taken.questions:
        raise refusal("EXCHANGE_BROKEN", file, reason="elements")
    notes = noted(form.get("se"))
    title = taken.texts(form.get("title")) or {taken.main: file.rpartition(".")[0] or file}
    others = [code for code in taken.seen if code != taken.main]
    return Draft(
        id=file.rpartition(".")[0] or file,
        title=title,
        languages=(taken.main, *others),
        questions=tuple(taken.questions),
        blocks=taken.blocks,
        notes=notes,
        left_out=tuple(taken.left_out()),
    )


@dataclass(kw_only=True)
class _Survey:
    """Collects questions page by page."""

    file: str
    main: str
    seen: dict[str, None] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    blocks: dict[str, tuple[Texts, Texts]] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def texts(self, value: object) -> Texts:
        if isinstance(value, dict):
            found = {
                self.main if key == "default" else _LOCALES.get(str(key), str(key)): text
                for key, text in value.items()
                if isinstance(text, str) and text.strip()
            }
        else:
            found = {self.main: str(value)} if value not in (None, "") else {}
        self.seen.update(dict.fromkeys(found))
        return {key: plain_words(text) if "<" in text else text for key, text in found.items()}

    def page(self, page: Mapping[str, Any], number: int) -> None:
        name = str(page.get("name") or f"page{number}")
        title, intro = self.texts(page.get("title")), self.texts(page.get("description"))
        block = name if "pages" not in page and (title or intro) else None
        if block is not None and page.get("elements") is not None:
            self.blocks[block] = (title, intro)
        self.elements(page, block, str(page.get("visibleIf") or ""), 0)

    def elements(
        self, holder: Mapping[str, Any], block: str | None, rule: str, depth: int
    ) -> None:
        inside = holder.get("elements") or holder.get("questions") or []
        for element in inside if isinstance(inside, list) and depth < _DEPTH else []:
            if not isinstance(element, dict):
                continue
            rules = [one for one in (rule, str(element.get("visibleIf") or "")) if one]
            joined = rules[0] if len(rules) == 1 else " and ".join(f"({r})" for r in rules)
            if element.get("type") == "panel":
                self.elements(element, block, joined, depth + 1)
            else:
                self.element(element, block, joined)

    def element(self, element: Mapping[str, Any], block: str | None, rule: str) -> None:
        kind, name = str(element.get("type")), str(element.get("name", ""))
        if kind == "matrix":
            self.matrix(element, block, rule)
            return
        if kind not in _TYPES:
            (self.aside if kind in _ASIDE else self.unread).append(name)
            return
        numeric = kind == "text" and element.get("inputType") in ("number", "range")
        self.questions.append(
            Question(
                id=name,
                text=self.texts(element.get("title")) or {self.main: name},
                type="number" if numeric else _TYPES[kind],
                options=self.options(element, kind),
                condition=rule,
                block=block,
                notes=noted(element.get("se")),
                row=1,
            )
        )

    def matrix(self, element: Mapping[str, Any], block: str | None, rule: str) -> None:
        """Each row of a matrix is a question under the matrix's title."""
        stem = self.texts(element.get("title"))
        options = Options(entries=self.entries(element.get("columns")))
        for row in self.entries(element.get("rows")):
            self.questions.append(
                Question(
                    id=row.code,
                    text=row.text,
                    type="rating",
                    options=options,
                    condition=rule,
                    block=block,
                    stem=stem,
                )
            )

    def options(self, element: Mapping[str, Any], kind: str) -> Options | None:
        if kind in ("radiogroup", "dropdown", "checkbox", "tagbox", "buttongroup"):
            return Options(entries=self.entries(element.get("choices")))
        if kind == "boolean":
            labels = (element.get("labelFalse", "No"), element.get("labelTrue", "Yes"))
            return Options(
                entries=tuple(
                    Option(code=str(code), text=self.texts(label))
                    for code, label in enumerate(labels)
                )
            )
        low = self.texts(element.get("minRateDescription"))
        high = self.texts(element.get("maxRateDescription"))
        if kind == "rating":
            if element.get("rateValues"):
                return Options(entries=self.entries(element["rateValues"]), low=low, high=high)
            least = _number(element.get("rateMin"), 1.0)
            most = _number(
                element.get("rateMax"), least + _number(element.get("rateCount"), 5) - 1
            )
            return Options(minimum=least, maximum=most, low=low, high=high)
        bounds = [element.get("min"), element.get("max")]
        if all(isinstance(one, int | float) for one in bounds):
            return Options(minimum=float(bounds[0] or 0), maximum=float(bounds[1] or 0))
        return None

    def entries(self, choices: object) -> tuple[Option, ...]:
        found = []
        for one in choices if isinstance(choices, list) else []:
            value = one.get("value") if isinstance(one, dict) else one
            words = one.get("text") if isinstance(one, dict) else None
            code = f"{value:g}" if isinstance(value, float) else str(value)
            found.append(Option(code=code, text=self.texts(words or str(value))))
        return tuple(found)

    def left_out(self) -> Iterator[Diagnostic]:
        for code, names in (
            ("EXCHANGE_NOT_QUESTIONS", self.aside),
            ("EXCHANGE_QUESTIONS_LEFT_OUT", self.unread),
        ):
            if names:
                yield diagnostic(code, where=Where(file=self.file, items=tuple(names)))


def _number(value: object, default: float) -> float:
    return float(value) if isinstance(value, int | float) else default


def write(data: Mapping[str, Any], notes: Notes) -> bytes:
    """The JSON of an instrument."""
    main = data["languages"][0]
    form: dict[str, Any] = {"title": _words(shown(data["title"], data), main)}
    form["locale"] = _WRITTEN.get(main, main)
    form["pages"] = list(_pages(data, notes, main))
    if notes.top:
        form["se"] = notes.top
    return (json.dumps(form, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _words(texts: Texts, main: str) -> str | dict[str, str]:
    if list(texts) == [main]:
        return texts[main]
    return {
        "default" if code == main else _WRITTEN.get(code, code): text
        for code, text in texts.items()
    }


def _pages(data: Mapping[str, Any], notes: Notes, main: str) -> Iterator[dict[str, Any]]:
    page: dict[str, Any] | None = None
    names: set[str] = set()
    here: str | None = None
    for item in data["items"]:
        block = item.get("block")
        if page is None or block != here:
            if page is not None:
                yield page
            name = block if block and block not in names else f"page{len(names) + 1}"
            names.add(name)
            page, here = {"name": name}, block
            for key, property_ in (("title", "title"), ("intro", "description")):
                texts = shown(data["blocks"][block].get(key, {}), data) if block else {}
                if texts:
                    page[property_] = _words(texts, main)
            page["elements"] = []
        page["elements"].append(_element(data, item, notes, main))
    if page is not None:
        yield page


def _element(
    data: Mapping[str, Any], item: Mapping[str, Any], notes: Notes, main: str
) -> dict[str, Any]:
    kind = item.get("type", "rating")
    typed = {"multiple": "checkbox", "number": "text", "text": "comment"}.get(
        kind, "radiogroup"
    )
    element: dict[str, Any] = {"type": typed, "name": item["id"]}
    element["title"] = _words(shown(item["text"], data), main)
    scale = next((s for s in data.get("scales", []) if s["id"] == item.get("scale")), None)
    if kind == "number":
        element["inputType"] = "number"
        if scale is not None:
            element["min"], element["max"] = scale["minimum"], scale["maximum"]
    elif scale is not None and kind != "text":
        if kind == "rating" and not scale.get("missing") and not scale.get("labels"):
            _rated(element, scale, data, main)
        else:
            element["choices"] = [
                {"value": int(one.code), "text": _words(shown(one.text, data), main)}
                for one in written_options(scale, tuple(data["languages"]))
            ]
            if kind != "multiple":
                element["colCount"] = 0
    if rule := item.get("asked_if"):
        kinds = {one["id"]: one.get("type") for one in data["items"]}
        word = "contains" if kinds[rule["item"]] == "multiple" else "="
        element["visibleIf"] = " or ".join(
            f"{{{rule['item']}}} {word} {value:g}" for value in rule["values"]
        )
    if own := notes.items.get(item["id"]):
        element["se"] = own
    return element


def _rated(
    element: dict[str, Any], scale: Mapping[str, Any], data: Mapping[str, Any], main: str
) -> None:
    element["type"] = "rating"
    element["rateMin"], element["rateMax"] = scale["minimum"], scale["maximum"]
    for key, property_ in (("low", "minRateDescription"), ("high", "maxRateDescription")):
        if scale.get(key):
            element[property_] = _words(shown(scale[key], data), main)
