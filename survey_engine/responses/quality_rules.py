"""Rules that tell careless, repeated or unusual respondents, each judged by itself.

A rule looks at every respondent and never changes an answer; what is done with those it
names is decided by a cleaning plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.errors import ResponseError, Where, diagnostic
from survey_engine.numerics.casewise import (
    longest_run,
    mahalanobis_p,
    one_answer,
    outer_fences,
    response_variability,
)
from survey_engine.numerics.moments import Array
from survey_engine.responses.quality_columns import (
    column_cells,
    device_columns,
    matrices,
    seconds_of,
)
from survey_engine.responses.quality_plan import CleaningRule
from survey_engine.responses.repeats import screen_repeats
from survey_engine.responses.survey_data import SurveyData
from survey_engine.responses.text import cell_text

# A run or a line is told apart from a firm opinion only over so many questions.
LONG_RUN = 8
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class RuleHits:
    """What one rule found.

    Attributes
    ----------
    rule : CleaningRule
    flagged : ndarray of bool, shape (n,)
    judged : int
        Respondents the rule could be applied to; 0: it could not be applied at all.
    reason : str or None
        Key of the words that say why not.
    limit : float or None
        The cut-off in the unit of what was compared (seconds, items, standard deviations).
    items : tuple[str, ...]
        Items looked at.
    by_item : Mapping[str, int]
        Respondents named, by matrix, attention item or pair.
    """

    rule: CleaningRule
    flagged: Flags
    judged: int
    reason: str | None = None
    limit: float | None = None
    items: tuple[str, ...] = ()
    by_item: Mapping[str, int] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of respondents named."""
        return int(self.flagged.sum())


def judge(data: SurveyData, rule: CleaningRule) -> RuleHits:
    """Apply one rule to every respondent.

    Raises
    ------
    ResponseError
        ``CLEANING_UNKNOWN_COLUMN`` if the rule names an item or column that is not there.
    """
    named = (*rule.items, *rule.answers, *(name.lstrip("-") for p in rule.pairs for name in p))
    _refuse_unknown(data, (*named, *((rule.column,) if rule.column else ())), rule)
    return _RULES[rule.rule](data, rule)


def _refuse_unknown(data: SurveyData, names: tuple[str, ...], rule: CleaningRule) -> None:
    tables = (data.extra, data.personal, data.paradata)
    known = [*data.columns, *(str(c) for table in tables for c in table.columns)]
    unknown = tuple(dict.fromkeys(name for name in names if name not in known))
    if unknown:
        raise ResponseError(
            diagnostic(
                "CLEANING_UNKNOWN_COLUMN",
                where=Where(items=unknown),
                rule=rule.rule,
                columns=", ".join(unknown),
                known=", ".join(known),
            )
        )


def _none(data: SurveyData, rule: CleaningRule, reason: str) -> RuleHits:
    return RuleHits(rule=rule, flagged=np.zeros(data.n, dtype=bool), judged=0, reason=reason)


def _ratings(data: SurveyData, rule: CleaningRule) -> tuple[tuple[str, ...], Array]:
    """Items on a scale of three points or more, as shares of the scale where declared."""
    chosen = tuple(i for i in rule.items if i in data.columns) or data.columns
    width = {i: high - low for i, (low, high) in data.ranges.items()}
    items = tuple(i for i in chosen if width.get(i, 2.0) >= 2)
    values = data.values[:, data.positions(items)]
    if len({width.get(i) for i in items}) > 1:
        low = np.array([data.ranges.get(i, (0.0, 1.0))[0] for i in items])
        values = (values - low) / np.array([width.get(i, 1.0) for i in items])
    return items, values


def _speeders(data: SurveyData, rule: CleaningRule) -> RuleHits:
    seconds = seconds_of(data, rule.column)
    if seconds is None:
        return _none(data, rule, "no_seconds")
    cutoff = float(rule.limit or 0)
    limit = cutoff if cutoff >= 1 else cutoff * float(np.nanmedian(seconds))
    with np.errstate(invalid="ignore"):
        flagged = seconds < limit
    judged = int(np.isfinite(seconds).sum())
    return RuleHits(rule=rule, flagged=flagged, judged=judged, limit=limit)


def _straightlining(data: SurveyData, rule: CleaningRule) -> RuleHits:
    """All items of a matrix answered alike, over matrices of enough items together."""
    items, _ = _ratings(data, rule)
    blocks = matrices(data, items)
    least = int(rule.limit or LONG_RUN)
    if sum(map(len, blocks.values())) < least:
        return _none(data, rule, "too_few_items")
    together = np.zeros(data.n, dtype=np.int64)
    lines = {}
    for name, of in blocks.items():
        line = one_answer(data.values[:, data.positions(of)])
        lines[name] = line
        together += len(of) * line
    flagged = together >= least
    return RuleHits(
        rule=rule,
        flagged=flagged,
        judged=data.n,
        limit=least,
        items=tuple(i for of in blocks.values() for i in of),
        by_item={name: int((line & flagged).sum()) for name, line in lines.items()},
    )


def _long_string(data: SurveyData, rule: CleaningRule) -> RuleHits:
    items, _ = _ratings(data, rule)
    cutoff = float(rule.limit or 0)
    # A stated number of items counts as it is, a share never below the long run.
    limit = int(cutoff) if cutoff >= 1 else max(LONG_RUN, int(np.ceil(cutoff * len(items))))
    if len(items) < limit:
        return _none(data, rule, "too_few_items")
    run = longest_run(data.values[:, data.positions(items)])
    return RuleHits(rule=rule, flagged=run >= limit, judged=data.n, limit=limit, items=items)


