"""SPSS data files (.sav, .zsav), read in a child process that may die instead of us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from survey_engine.readers.source import SourceFile, checked_table
from survey_engine.responses.survey_data import RawResponses

_CHILD = Path(__file__).with_name("spss_child.py")
_SECONDS = 90


def claims(source: SourceFile) -> bool:
    """The two magic words of SPSS system files."""
    return source.content.startswith((b"$FL2", b"$FL3"))


def read(source: SourceFile, *, sheet: str | None = None) -> RawResponses:
    """Read an SPSS file with its labels and user-missing codes.

    Raises
    ------
    ResponseError
        READER_CRASHED if the reading process died or took too long, UNREADABLE_FILE
        if the file is broken, and those of `checked_table`.
    """
    if sheet is not None:
        raise source.refuse("SHEET_NOT_FOUND", sheet=sheet, sheets="—")
    content = _read_in_child(source)
    columns: list[str] = content["columns"]
    if not columns:
        raise source.refuse("EMPTY_FILE")
    by_column = [content["cells"][name] for name in columns]
    records = [list(record) for record in zip(*by_column, strict=True)]
    table, found = checked_table(source, columns, records)
    return RawResponses(
        table=table,
        platform="spss",
        source=source.name,
        sha256=source.sha256,
        labels=content["labels"],
        value_labels={
            name: {float(code): text for code, text in pairs if isinstance(code, (int, float))}
            for name, pairs in content["value_labels"].items()
        },
        missing_codes={
            name: tuple(float(code) for code in codes)
            for name, codes in content["missing"].items()
            if codes
        },
        encoding=content["encoding"],
        diagnostics=found,
    )


def _read_in_child(source: SourceFile) -> dict[str, Any]:
    """The file's content from the child; its death is an answer, not an accident."""
    # -I: no user site, no environment, no current folder on the child's import path.
    environment = {k: v for k, v in os.environ.items() if k in ("SYSTEMROOT", "TEMP", "TMPDIR")}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "upload.sav"
        copy.write_bytes(source.content)
        try:
            done = subprocess.run(  # noqa: S603  our own script, no shell
                [sys.executable, "-I", str(_CHILD), str(copy)],
                capture_output=True,
                timeout=_SECONDS,
                env={**environment, "OPENBLAS_NUM_THREADS": "1"},
                check=False,
            )
        except subprocess.TimeoutExpired as problem:
            raise source.refuse("READER_CRASHED", reason="timeout") from problem
    if done.returncode < 0 or done.returncode > 1:
        raise source.refuse("READER_CRASHED", reason=f"signal {-done.returncode}")
    if done.returncode != 0:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise source.refuse("UNREADABLE_FILE", reason=last[-1][:200] if last else "", line=None)
    content: dict[str, Any] = json.loads(done.stdout)
    return content
