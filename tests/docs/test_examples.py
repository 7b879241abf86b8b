"""What the documents tell a reader to type is typed here, block by block."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from survey_engine.cli import main
from tests.docs.raw_files import qualtrics, wenjuanxing

PAGES = (
    "README.md",
    "docs/guides/marketing.md",
    "docs/guides/marketing.zh.md",
    "docs/guides/consultants.md",
    "docs/guides/academics.md",
    "docs/guides/academics-cbsem.md",
    "docs/guides/academics-pls.md",
    "docs/guides/questionnaires.md",
)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def export(mobi_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files the documents speak of; the plain table's path."""
    monkeypatch.chdir(tmp_path)
    answers = pd.read_csv(mobi_path)
    qualtrics(answers, tmp_path / "qualtrics.csv")
    wenjuanxing(answers, tmp_path / "问卷星.xlsx")
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


@pytest.mark.parametrize(
    ("source", "extra"), [("qualtrics.csv", []), ("问卷星.xlsx", ["--lang", "zh"])]
)
def test_a_raw_file_ends_in_the_answers_that_were_given(
    source: str, extra: list[str], export: Path, tmp_path: Path
) -> None:
    """Cell by cell, but for the four who gave one answer through every matrix."""
    rules = ["--rule", "straightlining", "--rule", "duplicate_answers"]
    argv = ["clean", source, "-i", "ecsi", "-m", "ecsi", *rules, "-o", "clean.csv", *extra]
    assert main(argv) == 0
    given = pd.read_csv(export)
    clean = pd.read_csv(tmp_path / "clean.csv")
    kept = given.drop(index=[122, 136, 144, 235])
    assert clean[list(given)].to_numpy().tolist() == kept.to_numpy().tolist()
    assert not clean.astype(str).stack().str.contains("example.com|203.0.113", regex=True).any()


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
