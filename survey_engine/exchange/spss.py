"""SPSS dictionary: names, labels, value labels and missing values of a .sav file.

An export is an empty .sav with a syntax file that repeats the dictionary and adds what the
file format cannot hold: sets of several answers and the attributes construct, direction
and role. Source: IBM SPSS Statistics Command Syntax Reference.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from survey_engine.errors import Where, diagnostic
from survey_engine.exchange.cells import MAX_BYTES, refusal
from survey_engine.exchange.draft import Draft, Notes, Option, Options, Question
from survey_engine.exchange.scales import written_options
from survey_engine.exchange.words import shown
from survey_engine.instrument.model import ItemType

_LABEL_BYTES, _VALUE_BYTES = 256, 120


def recognises(content: bytes) -> bool:
    """The magic bytes of .sav and .zsav."""
    return content.startswith((b"$FL2", b"$FL3"))


def read(content: bytes, file: str) -> Draft:
    """The draft of a dictionary; raises ResponseError."""
    from survey_engine.readers.sandbox import parse
    from survey_engine.readers.source import SourceFile

    if len(content) > 10 * MAX_BYTES:
        raise refusal("EXCHANGE_TOO_LARGE", file, limit=10 * MAX_BYTES // 2**20)
    digest = hashlib.sha256(content).hexdigest()
    found = parse(SourceFile(name=file, content=content, sha256=digest))
    names = [str(cell) for cell in found.sheet.cells[0]]
    labels = " ".join(str(found.labels.get(name) or "") for name in names)
    language = "zh" if re.search("[一-鿿]", labels) else "en"
    questions = []
    for column, name in enumerate(names):
        values = found.value_labels.get(name, {})
        missing = tuple(f"{code:g}" for code in found.missing_codes.get(name, ()))
        typed, options = _answers(values, missing, found.sheet.cells[1:, column], language)
        text = str(found.labels.get(name) or "").strip()
        questions.append(
            Question(
                id=name, text={language: text} if text else {}, type=typed, options=options
            )
        )
    said = diagnostic("EXCHANGE_LANGUAGE_ASSUMED", where=Where(file=file), language=language)
    return Draft(
        id=file.rpartition(".")[0] or file,
        title={},
        languages=(language,),
        questions=tuple(questions),
        left_out=(said,),
    )


def _answers(
    values: Mapping[Any, str], missing: tuple[str, ...], cells: Any, language: str
) -> tuple[ItemType, Options | None]:
    entries = tuple(
        Option(code=f"{code:g}" if isinstance(code, float | int) else str(code),
               text={language: str(label).strip()})
        for code, label in values.items()
        if str(label).strip()
    )  # fmt: skip
    if len({entry.code for entry in entries} - set(missing)) > 1:
        return "choice", Options(entries=entries, missing=missing)
    words = any(isinstance(cell, str) for cell in cells)
    return ("text" if words else "number"), None


def write(data: Mapping[str, Any], notes: Notes) -> bytes:  # noqa: ARG001 (no place for notes)
    """An empty .sav of an instrument in its first language."""
    import pandas as pd
    import pyreadstat

    columns = list(_columns(data))
    frame = pd.DataFrame(
        {name: pd.Series(dtype=str if kind == "text" else float) for name, kind, *_ in columns}
    )
    # pyreadstat writes to a path only.
    with tempfile.TemporaryDirectory(prefix="survey-engine-") as folder:
        path = Path(folder) / "dictionary.sav"
        pyreadstat.write_sav(
            frame,
            str(path),
            column_labels=[label for _, _, label, *_ in columns],
            variable_value_labels={c[0]: c[3] for c in columns if c[3]},
            missing_ranges={c[0]: list(c[4][:3]) for c in columns if c[4]},
        )
        return path.read_bytes()


def _columns(
    data: Mapping[str, Any],
) -> Iterator[tuple[str, str, str, dict[float, str], tuple[int, ...]]]:
    """(name, type, label, value labels, missing codes) of each variable."""
    language = data["languages"][0]
    for item in data["items"]:
        kind = item.get("type", "rating")
        scale = next((s for s in data.get("scales", []) if s["id"] == item.get("scale")), None)
        label = _cut(shown(item["text"], data)[language], _LABEL_BYTES)
        name = variable_name(item["id"])
        if scale is None or kind in ("number", "text"):
            yield name, kind, label, {}, ()
            continue
        options = written_options(scale, (language,))
        said = [shown(one.text, data)[language] for one in options]
        if kind == "multiple":
            for option, words in zip(options, said, strict=True):
                yield f"{name}_{option.code}", kind, _cut(words, _LABEL_BYTES), {}, ()
            continue
        values = {
            float(o.code): _cut(w, _VALUE_BYTES) for o, w in zip(options, said, strict=True)
        }
        yield name, kind, label, values, tuple(int(code) for code in scale.get("missing", {}))


def variable_name(text: str) -> str:
    """A name SPSS allows, as like the text as can be."""
    bare = re.sub(r"[^\w.]", "_", text).rstrip("._")[:60]
    return bare if re.match(r"[^\W\d_]", bare) else f"q_{bare}"


def _cut(text: str, limit: int) -> str:
    return text.encode("utf-8")[:limit].decode("utf-8", errors="ignore")


def companions(data: Mapping[str, Any]) -> dict[str, bytes]:
    """The syntax file beside the .sav."""
    lines = ["* Encoding: UTF-8."]
    for name, _, label, values, missing in _columns(data):
        lines.append(f"VARIABLE LABELS {name} {_quoted(label)}.")
        if values:
            pairs = " ".join(f"{code:g} {_quoted(words)}" for code, words in values.items())
            lines.append(f"VALUE LABELS {name} {pairs}.")
        if missing:
            lines.append(f"MISSING VALUES {name} ({', '.join(map(str, missing[:3]))}).")
    for item in data["items"]:
        name = variable_name(item["id"])
        if item.get("type") == "multiple":
            lines.append(_set(data, item, name))
            continue
        known = {
            "construct": item.get("construct", ""),
            "direction": item.get("direction", "higher_is_better"),
            "role": item.get("role", "indicator"),
        }
        told = " ".join(f"{key}({_quoted(word)})" for key, word in known.items() if word)
        lines.append(f"VARIABLE ATTRIBUTE VARIABLES={name} ATTRIBUTE={told}.")
    return {".sps": ("\n".join(lines) + "\n").encode("utf-8-sig")}


def _set(data: Mapping[str, Any], item: Mapping[str, Any], name: str) -> str:
    scale = next(s for s in data["scales"] if s["id"] == item["scale"])
    codes = [option.code for option in written_options(scale, (data["languages"][0],))]
    label = _quoted(shown(item["text"], data)[data["languages"][0]])
    members = " ".join(f"{name}_{code}" for code in codes)
    return f"MRSETS /MDGROUP NAME=${name} LABEL={label} VARIABLES={members} VALUE=1."


def _quoted(text: str) -> str:
    flat = " ".join(text.split())
    return "'" + flat.replace("'", "''") + "'"
