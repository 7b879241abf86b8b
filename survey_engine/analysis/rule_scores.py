"""Scores a questionnaire declares by rule: means, shares and net shares of answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from survey_engine.analysis.proportions import adjusted_wald_nps, wilson
from survey_engine.instrument.model import Score, ScorePart
from survey_engine.numerics.moments import Array
from survey_engine.responses.survey_data import SurveyData


@dataclass(frozen=True, kw_only=True)
class RuleScore:
    """One declared score.

    Attributes
    ----------
    id, rule : str
        As in the questionnaire.
    value : float or None
        Points 0-100 (``mean``; with `multiply` in its own units), percent (``share``,
        ``net``: -100 to 100); None if nobody has a value.
    ci_lower, ci_upper : float or None
    n : int
        Respondents with a value.
    n_effective : float
        Kish's effective number of them.
    missing : tuple[str, ...]
        Items of the score that the data lack; the value is then None.
    """

    id: str
    rule: str
    value: float | None
    ci_lower: float | None = None
    ci_upper: float | None = None
    n: int = 0
    n_effective: float = 0.0
    missing: tuple[str, ...] = ()


def rule_scores(data: SurveyData, *, confidence: float = 0.95) -> tuple[RuleScore, ...]:
    """Every score the questionnaire of `data` declares, in its order.

    Intervals: for means the normal one with ``var * sum w^2 / (sum w)^2``, Wilson's for a
    share of one question, the adjusted Wald for a net share of one question (Rocks 2016).

    Parameters
    ----------
    data : SurveyData
        Without an instrument there are no scores.
    confidence : float
    """
    if data.instrument is None:
        return ()
    return tuple(_score(score, data, confidence) for score in data.instrument.scores)


def _score(score: Score, data: SurveyData, confidence: float) -> RuleScore:
    missing = tuple(item for item in score.items if item not in data.columns)
    if missing:
        return RuleScore(id=score.id, rule=score.rule, value=None, missing=missing)
    points = person_points(score, data)
    known = np.isfinite(points)
    weights = np.ones(len(points)) if data.weights is None else data.weights
    points, weights = points[known], weights[known]
    if not points.size:
        return RuleScore(id=score.id, rule=score.rule, value=None)
    n_effective = float(weights.sum() ** 2 / (weights**2).sum())
    value = float(np.average(points, weights=weights))
    lower, upper = _interval(score, points, weights, confidence)
    return RuleScore(
        id=score.id,
        rule=score.rule,
        value=value,
        ci_lower=lower,
        ci_upper=upper,
        n=int(known.sum()),
        n_effective=n_effective,
    )


def person_points(score: Score, data: SurveyData) -> Array:
    """The score of each respondent, shape (n,); NaN where a part has no answer at all."""
    total = np.zeros(len(data.values))
    for part in score.parts:
        total += part.weight * _part_points(score, part, data)
    return total / sum(part.weight for part in score.parts)


def _part_points(score: Score, part: ScorePart, data: SurveyData) -> Array:
    """Mean over the answered items of a part, shape (n,)."""
    places = [data.columns.index(item) for item in part.items]
    answers = data.values[:, places]
    points = _metric(score, part, answers, data)
    known = np.isfinite(answers)
    count = known.sum(axis=1)
    sums = np.where(known, points, 0.0).sum(axis=1)
    nothing = np.full(len(sums), np.nan)
    return np.asarray(np.divide(sums, count, out=nothing, where=count > 0))


def _metric(score: Score, part: ScorePart, answers: Array, data: SurveyData) -> Array:
    """Points of each answer, shape (n, p)."""
    if score.rule != "mean":
        top = np.inf if score.top is None else score.top
        bottom = -np.inf if score.bottom is None or score.rule != "net" else score.bottom
        return np.asarray(100.0 * (answers >= top) - 100.0 * (answers <= bottom))
    if score.multiply is not None:
        return np.asarray(answers * score.multiply)
    low, high = np.array([data.ranges[item] for item in part.items]).T
    return np.asarray(100.0 * (answers - low) / (high - low))


def _interval(
    score: Score, points: Array, weights: Array, confidence: float
) -> tuple[float, float]:
    shares = weights / weights.sum()
    n_effective = float(1 / (shares**2).sum())
    value = float(shares @ points)
    single = len(score.items) == 1
    if single and score.rule == "share":
        low, high = wilson(value / 100, n_effective, confidence)
        return 100 * low, 100 * high
    if single and score.rule == "net":
        up, down = float(shares @ (points > 0)), float(shares @ (points < 0))
        return adjusted_wald_nps(up, down, n_effective, confidence)
    variance = float(shares @ (points - value) ** 2)
    half = float(ndtri(0.5 + confidence / 2)) * np.sqrt(variance / n_effective)
    return float(value - half), float(value + half)
