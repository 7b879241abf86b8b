"""Every diagnostic this stage makes fills every blank of its words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from survey_engine.errors import Where
from survey_engine.errors.responses import RESPONSE_CODES
from survey_engine.workflows.resources import load_wording

PLACES = set(Where().to_dict())


def parameters_in_code(repository: Path) -> dict[str, list[set[str]]]:
    """Keywords of each ``diagnostic("CODE", ...)`` and ``refuse("CODE", ...)``."""
    found: dict[str, list[set[str]]] = {}
    for folder in ("readers", "responses"):
        for path in sorted((repository / "survey_engine" / folder).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                code = node.args[0]
                if name in ("diagnostic", "refuse") and isinstance(code, ast.Constant):
                    keywords = {word.arg for word in node.keywords if word.arg}
                    found.setdefault(str(code.value), []).append(keywords)
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_blanks_are_parameters(repository: Path, language: str) -> None:
    words = load_wording(language)["diagnostics"]
    in_code = parameters_in_code(repository)
    for code in RESPONSE_CODES:
        assert set(words[code]) >= {"message", "remedy", "meaning", "example"}, code
        blanks = set(re.findall(r"\{(\w+)", words[code]["message"] + words[code]["remedy"]))
        for keywords in in_code.get(code, []):
            assert blanks <= PLACES | keywords, code