def _variability(data: SurveyData, rule: CleaningRule) -> RuleHits:
    items, values = _ratings(data, rule)
    if len(items) < LONG_RUN:
        return _none(data, rule, "too_few_items")
    spread = response_variability(values)
    low, high = outer_fences(spread, float(rule.limit or 0))
    with np.errstate(invalid="ignore"):
        flagged = (spread < low) | (spread > high)
    judged = int(np.isfinite(spread).sum())
    if judged == 0:
        return _none(data, rule, "too_few_items")
    return RuleHits(rule=rule, flagged=flagged, judged=judged, limit=high, items=items)


def _duplicate_ids(data: SurveyData, rule: CleaningRule) -> RuleHits:
    """Every later response of a respondent."""
    name = rule.column or data.id_column
    if name is None and "respondent" in data.paradata:
        name = "respondent"
    if name is None:
        return _none(data, rule, "no_id")
    return _later_of(data, rule, name)


def _duplicate_devices(data: SurveyData, rule: CleaningRule) -> RuleHits:
    names = [rule.column] if rule.column else device_columns(data)
    if not names:
        return _none(data, rule, "no_device")
    return _later_of(data, rule, str(names[0]))


def _later_of(data: SurveyData, rule: CleaningRule, name: str) -> RuleHits:
    code, distinct = pd.factorize(column_cells(data, name), use_na_sentinel=False)
    texts = np.array([cell_text(cell) for cell in distinct], dtype=object)[code]
    known = np.asarray(texts != "")
    flagged = pd.Series(texts).duplicated().to_numpy() & known
    return RuleHits(rule=rule, flagged=flagged, judged=int(known.sum()), items=(name,))


def _duplicate_answers(data: SurveyData, rule: CleaningRule) -> RuleHits:
    items = tuple(i for i in rule.items if i in data.columns) or data.columns
    told = [one for one in screen_repeats(data, items) if one.code == "DUPLICATE_ROWS"]
    rows = {row for one in told for row in one.where.rows}
    flagged = np.isin(data.rows, np.array(sorted(rows), dtype=np.int64))
    return RuleHits(rule=rule, flagged=flagged, judged=data.n, items=items)


def _attention(data: SurveyData, rule: CleaningRule) -> RuleHits:
    """Answers other than those that show that the question was read; none is no answer."""
    if not rule.answers:
        return _none(data, rule, "no_attention")
    failed = np.zeros(data.n, dtype=np.int64)
    by_item = {}
    for item, right in rule.answers.items():
        given = pd.to_numeric(column_cells(data, item), errors="coerce").to_numpy(np.float64)
        wrong = ~np.isnan(given) & ~np.isin(given, right)
        by_item[item] = int(wrong.sum())
        failed += wrong
    flagged = failed >= float(rule.limit or 1)
    items = tuple(rule.answers)
    return RuleHits(rule=rule, flagged=flagged, judged=data.n, items=items, by_item=by_item)


def _pairs(data: SurveyData, rule: CleaningRule) -> RuleHits:
    if not rule.pairs:
        return _none(data, rule, "no_pairs")
    flagged = np.zeros(data.n, dtype=bool)
    by_item = {}
    for first, second in rule.pairs:
        apart = np.abs(_on_scale(data, first) - _on_scale(data, second))
        with np.errstate(invalid="ignore"):
            # A cut-off of two thirds must hold exactly at two thirds, not by rounding.
            hit = apart >= float(rule.limit or 0) - 1e-12
        by_item[f"{first}, {second}"] = int(hit.sum())
        flagged |= hit
    items = tuple(dict.fromkeys(name.lstrip("-") for pair in rule.pairs for name in pair))
    return RuleHits(rule=rule, flagged=flagged, judged=data.n, items=items, by_item=by_item)


def _on_scale(data: SurveyData, name: str) -> Array:
    """Answers as shares of the scale (of what was answered, without one); -ITEM turned."""
    item = name.lstrip("-")
    if item not in data.columns:
        raise ResponseError(
            diagnostic(
                "CLEANING_UNKNOWN_COLUMN",
                where=Where(items=(item,)),
                rule="pairs",
                columns=item,
                known=", ".join(data.columns),
            )
        )
    values = data.values[:, data.columns.index(item)]
    low, high = data.ranges.get(item, (float(np.nanmin(values)), float(np.nanmax(values))))
    share = (values - low) / (high - low) if high > low else np.full(values.shape, np.nan)
    return np.asarray(1 - share if name.startswith("-") else share)


def _outliers(data: SurveyData, rule: CleaningRule) -> RuleHits:
    items, values = _ratings(data, rule)
    p = mahalanobis_p(values)
    judged = int(np.isfinite(p).sum())
    if judged == 0:
        return _none(data, rule, "no_covariance")
    with np.errstate(invalid="ignore"):
        flagged = p < float(rule.limit or 0)
    return RuleHits(rule=rule, flagged=flagged, judged=judged, limit=rule.limit, items=items)


_RULES: dict[str, Callable[[SurveyData, CleaningRule], RuleHits]] = {
    "duplicate_ids": _duplicate_ids,
    "duplicate_answers": _duplicate_answers,
    "duplicate_devices": _duplicate_devices,
    "speeders": _speeders,
    "straightlining": _straightlining,
    "long_string": _long_string,
    "variability": _variability,
    "attention": _attention,
    "pairs": _pairs,
    "outliers": _outliers,
}
