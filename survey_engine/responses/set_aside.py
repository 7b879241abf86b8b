"""Responses the survey tool itself marks as unfinished or as tests: set aside, not lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, ResponseError, Where, diagnostic
from survey_engine.responses.survey_data import AnswerStatus, RawResponses

REASONS = {"unfinished": "partial", "test": "test"}
"""Rules by the word that undoes them: responses with that status are left out."""


def set_aside(
    raw: RawResponses, keep: Collection[str]
) -> tuple[NDArray[np.bool_], dict[str, int], tuple[Diagnostic, ...]]:
    """Rows to use, numbers left out by rule, and ROWS_SET_ASIDE for each rule.

    Parameters
    ----------
    raw : RawResponses
        Its paradata says which responses are ``partial`` or ``test``.
    keep : collection of str
        Rules of `REASONS` that are not applied.
    """
    used = np.ones(len(raw.table), dtype=bool)
    counts: dict[str, int] = {}
    told: list[Diagnostic] = []
    if raw.paradata is None or "status" not in raw.paradata:
        return used, counts, ()
    status = raw.paradata["status"].to_numpy(dtype=object)
    rows = raw.table.index.to_numpy(dtype=np.int64)
    for rule, word in REASONS.items():
        hit = status == word
        if rule in keep or not hit.any():
            continue
        used &= ~hit
        counts[rule] = int(hit.sum())
        where = Where(rows=tuple(int(row) for row in rows[hit]), file=raw.source)
        told.append(diagnostic("ROWS_SET_ASIDE", where=where, n=counts[rule], rule=rule))
    return used, counts, tuple(told)


def kept_rows(
    raw: RawResponses,
    status: NDArray[np.int8],
    kept: Sequence[str],
) -> tuple[NDArray[np.bool_], dict[str, int], list[Diagnostic]]:
    """Rows to analyse: not set aside by the tool's own marks, and with an answer."""
    rows = raw.table.index.to_numpy(dtype=np.int64)
    used, excluded, told = set_aside(raw, kept)
    answered, dropped = _answered_rows(status[used], rows[used])
    if not answered.any():
        columns = int(status.shape[1])
        raise ResponseError(diagnostic("NO_DATA_ROWS", columns=columns), *told)
    keep = used.copy()
    keep[used] = answered
    if dropped:
        excluded["no_answer"] = int((~answered).sum())
    return keep, excluded, [*told, *dropped]


def _answered_rows(
    status: NDArray[np.int8], rows: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], list[Diagnostic]]:
    """Rows with at least one answer; those without any are left out and counted."""
    blank = (AnswerStatus.SKIPPED, AnswerStatus.NOT_REACHED, AnswerStatus.NOT_ASKED)
    keep = np.asarray(~np.isin(status, blank).all(axis=1), dtype=np.bool_)
    if keep.all():
        return keep, []
    empty = tuple(int(row) for row in rows[~keep])
    return keep, [diagnostic("EMPTY_RESPONSES", where=Where(rows=empty), n=len(empty))]
