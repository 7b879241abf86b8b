"""What reading the answers found: values off the scale, words, special codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, ResponseError, Where, diagnostic
from survey_engine.responses.answers import VOCABULARY, ColumnAnswers
from survey_engine.responses.survey_data import AnswerStatus, RawResponses
from survey_engine.responses.text import cell_text, number_of

# Codes programs commonly use for "no answer"; proposed only when off the scale.
USUAL_MISSING_CODES = frozenset(
    {77, 88, 97, 98, 99, 777, 888, 997, 998, 999, 9999, -1, -2, -3, -7, -8, -9, -99, -999}
)
Ranges = Mapping[str, tuple[float, float]]
_SHOWN = 8


def refuse_unknown_columns(raw: RawResponses, names: Iterable[str]) -> None:
    """Raise UNKNOWN_COLUMN for each named column the file does not have."""
    have = set(raw.table.columns)
    missing = [name for name in dict.fromkeys(names) if name not in have]
    if missing:
        known = ", ".join(str(c) for c in list(raw.table.columns)[:_SHOWN])
        raise ResponseError(
            *(
                diagnostic(
                    "UNKNOWN_COLUMN",
                    where=Where(items=(name,), file=raw.source),
                    column=name,
                    known=known,
                )
                for name in missing
            )
        )


def file_codes(raw: RawResponses, column: str) -> dict[float, AnswerStatus]:
    """Codes the file itself declares as missing, with the meaning its labels give them."""
    labels = raw.value_labels.get(column, {})
    return {
        code: VOCABULARY.get(cell_text(labels.get(code, "")).casefold(), AnswerStatus.DONT_KNOW)
        for code in raw.missing_codes.get(column, ())
    }


def answer_findings(
    answers: Mapping[str, ColumnAnswers], ranges: Ranges, rows: NDArray[np.int64]
) -> list[Diagnostic]:
    """OUT_OF_RANGE, NON_NUMERIC_ITEM, FRACTIONAL_ANSWERS and proposed missing codes."""
    found: list[Diagnostic] = []
    proposed: dict[float, list[str]] = {}
    for name, answer in answers.items():
        invalid = answer.status == AnswerStatus.INVALID
        if invalid.any():
            found += _invalid(name, answer, rows, scale=ranges.get(name), mask=invalid)
            for code in _proposals(answer.cells[invalid]):
                proposed.setdefault(code, []).append(name)
        if name in ranges:
            found += _fractional(name, answer, rows)
    for code, items in sorted(proposed.items()):
        found.append(
            diagnostic(
                "MISSING_CODE_PROPOSED",
                where=Where(items=tuple(items), values=(code,)),
                code_value=f"{code:g}",
            )
        )
    return found


def _invalid(
    name: str,
    answer: ColumnAnswers,
    rows: NDArray[np.int64],
    *,
    scale: tuple[float, float] | None,
    mask: NDArray[np.bool_],
) -> list[Diagnostic]:
    numeric = np.array([number_of(cell) is not None for cell in answer.cells], dtype=bool)
    found: list[Diagnostic] = []
    for code, chosen in (
        ("OUT_OF_RANGE", mask & numeric),
        ("NON_NUMERIC_ITEM", mask & ~numeric),
    ):
        if not chosen.any():
            continue
        counts = Counter(answer.cells[chosen])
        values = tuple((number_of(cell) if code == "OUT_OF_RANGE" else cell) for cell in counts)
        found.append(
            diagnostic(
                code,
                where=Where(
                    items=(name,),
                    rows=tuple(int(row) for row in rows[chosen]),
                    values=values,
                ),
                n=int(chosen.sum()),
                found=", ".join(f"{cell} × {k}" for cell, k in counts.most_common(_SHOWN)),
                scale="" if scale is None else f"{scale[0]:g}–{scale[1]:g}",
            )
        )
    return found


def _proposals(cells: NDArray[np.object_]) -> list[float]:
    numbers = {number_of(cell) for cell in cells}
    return sorted(x for x in numbers if x is not None and x in USUAL_MISSING_CODES)


def _fractional(name: str, answer: ColumnAnswers, rows: NDArray[np.int64]) -> list[Diagnostic]:
    with np.errstate(invalid="ignore"):
        broken = np.isfinite(answer.values) & (answer.values != np.rint(answer.values))
    if not broken.any():
        return []
    values = tuple(sorted({float(x) for x in answer.values[broken]}))[:_SHOWN]
    where = Where(items=(name,), rows=tuple(int(row) for row in rows[broken]), values=values)
    return [diagnostic("FRACTIONAL_ANSWERS", where=where, n=int(broken.sum()))]


def missing_answers_read(answers: Mapping[str, ColumnAnswers]) -> list[Diagnostic]:
    """MISSING_ANSWERS_READ: special codes and words read as "no number", with counts."""
    counts: Counter[str] = Counter()
    items: list[str] = []
    kinds = (AnswerStatus.DONT_KNOW, AnswerStatus.NOT_ASKED, AnswerStatus.REFUSED)
    for name, answer in answers.items():
        special = np.isin(answer.status, kinds)
        special |= (answer.status == AnswerStatus.SKIPPED) & (answer.cells != "")
        if special.any():
            items.append(name)
            counts.update(answer.cells[special])
    if not counts:
        return []
    return [
        diagnostic(
            "MISSING_ANSWERS_READ",
            where=Where(items=tuple(items), values=tuple(sorted(counts))),
            n=sum(counts.values()),
            found=", ".join(f"{cell} × {k}" for cell, k in counts.most_common(_SHOWN)),
        )
    ]
