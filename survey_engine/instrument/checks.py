"""Cross checks of an instrument: what its parts say about each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from survey_engine.errors import Diagnostic, diagnostic
from survey_engine.instrument.checks_parts import (
    ANSWERED_BY_NUMBER,
    check_scores,
    check_something_asked,
    check_types,
)
from survey_engine.instrument.model import Instrument, Item, ResponseScale
from survey_engine.instrument.nearest import nearest_name, short_list
from survey_engine.instrument.texts import texts_of
from survey_engine.instrument.wording import PLACEHOLDERS, placeholders
from survey_engine.instrument.yaml_document import YamlDocument

CUSTOMER_WORDS_ZH = ("顾客", "客户", "用户")
_MOST = 50


def check_instrument(instrument: Instrument, document: YamlDocument) -> tuple[Diagnostic, ...]:
    """Faults between the parts of a valid instrument file, in the order of the file."""
    checks = (
        check_something_asked,
        _scales,
        _items,
        check_types,
        check_scores,
        _routing,
        _languages,
        _placeholders,
        _customer_word,
    )
    found = [fault for check in checks for fault in islice(check(instrument, document), _MOST)]
    return tuple(
        sorted(found, key=lambda fault: (fault.where.line or 0, fault.where.column or 0))
    )


def _scales(instrument: Instrument, document: YamlDocument) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for number, scale in enumerate(instrument.scales):
        path = ("scales", str(number))
        if scale.id in seen:
            yield diagnostic(
                "DUPLICATE_SCALE", where=document.where((*path, "id")), scale=scale.id
            )
        seen.add(scale.id)
        if not scale.minimum < scale.maximum:
            where = document.where((*path, "minimum"), values=(scale.minimum, scale.maximum))
            yield diagnostic("SCALE_RANGE", where=where, scale=scale.id)
        yield from _codes(scale, path, document)


def _codes(
    scale: ResponseScale, path: tuple[str, ...], document: YamlDocument
) -> Iterator[Diagnostic]:
    for code in scale.missing:
        if scale.minimum <= code <= scale.maximum:
            where = document.where((*path, "missing", str(code)), values=(code,))
            yield diagnostic(
                "MISSING_CODE_ON_SCALE",
                where=where,
                scale=scale.id,
                minimum=scale.minimum,
                maximum=scale.maximum,
            )
    for code in scale.labels:
        if not scale.minimum <= code <= scale.maximum:
            where = document.where((*path, "labels", str(code)), values=(code,))
            yield diagnostic(
                "LABEL_OFF_SCALE",
                where=where,
                scale=scale.id,
                minimum=scale.minimum,
                maximum=scale.maximum,
            )


def _items(instrument: Instrument, document: YamlDocument) -> Iterator[Diagnostic]:
    scales = [scale.id for scale in instrument.scales]
    names: dict[str, str] = {}
    for number, item in enumerate(instrument.items):
        path = ("items", str(number))
        for key, name in (("id", item.id), *(("aliases", alias) for alias in item.aliases)):
            if name in names:
                where = document.where((*path, key), items=(item.id,))
                yield diagnostic("DUPLICATE_ITEM", where=where, name=name, other=names[name])
            names.setdefault(name, item.id)
        if not item.scale:
            if not _needs_no_scale(item):
                where = document.where(path, items=(item.id,))
                yield diagnostic("MISSING_KEY", where=where, key="scale", inside=".".join(path))
        elif item.scale not in scales:
            yield diagnostic(
                "UNKNOWN_SCALE",
                where=document.where((*path, "scale"), items=(item.id,)),
                found=item.scale,
                suggestion=nearest_name(item.scale, scales) or "–",
            )
        yield from _construct(instrument, item, path, document)


def _needs_no_scale(item: Item) -> bool:
    counted = item.role in ANSWERED_BY_NUMBER
    return item.type == "text" or (item.type == "number" and not counted)


def _construct(
    instrument: Instrument, item: Item, path: tuple[str, ...], document: YamlDocument
) -> Iterator[Diagnostic]:
    name = item.construct_name
    if name is None or name in instrument.constructs:
        return
    yield diagnostic(
        "UNKNOWN_ITEM_CONSTRUCT",
        where=document.where((*path, "construct"), items=(item.id,), constructs=(name,)),
        suggestion=nearest_name(name, instrument.constructs) or "–",
    )


def _routing(instrument: Instrument, document: YamlDocument) -> Iterator[Diagnostic]:
    scale_by_id = {scale.id: scale for scale in instrument.scales}
    item_by_id = {item.id: item for item in instrument.items}
    for number, item in enumerate(instrument.items):
        if item.asked_if is None:
            continue
        path = ("items", str(number), "asked_if")
        asked = item_by_id.get(item.asked_if.item)
        if asked is None or asked is item:
            yield diagnostic(
                "ROUTING_UNKNOWN_ITEM",
                where=document.where((*path, "item"), items=(item.id,)),
                found=item.asked_if.item,
                suggestion=nearest_name(item.asked_if.item, item_by_id.keys() - {item.id})
                or "–",
            )
            continue
        scale = scale_by_id.get(asked.scale)
        off = tuple(
            value
            for value in item.asked_if.values
            if scale is not None and not scale.minimum <= value <= scale.maximum
        )
        if off:
            where = document.where((*path, "values"), items=(item.id,), values=off)
            yield diagnostic("ROUTING_OFF_SCALE", where=where, asked=asked.id)


def _languages(instrument: Instrument, document: YamlDocument) -> Iterator[Diagnostic]:
    for path, texts in texts_of(instrument):
        if not texts:
            continue
        absent = [code for code in instrument.languages if not texts.get(code, "").strip()]
        if absent:
            yield diagnostic(
                "MISSING_TRANSLATION",
                where=document.where(path),
                key=".".join(path),
                languages=absent,
            )
        extra = [code for code in texts if code not in instrument.languages]
        if extra:
            yield diagnostic(
                "UNDECLARED_LANGUAGE",
                where=document.where((*path, extra[0])),
                key=".".join(path),
                languages=extra,
            )


def _placeholders(instrument: Instrument, document: YamlDocument) -> Iterator[Diagnostic]:
    for path, texts in texts_of(instrument):
        for language, text in texts.items():
            unknown = [name for name in placeholders(text) if name not in PLACEHOLDERS]
            if unknown:
                yield diagnostic(
                    "UNKNOWN_PLACEHOLDER",
                    where=document.where((*path, language)),
                    found="{" + unknown[0][:40] + "}",
                    allowed=["{" + name + "}" for name in PLACEHOLDERS],
                )


def _customer_word(instrument: Instrument, document: YamlDocument) -> Iterator[Diagnostic]:
    """One word for the customer in the questions; names of constructs keep 顾客."""
    own = instrument.customer_word.get("zh")
    for path, texts in texts_of(instrument):
        if path[0] not in ("items", "scales", "blocks"):
            continue
        text = _without_placeholders(texts).get("zh", "")
        used = [word for word in CUSTOMER_WORDS_ZH if word in text]
        own = own or next(iter(used), None)
        other = [word for word in used if word != own]
        if other:
            yield diagnostic(
                "MIXED_CUSTOMER_WORD",
                where=document.where((*path, "zh")),
                found=short_list(other),
                word=own,
            )


def _without_placeholders(texts: Mapping[str, str]) -> dict[str, str]:
    cleaned = dict(texts)
    for name in PLACEHOLDERS:
        cleaned = {code: text.replace("{" + name + "}", "") for code, text in cleaned.items()}
    return cleaned
