"""Why each question has no answer, over all questions of the questionnaire at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.instrument.model import Instrument
from survey_engine.responses.answers import ColumnAnswers
from survey_engine.responses.other_answers import OtherAnswers
from survey_engine.responses.routing import explained_blanks
from survey_engine.responses.survey_data import AnswerStatus, RawResponses


def explained(
    raw: RawResponses,
    instrument: Instrument,
    answers: Mapping[str, ColumnAnswers],
    others: Mapping[str, OtherAnswers],
) -> dict[str, NDArray[np.int8]]:
    """Status by item; blanks told apart by routing, by where people stopped, by the tool.

    A multiple-choice question that was seen and has no tick is ANSWERED: with nothing.
    """
    asked = [
        item
        for item in instrument.items
        if item.id in answers or (item.id in others and item.role != "open")
    ]
    values = np.column_stack([_codes(answers, others, item.id) for item in asked])
    status = np.column_stack([_status(answers, others, item.id) for item in asked])
    unseen = np.zeros(status.shape, dtype=bool)
    if "unseen_words" in raw.traits:
        # The tool's word for "not shown" covers pages not reached as well.
        unseen = status == AnswerStatus.NOT_ASKED
        status = np.where(unseen, AnswerStatus.SKIPPED, status).astype(np.int8)
    texts = {
        item.id: others[item.id].status == AnswerStatus.ANSWERED
        for item in instrument.items
        if item.id in others and item.role == "open"
    }
    order = [i.id for i in instrument.items if i.id in texts or i in asked]
    out = explained_blanks(
        asked, values, status, texts=texts, order=order, finished=_finished(raw)
    )
    out[unseen & (out == AnswerStatus.SKIPPED)] = AnswerStatus.NOT_ASKED
    found = {item.id: out[:, j] for j, item in enumerate(asked)}
    found |= {name: others[name].status for name in texts}
    for name, other in others.items():
        if other.ticks is not None:
            seen = found[name] == AnswerStatus.SKIPPED
            found[name] = np.where(seen, AnswerStatus.ANSWERED, found[name]).astype(np.int8)
    return found


def _codes(
    answers: Mapping[str, ColumnAnswers], others: Mapping[str, OtherAnswers], name: str
) -> NDArray[np.float64]:
    return answers[name].values if name in answers else others[name].codes


def _status(
    answers: Mapping[str, ColumnAnswers], others: Mapping[str, OtherAnswers], name: str
) -> NDArray[np.int8]:
    return answers[name].status if name in answers else others[name].status


def _finished(raw: RawResponses) -> NDArray[np.bool_]:
    """Responses the tool calls complete: nothing in them was not reached."""
    paradata: pd.DataFrame | None = raw.paradata
    if paradata is None or "status" not in paradata:
        return np.zeros(len(raw.table), dtype=bool)
    return np.asarray(paradata["status"] == "complete", dtype=bool)
