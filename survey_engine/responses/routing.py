"""Why a cell is blank: not asked by routing, not reached, or skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from survey_engine.instrument.model import Item
from survey_engine.responses.survey_data import AnswerStatus

# One blank last question is as likely skipped; from two on, the person had left.
_SHORTEST_TAIL = 2


def explained_blanks(
    items: Sequence[Item],
    values: NDArray[np.float64],
    status: NDArray[np.int8],
    *,
    texts: Mapping[str, NDArray[np.bool_]],
    order: Sequence[str],
    finished: NDArray[np.bool_] | None = None,
) -> NDArray[np.int8]:
    """Status with blanks told apart.

    Parameters
    ----------
    items : sequence of Item, length p
        Items of the columns of `values`, in questionnaire order.
    values, status : ndarray, shape (n, p)
        Blank cells are SKIPPED here.
    texts : Mapping[str, ndarray of bool, shape (n,)]
        Whether other items of the questionnaire (segments, comments) hold an answer.
    order : sequence of str
        Every mapped item id in questionnaire order.
    finished : ndarray of bool, shape (n,), or None
        Responses known to be complete: they reached every question.

    Returns
    -------
    ndarray, shape (n, p)
        NOT_ASKED where `asked_if` is not met, NOT_REACHED in the empty tail of the
        questionnaire (two asked questions or more), SKIPPED elsewhere.
    """
    out = status.copy()
    at = {item.id: j for j, item in enumerate(items)}
    for j, item in enumerate(items):
        if item.asked_if is None or item.asked_if.item not in at:
            continue
        gate = at[item.asked_if.item]
        met = np.isin(values[:, gate], item.asked_if.values)
        # An unanswered gate explains nothing, unless the gate itself was not asked.
        known = ~np.isnan(values[:, gate]) | (out[:, gate] == AnswerStatus.NOT_ASKED)
        blank = out[:, j] == AnswerStatus.SKIPPED
        out[blank & known & ~met, j] = AnswerStatus.NOT_ASKED
    before = out.copy()
    _mark_tail(out, at, texts, order)
    if finished is not None:
        out[finished] = before[finished]
    return out


def _mark_tail(
    status: NDArray[np.int8],
    at: Mapping[str, int],
    texts: Mapping[str, NDArray[np.bool_]],
    order: Sequence[str],
) -> None:
    """Set NOT_REACHED in place: blanks after which nothing was answered."""
    n = status.shape[0]
    later_answer = np.zeros(n, dtype=bool)
    tail = np.zeros((n, status.shape[1]), dtype=bool)
    length = np.zeros(n, dtype=np.int64)
    for name in reversed(list(order)):
        if name not in at:
            later_answer |= texts[name]
            continue
        cell = status[:, at[name]]
        blank = cell == AnswerStatus.SKIPPED
        tail[:, at[name]] = blank & ~later_answer
        length += tail[:, at[name]]
        later_answer |= ~blank & (cell != AnswerStatus.NOT_ASKED)
    tail &= (length >= _SHORTEST_TAIL)[:, None]
    status[tail] = AnswerStatus.NOT_REACHED
