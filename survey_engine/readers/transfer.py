"""Cells on their way from the reading process: Arrow columns behind a JSON head.

Nothing is ever unpickled: what a hostile file could make the reading process write is
data, never code.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import numpy as np

from survey_engine.errors import Diagnostic, ResponseError, Severity, Where
from survey_engine.readers.content import Cells, Content, Sheet

_SIZE = struct.Struct("<Q")
_TYPES: dict[str, Any] = {"datetime": datetime, "date": date, "time": time}


def packed(content: Content) -> bytes:
    """A content as bytes."""
    head = {
        "kind": content.kind,
        "encoding": content.encoding,
        "separator": content.separator,
        "ragged": content.ragged,
        "cut": content.cut,
        "labels": dict(content.labels),
        "value_labels": {k: list(of.items()) for k, of in content.value_labels.items()},
        "missing_codes": {k: list(of) for k, of in content.missing_codes.items()},
        "notes": [_described(one) for one in content.notes],
        "sheets": [
            {"name": one.name, "merged": one.merged, "hidden": one.hidden}
            for one in content.sheets
        ],
    }
    return _framed(head, [_columns(one.cells) for one in content.sheets])


def packed_refusal(problem: ResponseError) -> bytes:
    """A refusal as bytes."""
    return _framed({"refused": [_described(one) for one in problem.diagnostics]}, [])


def unpacked(data: bytes) -> Content:
    """The content of `packed`.

    Raises
    ------
    ResponseError
        The refusal that was packed.
    ValueError, KeyError, TypeError, struct.error
        The bytes are none of ours.
    """
    head, blocks = _taken_apart(data)
    if "refused" in head:
        raise ResponseError(*(_diagnostic(one) for one in head["refused"]))
    sheets = tuple(
        Sheet(
            name=str(one["name"]),
            cells=_cells(block),
            merged=tuple((int(a), int(b), int(c), int(d)) for a, b, c, d in one["merged"]),
            hidden=tuple(int(j) for j in one["hidden"]),
        )
        for one, block in zip(head["sheets"], blocks, strict=True)
    )
    return Content(
        kind=str(head["kind"]),
        sheets=sheets,
        encoding=head["encoding"],
        separator=head["separator"],
        ragged=tuple((int(row), int(n)) for row, n in head["ragged"]),
        cut=None if head["cut"] is None else (int(head["cut"][0]), int(head["cut"][1])),
        labels=head["labels"],
        value_labels={k: dict(map(tuple, of)) for k, of in head["value_labels"].items()},
        missing_codes={k: tuple(of) for k, of in head["missing_codes"].items()},
        notes=tuple(_diagnostic(one) for one in head["notes"]),
    )


def _framed(head: Mapping[str, Any], blocks: list[bytes]) -> bytes:
    first = json.dumps(head, ensure_ascii=True).encode()
    return b"".join(_SIZE.pack(len(part)) + part for part in (first, *blocks))


def _taken_apart(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    parts: list[bytes] = []
    at = 0
    while at < len(data):
        (size,) = _SIZE.unpack_from(data, at)
        if at + _SIZE.size + size > len(data):
            raise ValueError("cut off")
        parts.append(data[at + _SIZE.size : at + _SIZE.size + size])
        at += _SIZE.size + size
    head = json.loads(parts[0])
    if not isinstance(head, dict):
        raise TypeError("no head")
    return head, parts[1:]


def _columns(cells: Cells) -> bytes:
    """Text columns as they are, everything else as JSON, one Arrow stream a sheet."""
    import pyarrow as pa

    columns, fields = [], []
    for j in range(cells.shape[1]):
        column = cells[:, j]
        plain = all(cell is None or type(cell) is str for cell in column)
        texts = list(column) if plain else [_json(cell) for cell in column]
        columns.append(pa.array([_storable(text) for text in texts], type=pa.large_string()))
        mark = b"text" if plain else b"json"
        fields.append(pa.field(f"c{j}", pa.large_string(), metadata={b"as": mark}))
    schema = pa.schema(fields, metadata={b"rows": str(cells.shape[0]).encode()})
    out = io.BytesIO()
    with pa.ipc.new_stream(out, schema) as writer:
        if columns:
            writer.write_batch(pa.record_batch(columns, schema=schema))
    return out.getvalue()


def _storable(text: str | None) -> str | None:
    """Half of a surrogate pair, as broken files have them, cannot be stored as UTF-8."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def _json(cell: object) -> str | None:
    if cell is None:
        return None
    for name, kind in _TYPES.items():
        if type(cell) is kind or (name == "datetime" and isinstance(cell, datetime)):
            return json.dumps({name: cell.isoformat()})  # type: ignore[attr-defined]
    if isinstance(cell, (bool, int, float, str, list)):
        return json.dumps(cell)
    return json.dumps(str(cell))


def _cells(block: bytes) -> Cells:
    import pyarrow as pa

    table = pa.ipc.open_stream(io.BytesIO(block)).read_all()
    rows = int(table.schema.metadata[b"rows"])
    cells = np.full((rows, table.num_columns), None, dtype=object)
    for j, field in enumerate(table.schema):
        texts = table.column(j).to_pylist()
        as_text = field.metadata[b"as"] == b"text"
        cells[:, j] = np.fromiter(
            (t if as_text or t is None else _value(t) for t in texts), dtype=object, count=rows
        )
    return cells


def _value(text: str) -> object:
    value = json.loads(text)
    if isinstance(value, dict):
        ((name, moment),) = value.items()
        return _TYPES[name].fromisoformat(moment)
    return value


def _described(one: Diagnostic) -> dict[str, Any]:
    return {
        "code": one.code,
        "severity": one.severity.value,
        "where": one.where.to_dict(),
        "parameters": {k: v if _plain(v) else str(v) for k, v in one.parameters.items()},
    }


def _plain(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float, bool))


def _diagnostic(one: Mapping[str, Any]) -> Diagnostic:
    where: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in one["where"].items()
    }
    return Diagnostic(
        code=str(one["code"]),
        severity=Severity(one["severity"]),
        where=Where(**where),
        parameters=dict(one["parameters"]),
    )
