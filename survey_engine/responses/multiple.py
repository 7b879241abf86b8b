"""Answers to multiple-choice questions, however a file writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.instrument.model import ResponseScale
from survey_engine.responses.answers import VOCABULARY
from survey_engine.responses.choice_columns import NOT_TICKED, TICKED
from survey_engine.responses.survey_data import AnswerStatus
from survey_engine.responses.text import cell_text, name_key

_MARKS = re.compile(r"\s*[;,┋|/、；，\n]\s*|\s+[/|]\s+")
# What tools put around the text typed for "other".
_TYPED = re.compile(r"\s*(?:〖(.*?)〗|[:：]\s*(.+))", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Ticks:
    """Ticks of one question.

    Attributes
    ----------
    codes : tuple[int, ...], length k
    ticked : ndarray of bool, shape (n, k)
    status : ndarray of int8, shape (n,)
        SKIPPED where nothing is ticked and the file does not say whether it was seen.
    typed : list of str or None, length n
        What people wrote for "other".
    unknown : list of (row position, text)
        Cells that are no choice of the questionnaire.
    """

    codes: tuple[int, ...]
    ticked: NDArray[np.bool_]
    status: NDArray[np.int8]
    typed: list[str | None]
    unknown: list[tuple[int, str]]


def read_split(
    table: pd.DataFrame,
    scale: ResponseScale,
    parts: Mapping[int, str],
    *,
    text: str | None,
    states: Mapping[str, AnswerStatus],
    zero_is_blank: bool = False,
) -> Ticks:
    """One column a choice: ticks, zeros, blanks, or the choice's own words.

    A row is ANSWERED when a choice is ticked or one is told not to be; where all cells
    are blank it stays SKIPPED, to be explained by routing.
    """
    codes = tuple(scale.labels)
    n = len(table)
    ticked = np.zeros((n, len(codes)), dtype=bool)
    told = np.zeros(n, dtype=bool)
    status = np.full(n, AnswerStatus.SKIPPED, dtype=np.int8)
    typed: list[str | None] = [None] * n
    unknown: list[tuple[int, str]] = []
    for j, code in enumerate(codes):
        if code not in parts:
            continue
        words = {cell_text(w).casefold() for w in scale.labels[code].values()}
        words |= {cell_text(w).casefold() for w in scale.names.get(code, ())}
        for i, cell in enumerate(table[parts[code]].to_numpy(dtype=object)):
            given = cell_text(cell)
            folded = given.casefold()
            if not given:
                continue
            state = _state(given, states)
            if state is not None:
                status[i] = state
            elif folded in TICKED or folded in words:
                ticked[i, j] = True
            elif folded in NOT_TICKED:
                told[i] = told[i] or not zero_is_blank
            elif code == scale.other:
                ticked[i, j] = True
                typed[i] = str(cell).strip()
            else:
                unknown.append((i, given))
    if text is not None and text not in parts.values():
        typed = _typed(table[text])
        if scale.other in codes and scale.other not in parts:
            ticked[:, codes.index(scale.other)] = [one is not None for one in typed]
    status[ticked.any(axis=1) | told] = AnswerStatus.ANSWERED
    return Ticks(codes=codes, ticked=ticked, status=status, typed=typed, unknown=unknown)


def _state(text: str, states: Mapping[str, AnswerStatus]) -> AnswerStatus | None:
    known = states.get(text)
    return known if known is not None else VOCABULARY.get(text.casefold())


def _typed(column: pd.Series[Any]) -> list[str | None]:
    return [str(cell).strip() if cell_text(cell) else None for cell in column]


def read_joined(
    column: pd.Series[Any],
    scale: ResponseScale,
    *,
    text: pd.Series[Any] | None,
    states: Mapping[str, AnswerStatus],
) -> Ticks:
    """All choices in one cell: labels, names or codes behind each other, or a list."""
    codes = tuple(scale.labels)
    n = len(column)
    ticked = np.zeros((n, len(codes)), dtype=bool)
    status = np.full(n, AnswerStatus.SKIPPED, dtype=np.int8)
    typed: list[str | None] = [None] * n if text is None else _typed(text)
    unknown: list[tuple[int, str]] = []
    known = _known(scale)
    for i, cell in enumerate(column.to_numpy(dtype=object)):
        if isinstance(cell, list):
            status[i] = AnswerStatus.ANSWERED
            found, rest = _of_list(cell, scale, known)
        else:
            given = cell_text(cell)
            state = _state(given, states)
            if not given or state is not None:
                status[i] = AnswerStatus.SKIPPED if state is None else state
                continue
            found, rest = split(str(cell).strip(), scale, known)
            status[i] = AnswerStatus.ANSWERED
        if rest is not None and scale.other is not None:
            found.add(scale.other)
            typed[i] = rest or typed[i]
        elif rest:
            unknown.append((i, rest))
        ticked[i, [codes.index(code) for code in found]] = True
    return Ticks(codes=codes, ticked=ticked, status=status, typed=typed, unknown=unknown)


def _known(scale: ResponseScale) -> list[tuple[str, int]]:
    """Every way to write a choice, longest first."""
    words: dict[str, int] = {}
    for code, texts in scale.labels.items():
        for text in (*texts.values(), *scale.names.get(code, ()), str(code)):
            words.setdefault(text.casefold(), code)
    return sorted(words.items(), key=lambda pair: -len(pair[0]))


def _of_list(
    cell: Sequence[object], scale: ResponseScale, known: list[tuple[str, int]]
) -> tuple[set[int], str | None]:
    found: set[int] = set()
    rest: list[str] = []
    for one in cell:
        here, left = split(str(one), scale, known)
        found |= here
        rest += [left] if left else []
    return found, "; ".join(rest) or None


def split(
    text: str, scale: ResponseScale, known: list[tuple[str, int]] | None = None
) -> tuple[set[int], str | None]:
    """Choices in a cell, known words first, and what is left as one text (None: nothing).

    The left text is "" when "other" is ticked without a word.
    """
    known = _known(scale) if known is None else known
    words = text.split()
    names = {name_key(n): code for code, of in scale.names.items() for n in of}
    if len(words) > 1 and all(name_key(word) in names for word in words):
        return {names[name_key(word)] for word in words}, None
    found: set[int] = set()
    at = 0
    while at < len(text):
        hit = _next(text, at, known)
        if hit is None:
            break
        code, at = hit
        found.add(code)
        typed = _TYPED.match(text, at) if code == scale.other else None
        if typed:
            return found, (typed.group(1) or typed.group(2) or "").strip()
        mark = _MARKS.match(text, at)
        at = mark.end() if mark else at
    rest = text[at:].strip(" ;┋|") if at < len(text) else ""
    return found, rest or None


def _next(text: str, at: int, known: list[tuple[str, int]]) -> tuple[int, int] | None:
    """The choice written at a place, if it ends there, and where it ends."""
    folded = text.casefold()
    if len(folded) != len(text):
        return None
    for word, code in known:
        end = at + len(word)
        if folded.startswith(word, at) and (
            end == len(text) or _MARKS.match(text, end) or _TYPED.match(text, end)
        ):
            return code, end
    return None
