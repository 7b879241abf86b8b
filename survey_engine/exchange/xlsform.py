"""XLSForm (ODK, KoboToolbox): a workbook with the sheets survey, choices and settings.

Constructs, directions and roles stand in columns of their own (``se_construct`` and so
on), everything else that the format has no field for in ``se_notes`` and in the sheet
``survey_engine``; form servers ignore both. Source: xlsform.org, "XLSForm".
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.exchange.cells import MAX_BYTES, noted, refusal, unguarded
from survey_engine.exchange.draft import Draft, Option, Options, Question
from survey_engine.exchange.xlsform_write import LANGUAGE_NAMES, READABLE, SHEET
from survey_engine.instrument.model import ItemType, Texts

_ASIDE = frozenset(
    ("start", "end", "today", "deviceid", "username", "phonenumber", "email", "audit",
     "calculate", "hidden", "background-audio", "xml-external", "csv-external")
)  # fmt: skip
_NUMBERS = frozenset(("integer", "int", "decimal", "range"))
_AS_TEXT = frozenset(
    ("date", "time", "datetime", "barcode", "geopoint", "geotrace", "geoshape")
)
_BOUNDS = re.compile(r"\.\s*>=\s*(-?[\d.]+)\s+and\s+\.\s*<=\s*(-?[\d.]+)")
Rows = list[dict[str, str]]


def recognises(content: bytes) -> bool:
    """A workbook with sheets named survey and choices."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            book = archive.read("xl/workbook.xml") if len(content) < MAX_BYTES else b""
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, ValueError):
        return False
    return b'name="survey"' in book


