"""Two languages, one set of keys; no diagnostic code without words."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Any

import pytest

from survey_engine.errors import CODES

from . import factory

EN, ZH = factory.wording("en"), factory.wording("zh")
FIELDS = ("message", "remedy", "meaning", "example")


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{path}.{key}")
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from leaves(value, f"{path}.{place}")
    else:
        yield path, node


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def report_words(catalogue: dict[str, Any]) -> dict[str, Any]:
    return dict(leaves({k: v for k, v in catalogue.items() if k != "diagnostics"}))


def test_both_languages_have_the_same_keys() -> None:
    assert set(report_words(EN)) == set(report_words(ZH))


def test_every_entry_is_text_with_plain_placeholders() -> None:
    for catalogue in (EN, ZH):
        for key, text in report_words(catalogue).items():
            assert isinstance(text, str) or text == {}, key
            if isinstance(text, str):
                assert all(
                    re.fullmatch(r"[A-Za-z_0-9]+", name) for name in placeholders(text)
                ), key


def test_the_same_facts_are_said() -> None:
    """Placeholders agree, but for names each language may need once more or less."""
    names = {"driver", "target", "next", "construct", "list", "level"}
    en, zh = report_words(EN), report_words(ZH)
    for key, text in en.items():
        if isinstance(text, str):
            first = {name.lower() for name in placeholders(text)} - names
            second = {name.lower() for name in placeholders(zh[key])} - names
            assert first == second, key


def test_english_words_hold_no_chinese_and_chinese_words_are_chinese() -> None:
    for key, text in report_words(EN).items():
        assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", str(text)), key
    for key, text in report_words(ZH).items():
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]", str(text)), key


@pytest.mark.parametrize("code", sorted(CODES))
def test_no_code_without_words(code: str) -> None:
    for catalogue in (EN, ZH):
        entry = catalogue["diagnostics"].get(code)
        assert entry is not None, f"{code} has no words"
        for name in FIELDS:
            assert str(entry.get(name, "")).strip(), f"{code} lacks {name}"
    for name in ("message", "remedy"):
        en = placeholders(str(EN["diagnostics"][code][name]))
        zh = placeholders(str(ZH["diagnostics"][code][name]))
        assert en == zh, f"{code} {name}"


def test_no_words_without_a_code() -> None:
    assert set(EN["diagnostics"]) == set(ZH["diagnostics"]) == set(CODES)
