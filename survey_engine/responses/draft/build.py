"""Facts and answers into an instrument: items, scales, constructs, scores."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from survey_engine.errors import Diagnostic, ResponseError, Where, diagnostic
from survey_engine.instrument.model import (
    Instrument,
    InstrumentConstruct,
    Item,
    ResponseScale,
    Score,
    ScorePart,
)
from survey_engine.responses.draft.facts import ColumnFacts, column_facts
from survey_engine.responses.draft.given import checked_answers
from survey_engine.responses.draft.items import Named, item_ids, items_of
from survey_engine.responses.draft.questions import Answer, Question, questions_of
from survey_engine.responses.draft.wordings import language_of
from survey_engine.responses.survey_data import RawResponses

_NPS_TOP, _NPS_BOTTOM = 9.0, 6.0


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What a file says about its questionnaire before anybody is asked.

    Attributes
    ----------
    facts : tuple[ColumnFacts, ...]
    ids : Mapping[str, str]
        Item id by column.
    language : str
    questions : tuple[Question, ...]
    """

    facts: tuple[ColumnFacts, ...]
    ids: Mapping[str, str]
    language: str
    questions: tuple[Question, ...]

    @property
    def names(self) -> dict[str, str]:
        """Item id by column, wording and id."""
        by_text = {one.text: self.ids[one.column] for one in self.facts}
        return by_text | dict(self.ids) | {item: item for item in self.ids.values()}

    def of_kind(self, *kinds: str) -> tuple[ColumnFacts, ...]:
        """Columns of these kinds."""
        return tuple(one for one in self.facts if one.kind in kinds)

    def checked(self, answers: Mapping[str, Any]) -> dict[str, Answer]:
        """`answers` in one form; see `checked_answers`."""
        return checked_answers(answers, self.questions, self.names)


def propose(raw: RawResponses, *, language: str | None = None) -> Proposal:
    """Look at every column of an export.

    Raises
    ------
    ResponseError
        ``DRAFT_NOTHING_RATED``: no column holds ratings.
    """
    facts = column_facts(raw)
    rated = [one for one in facts if one.kind == "rating"]
    if not rated:
        columns = ", ".join(one.column for one in facts[:8])
        where = Where(file=raw.source)
        raise ResponseError(diagnostic("DRAFT_NOTHING_RATED", where=where, columns=columns))
    spoken = language or language_of([one.header for one in rated])
    ids = item_ids(facts)
    questions = questions_of(facts, ids, spoken)
    return Proposal(facts=facts, ids=ids, language=spoken, questions=questions)


def build(
    proposal: Proposal,
    answers: Mapping[str, Answer],
    *,
    named: Named,
    construct_labels: Mapping[str, str],
    score_labels: Mapping[str, str],
) -> tuple[Instrument, tuple[Diagnostic, ...]]:
    """The instrument, what is not answered taken as its question assumes.

    Parameters
    ----------
    proposal : Proposal
    answers : Mapping[str, Answer]
        As `Proposal.checked` gives them.
    named : Named
        Id and title.
    construct_labels, score_labels : Mapping[str, str]
        Words in the draft's language.
    """
    language = proposal.language
    taken = {one.id: one.default for one in proposal.questions} | dict(answers)
    items, scales = items_of(proposal.facts, proposal.ids, language, taken)
    items, customer, told = _one_customer_word(items, language)
    used = dict.fromkeys(item.construct_name for item in items if item.construct_name)
    instrument = Instrument(
        id=named.id,
        version="0.1",
        title={language: named.title},
        languages=(language,),
        source=named.source,
        customer_word={language: customer} if customer else {},
        scales=tuple(scales),
        items=tuple(items),
        constructs={
            name: InstrumentConstruct(label={language: construct_labels[name]}) for name in used
        },
        scores=_scores(items, scales, language, score_labels),
    )
    return instrument, (*_aside(proposal), *told)


_CUSTOMER_WORDS = ("顾客", "客户", "用户")


def _one_customer_word(
    items: list[Item], language: str
) -> tuple[list[Item], str, tuple[Diagnostic, ...]]:
    """Chinese questionnaires name the customer by one word; the header stays an alias."""
    if language != "zh":
        return items, "", ()
    texts = " ".join(text for one in items for text in (*one.text.values(), *one.stem.values()))
    used = sorted((word for word in _CUSTOMER_WORDS if word in texts), key=texts.index)
    if len(used) < 2:
        return items, "", ()
    other = re.compile("|".join(used[1:]))

    def one_word(texts: dict[str, str]) -> dict[str, str]:
        return {code: other.sub(used[0], text) for code, text in texts.items()}

    changed = [
        one.model_copy(update={"text": one_word(one.text), "stem": one_word(one.stem)})
        for one in items
    ]
    told = diagnostic("DRAFT_ONE_CUSTOMER_WORD", kept=used[0], replaced=", ".join(used[1:]))
    return changed, used[0], (told,)


def _scores(
    items: Sequence[Item],
    scales: Sequence[ResponseScale],
    language: str,
    words: Mapping[str, str],
) -> tuple[Score, ...]:
    """Net recommendation and the share of satisfied answers, where they are asked."""
    by_id = {scale.id: scale for scale in scales}
    found: list[Score] = []
    for item in items:
        if item.role == "nps" and not any(one.id == "nps" for one in found):
            found.append(
                Score(
                    id="nps",
                    label={language: words["nps"]},
                    source="Reichheld (2003)",
                    rule="net",
                    top=_NPS_TOP,
                    bottom=_NPS_BOTTOM,
                    parts=(ScorePart(items=(item.id,)),),
                )
            )
        if item.role == "overall":
            # The answers are turned so that high is good before scores are made.
            top = by_id[item.scale].maximum - 1
            found.append(
                Score(
                    id="csat",
                    label={language: words["csat"]},
                    rule="share",
                    top=top,
                    parts=(ScorePart(items=(item.id,)),),
                )
            )
    return tuple(found)


def _aside(proposal: Proposal) -> tuple[Diagnostic, ...]:
    """DRAFT_COLUMNS_ASIDE: what was taken for no question of the survey."""
    left = proposal.of_kind("personal", "empty", "number", "time")
    if not left:
        return ()
    where = Where(items=tuple(one.column for one in left))
    return (diagnostic("DRAFT_COLUMNS_ASIDE", where=where, n=len(left)),)
