"""Every rated question as scores of its own: mean, share of the top answers, net share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from survey_engine.analysis.rule_scores import RuleScore, rule_scores
from survey_engine.instrument.model import Instrument, Item, Score, ScorePart
from survey_engine.responses.survey_data import SurveyData

NPS_TOP, NPS_BOTTOM = 9.0, 6.0


@dataclass(frozen=True, kw_only=True)
class ItemScores:
    """Scores of one question.

    Attributes
    ----------
    item : str
    mean : RuleScore
        Mean answer on 0-100.
    top : RuleScore
        Percent who chose one of the two best answers (Wilson interval).
    net : RuleScore or None
        Net promoter score, for a question with that role.
    """

    item: str
    mean: RuleScore
    top: RuleScore
    net: RuleScore | None = None


def item_scores(data: SurveyData, *, confidence: float = 0.95) -> tuple[ItemScores, ...]:
    """Scores of every rated question of `data`, in its order.

    Raises
    ------
    ValueError
        Without an instrument nothing says what the answers mean.
    """
    instrument = data.instrument
    if instrument is None:
        raise ValueError("single scores need an instrument")
    rated = [one for one in instrument.items if one.id in data.columns]
    wanted = tuple(score for one in rated for score in _scores(instrument, one))
    asked = replace(data, instrument=instrument.model_copy(update={"scores": wanted}))
    found = {one.id: one for one in rule_scores(asked, confidence=confidence)}
    return tuple(
        ItemScores(
            item=one.id,
            mean=found[f"mean:{one.id}"],
            top=found[f"top:{one.id}"],
            net=found.get(f"net:{one.id}"),
        )
        for one in rated
    )


def _scores(instrument: Instrument, item: Item) -> list[Score]:
    part = (ScorePart(items=(item.id,)),)
    top = instrument.scale_of(item.id).maximum - 1
    scores = [
        Score(id=f"mean:{item.id}", label={}, rule="mean", parts=part),
        Score(id=f"top:{item.id}", label={}, rule="share", top=top, parts=part),
    ]
    if item.role == "nps":
        scores.append(
            Score(
                id=f"net:{item.id}",
                label={},
                rule="net",
                top=NPS_TOP,
                bottom=NPS_BOTTOM,
                parts=part,
            )
        )
    return scores
