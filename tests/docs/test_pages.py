"""Generated pages are current; every code has words in both languages; links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import string
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from survey_engine.errors import CODES, STAGES
from survey_engine.workflows.resources import languages, load_wording


def _script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["write_diagnostics", "write_cli"])
def test_generated_page_is_current(repository: Path, name: str) -> None:
    module = _script(repository / "docs" / f"{name}.py")
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "run: make docs"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_code_has_all_its_words(language: str) -> None:
    words = load_wording(language)["diagnostics"]
    bare = {
        code: [k for k in ("message", "remedy", "meaning", "example") if not entry.get(k)]
        for code in CODES
        if (entry := words.get(code, {})) is not None
    }
    assert {code: keys for code, keys in bare.items() if keys} == {}
    assert set(words) - set(CODES) == set()


def test_no_code_belongs_to_two_stages() -> None:
    assert sum(len(stage) for stage in STAGES.values()) == len(CODES)


def test_both_languages_use_the_same_placeholders() -> None:
    english, chinese = (load_wording(language)["diagnostics"] for language in ("en", "zh"))
    different = {
        (code, key): (_fields(english[code][key]), _fields(chinese[code][key]))
        for code in CODES
        for key in ("message", "remedy")
        if _fields(english[code][key]) != _fields(chinese[code][key])
    }
    assert different == {}


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_command_words_have_the_same_keys_in_every_language() -> None:
    keys = [_keys(load_wording(language)["cli"]) for language in languages()]
    assert all(found == keys[0] for found in keys)


def _keys(node: Any, path: str = "") -> set[str]:
    if not isinstance(node, dict):
        return {path}
    return {key for name, entry in node.items() for key in _keys(entry, f"{path}.{name}")}


def _pages(repository: Path) -> list[Path]:
    return [*sorted(repository.glob("*.md")), *sorted((repository / "docs").rglob("*.md"))]


def test_links_lead_somewhere(repository: Path) -> None:
    dead = [
        (page.name, target)
        for page in _pages(repository)
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert dead == []


def test_contributing_names_files_that_exist(repository: Path) -> None:
    text = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(
        r"`((?:survey_engine|reports|instruments|models|docs)/[^`*<]+\.\w+)`", text
    )
    assert len(named) > 8
    assert [name for name in named if not (repository / name).exists()] == []


def test_decisions_are_numbered_once_each(repository: Path) -> None:
    # Work that goes on side by side takes numbers from separate tens: gaps are meant.
    names = sorted(path.name for path in (repository / "docs" / "decisions").glob("*.md"))
    numbers = [re.fullmatch(r"(\d{4})-[a-z0-9-]+\.md", name) for name in names]
    assert [name for name, one in zip(names, numbers, strict=True) if one is None] == []
    assert len({one[1] for one in numbers if one}) == len(names)


def test_constraints_hold_names_and_versions_only(repository: Path) -> None:
    lines = (repository / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 50
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