def read(content: bytes, file: str) -> Draft:
    """The draft of a workbook; raises ResponseError."""
    if len(content) > MAX_BYTES:
        raise refusal("EXCHANGE_TOO_LARGE", file, limit=MAX_BYTES // 2**20)
    sheets = _sheets(content, file)
    if "survey" not in sheets:
        raise refusal("EXCHANGE_BROKEN", file, reason="survey")
    settings = next(iter(sheets.get("settings", [])), {})
    form = _Form(file=file, settings=settings, choices=sheets.get("choices", []))
    form.languages = _languages(sheets["survey"], settings)
    for row in sheets["survey"]:
        form.take(row)
    notes = noted("".join(row.get("notes", "") for row in sheets.get(SHEET, [])))
    main = form.languages[0][1]
    return Draft(
        id=settings.get("form_id", ""),
        title={main: title} if (title := settings.get("form_title", "")) else {},
        version=settings.get("version", "") or "1",
        languages=tuple(code for _, code in form.languages),
        questions=tuple(form.questions),
        blocks=form.blocks,
        notes=notes,
        left_out=tuple(form.left_out()),
    )


def _sheets(content: bytes, file: str) -> dict[str, Rows]:
    from survey_engine.readers.sandbox import parse
    from survey_engine.readers.source import SourceFile

    source = SourceFile(name=file, content=content, sha256=hashlib.sha256(content).hexdigest())
    found: dict[str, Rows] = {}
    for sheet in parse(source).sheets:
        heads = [str(cell or "").strip() for cell in sheet.cells[0]]
        found[sheet.name.strip().lower()] = [
            {"#": str(number)}
            | {h: _cell(c) for h, c in zip(heads, cells, strict=True) if h and c is not None}
            for number, cells in enumerate(sheet.cells[1:], start=2)
        ]
    return found


def _cell(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return unguarded(str(cell).strip())


def _languages(rows: Rows, settings: Mapping[str, str]) -> list[tuple[str, str]]:
    """(column, language code) of the label columns, the default language first."""
    columns = dict.fromkeys(key for row in rows for key in row if re.match(r"label\b", key))
    default = settings.get("default_language", "")
    found = []
    for column in columns:
        name = column.partition("::")[2].strip() or default
        code = re.search(r"\(([\w-]+)\)\s*$", name)
        found.append((column, code[1] if code else _code(name)))
    found.sort(key=lambda one: default not in one[0] if default else False)
    seen: dict[str, str] = {}
    for column, language in found:
        seen.setdefault(language, column)
    return [(column, code) for code, column in seen.items()] or [("label", "en")]


def _code(name: str) -> str:
    known = {value.lower(): key for key, value in LANGUAGE_NAMES.items()}
    known |= {"chinese": "zh", "german": "de", "french": "fr"}
    return known.get(name.lower(), name.lower() or "en")


@dataclass(kw_only=True)
class _Form:
    """Collects questions row by row."""

    file: str
    settings: Mapping[str, str]
    choices: Rows
    languages: list[tuple[str, str]] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    blocks: dict[str, tuple[Texts, Texts]] = field(default_factory=dict)
    groups: list[tuple[str, str]] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    as_text: list[str] = field(default_factory=list)
    rules: list[tuple[str, str]] = field(default_factory=list)

    def texts(self, row: Mapping[str, str]) -> Texts:
        return {code: row[column] for column, code in self.languages if row.get(column)}

    def take(self, row: dict[str, str]) -> None:
        kind, _, rest = row.get("type", "").strip().partition(" ")
        kind = kind.lower()
        name = row.get("name", "")
        words = f"{kind} {rest.strip()}".replace("_", " ").split()
        if words[:2] in (["begin", "group"], ["begin", "repeat"]):
            self.groups.append((name, row.get("relevant", "")))
            self.blocks.setdefault(name, (self.texts(row), {}))
            if words[1] == "repeat":
                self.rules.append((name, "begin_repeat"))
        elif words[:1] == ["end"] and len(words) > 1:
            self.groups[-1:] = []
        elif kind == "note":
            self.introduce(row)
        elif kind in _ASIDE:
            self.aside.append(name)
        elif kind:
            self.ask(row, kind, rest.strip())

    def introduce(self, row: Mapping[str, str]) -> None:
        """A note at the start of a group introduces it; others are not questions."""
        group = self.groups[-1][0] if self.groups else None
        fresh = group is not None and not any(one.block == group for one in self.questions)
        if group is not None and fresh and not self.blocks[group][1]:
            self.blocks[group] = (self.blocks[group][0], self.texts(row))
        else:
            self.aside.append(row.get("name", ""))

    def ask(self, row: dict[str, str], kind: str, rest: str) -> None:
        typed = self.type_of(row, kind)
        if typed is None:
            self.unread.append(row.get("name", ""))
            return
        notes = noted(row.get("se_notes"))
        notes |= {key: row[f"se_{key}"] for key in READABLE if row.get(f"se_{key}")}
        self.questions.append(
            Question(
                id=row.get("name", ""),
                text=self.texts(row),
                type=typed,
                options=self.options(row, kind, rest),
                condition=self.condition(row),
                block=self.groups[-1][0] if self.groups else None,
                notes=notes,
                row=int(row["#"]),
            )
        )

    def type_of(self, row: Mapping[str, str], kind: str) -> ItemType | None:
        if kind == "select_one":
            return "rating" if "likert" in row.get("appearance", "") else "choice"
        if kind == "select_multiple":
            return "multiple"
        if kind in _NUMBERS:
            return "number"
        if kind in _AS_TEXT:
            self.as_text.append(row.get("name", ""))
        return "text" if kind == "text" or kind in _AS_TEXT else None

    def condition(self, row: Mapping[str, str]) -> str:
        """The rule of a question and of the groups around it, if there is but one."""
        rules = [rule for _, rule in self.groups if rule]
        if row.get("relevant"):
            rules.append(row["relevant"])
        if len(rules) <= 1:
            return "".join(rules)
        return " and ".join(f"({rule})" for rule in rules)

    def options(self, row: Mapping[str, str], kind: str, rest: str) -> Options | None:
        if kind in ("select_one", "select_multiple"):
            name = rest.split()[0] if rest else ""
            entries = tuple(
                Option(code=one.get("name", one.get("value", "")), text=self.texts(one))
                for one in self.choices
                if one.get("list_name", one.get("list name")) == name
            )
            return Options(id=name, entries=entries)
        rule = row.get("constraint", "")
        bounds = _BOUNDS.fullmatch(rule.strip())
        if rule and not bounds:
            self.rules.append((row.get("name", ""), rule))
        if kind not in _NUMBERS or not bounds:
            return None
        low, high = float(bounds[1]), float(bounds[2])
        return Options(minimum=low, maximum=high, id=f"{low:g}_to_{high:g}")

    def left_out(self) -> Iterator[Diagnostic]:
        for code, names in (
            ("EXCHANGE_NOT_QUESTIONS", self.aside),
            ("EXCHANGE_QUESTIONS_LEFT_OUT", self.unread),
            ("EXCHANGE_READ_AS_TEXT", self.as_text),
        ):
            if names:
                yield diagnostic(code, where=Where(file=self.file, items=tuple(names)))
        for name, rule in self.rules:
            where = Where(file=self.file, items=(name,))
            yield diagnostic("EXCHANGE_RULE_NOT_KEPT", where=where, rule=rule[:200])
