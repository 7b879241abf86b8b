"""What the documents tell a reader to type is typed here, block by block."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from survey_engine.cli import main

PAGES = (
    "README.md",
    "docs/guides/marketing.md",
    "docs/guides/consultants.md",
    "docs/guides/academics.md",
    "docs/guides/academics-cbsem.md",
    "docs/guides/academics-pls.md",
    "docs/guides/questionnaires.md",
)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def export(mobi_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy(mobi_path, tmp_path / "export.csv"))


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_works(repository: Path, export: Path, page: str) -> None:
    names: dict[str, Any] = {}
    blocks = _BLOCK.findall((repository / page).read_text(encoding="utf-8"))
    assert blocks
    for kind, text in blocks:
        if kind == "sh":
            _type_commands(text)
        elif kind == "python":
            _run_python(text, names)
        elif kind in ("yaml", "text"):
            _write_file(text, export.parent)


def _type_commands(text: str) -> None:
    for line in text.splitlines():
        program, *argv = shlex.split(line)
        assert program == "survey-engine"
        assert main(argv) == 0, line


def _run_python(text: str, names: dict[str, Any]) -> None:
    exec(compile(text, "<page>", "exec"), names)  # noqa: S102  (our own documents)
    for expression, shown in re.findall(r"^([\w.]+) +# (\d.*)$", text, re.MULTILINE):
        assert repr(eval(expression, names)) == shown  # noqa: S307


def _write_file(text: str, folder: Path) -> None:
    head = re.match(r"# file: (\S+)\n", text)
    assert head is not None
    (folder / head.group(1)).write_text(text, encoding="utf-8")


def test_the_chinese_readme_shows_the_same_code(repository: Path) -> None:
    english, chinese = (
        _code((repository / name).read_text(encoding="utf-8"))
        for name in ("README.md", "README.zh-CN.md")
    )
    assert english == chinese


def _code(page: str) -> list[tuple[str, str]]:
    """Commands and Python without comments and without the choice of a language."""
    plain = re.sub(r" --lang zh| {2,}# .*", "", page).replace('lang="zh"', 'lang="en"')
    return _BLOCK.findall(plain)
