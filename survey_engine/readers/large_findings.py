"""What the cells of a file read in chunks gave, in the codes of the path in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.readers.large_cells import ColumnReader
from survey_engine.responses.findings import USUAL_MISSING_CODES
from survey_engine.responses.survey_data import AnswerStatus
from survey_engine.responses.text import number_of

_SHOWN = 8
_SPECIAL = (AnswerStatus.DONT_KNOW, AnswerStatus.NOT_ASKED, AnswerStatus.REFUSED)


def cell_findings(
    readers: Mapping[str, ColumnReader], ranges: Mapping[str, tuple[float, float]]
) -> list[Diagnostic]:
    """OUT_OF_RANGE, NON_NUMERIC_ITEM, FRACTIONAL_ANSWERS, codes proposed and codes read.

    Counts are of all rows; of the rows themselves the first are named.
    """
    found: list[Diagnostic] = []
    proposed: dict[float, list[str]] = {}
    for name, reader in readers.items():
        wrong = {
            cell: n for (kind, cell), n in reader.cells.items() if kind == AnswerStatus.INVALID
        }
        numbers = {cell: n for cell, n in wrong.items() if number_of(cell) is not None}
        words = {cell: n for cell, n in wrong.items() if cell not in numbers}
        scale = ranges.get(name)
        if numbers:
            found.append(_off("OUT_OF_RANGE", reader, numbers, "number", scale))
        if words:
            found.append(_off("NON_NUMERIC_ITEM", reader, words, "word", scale))
        for number in sorted({number_of(cell) or 0.0 for cell in numbers}):
            if number in USUAL_MISSING_CODES:
                proposed.setdefault(number, []).append(name)
        if reader.fractions:
            found.append(_fractions(reader))
    for code, items in sorted(proposed.items()):
        where = Where(items=tuple(items), values=(code,))
        found.append(diagnostic("MISSING_CODE_PROPOSED", where=where, code_value=f"{code:g}"))
    return [*found, *_codes_read(readers)]


def _off(
    code: str,
    reader: ColumnReader,
    cells: Mapping[str, int],
    kind: str,
    scale: tuple[float, float] | None,
) -> Diagnostic:
    counts = Counter(cells)
    values = tuple((number_of(c) if kind == "number" else c) for c in counts)
    return diagnostic(
        code,
        where=Where(items=(reader.name,), rows=tuple(reader.rows[kind]), values=values),
        n=counts.total(),
        found=", ".join(f"{cell} × {n}" for cell, n in counts.most_common(_SHOWN)),
        scale="" if scale is None else f"{scale[0]:g}–{scale[1]:g}",
    )


def _fractions(reader: ColumnReader) -> Diagnostic:
    values = tuple(sorted(reader.fractions))[:_SHOWN]
    where = Where(items=(reader.name,), rows=tuple(reader.rows["fraction"]), values=values)
    return diagnostic("FRACTIONAL_ANSWERS", where=where, n=reader.fractions.total())


def _codes_read(readers: Mapping[str, ColumnReader]) -> list[Diagnostic]:
    counts: Counter[str] = Counter()
    items: list[str] = []
    for name, reader in readers.items():
        special = {
            cell: n
            for (kind, cell), n in reader.cells.items()
            if kind in _SPECIAL or (kind == AnswerStatus.SKIPPED and cell != "")
        }
        if special:
            items.append(name)
            counts.update(special)
    if not counts:
        return []
    return [
        diagnostic(
            "MISSING_ANSWERS_READ",
            where=Where(items=tuple(items), values=tuple(sorted(counts))),
            n=counts.total(),
            found=", ".join(f"{cell} × {n}" for cell, n in counts.most_common(_SHOWN)),
        )
    ]
