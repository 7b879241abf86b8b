"""Write docs/diagnostics.md from the catalogue: every code with meaning, example, remedy.

Run ``make docs`` after adding a code; a test compares the file with what this makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey_engine.errors import CODES, STAGES, Severity
from survey_engine.workflows.resources import load_wording

PAGE = Path(__file__).with_name("diagnostics.md")
_SEVERITY = {
    "en": {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"},
    "zh": {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.INFO: "提示"},
}
_HEADS = {
    "en": ("Code", "Severity", "Meaning", "Example", "What to do"),
    "zh": ("代码", "级别", "含义", "例子", "处理办法"),
}


def page() -> str:
    """The whole page, English first, then Chinese."""
    parts = [
        "# Diagnostics",
        "Made by `make docs` from `reports/wording/`; do not edit. "
        "Words in braces are filled in when the diagnostic is shown. "
        "An **error** stops the analysis it belongs to, a **warning** is to be weighed, a "
        "**note** is to be known. 中文见后半部分。",
    ]
    for title, codes in STAGES.items():
        parts += [f"## {title}", _table(codes, "en")]
    parts.append("## 中文")
    parts.append(_table(CODES, "zh"))
    return "\n\n".join(parts) + "\n"


def _table(codes: Mapping[str, Severity], language: str) -> str:
    words: Mapping[str, Any] = load_wording(language)["diagnostics"]
    head = _HEADS[language]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for code in sorted(codes):
        entry = words.get(code, {})
        texts = (str(entry.get(key, "")) for key in ("meaning", "example", "remedy"))
        cells = [f"`{code}`", _SEVERITY[language][CODES[code]], *map(_cell, texts)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
