"""Wordings as a form shows them, and back to those with placeholders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from survey_engine.instrument.include_parts import cut
from survey_engine.instrument.model import Texts
from survey_engine.instrument.wording import fill, in_language


def shown(texts: Mapping[str, str], about: Mapping[str, Any]) -> Texts:
    """Texts with the brand and the customer's word in place; `about` is the instrument."""
    return {language: _shown(text, language, about) for language, text in texts.items()}


def _shown(text: str, language: str, about: Mapping[str, Any]) -> str:
    brand = in_language(about.get("brand", {}), language)
    customer = in_language(about.get("customer_word", {}), language)
    filled = fill(text, brand=brand, customer=customer)
    return filled[:1].upper() + filled[1:] if text.startswith("{") else filled


def restored(native: Any, known: Any, about: Mapping[str, Any]) -> Any:
    """Words as noted where the file still shows them, else those of the file.

    Whoever edits the exported file is right; whoever does not keeps the placeholders.
    """
    if not isinstance(native, dict) or not isinstance(known, dict) or not native:
        return known
    return {
        language: native[language]
        if language in native and not _same(native[language], text, language, about)
        else text
        for language, text in known.items()
    }


def _same(native: str, text: Any, language: str, about: Mapping[str, Any]) -> bool:
    if not isinstance(text, str):
        return False
    return native.split() in (_shown(text, language, about).split(), text.split())


def in_languages(data: Mapping[str, Any], languages: tuple[str, ...]) -> dict[str, Any]:
    """Plain data of an instrument with these languages only."""
    theirs, wanted = set(data["languages"]), set(languages)
    kept: dict[str, Any] = cut(dict(data), (theirs, wanted))
    kept["languages"] = list(languages)
    return kept
