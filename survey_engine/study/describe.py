"""Third stage of a study: scores, drivers, priorities and the answers themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from survey_engine.analysis.actions import choose_actions, leverages
from survey_engine.analysis.answers import Answers
from survey_engine.analysis.drivers import rank_drivers
from survey_engine.analysis.importance_performance import map_drivers
from survey_engine.analysis.results import (
    DriverAnalysis,
    ImportancePerformance,
    PriorityAction,
    Ruler,
    SegmentScore,
    SimpleSecondOpinion,
)
from survey_engine.analysis.segments import segment_scores
from survey_engine.analysis.simple_opinion import average_correlations, simple_second_opinion
from survey_engine.assessment.blocks import block_sizes, block_slices
from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.instrument.model import Instrument
from survey_engine.numerics.moments import Array
from survey_engine.scoring.index import (
    FORMULAS,
    construct_scores,
    negative_weights,
    satisfaction_index,
)
from survey_engine.scoring.result import ConstructScores, SatisfactionIndex
from survey_engine.spec.model import ModelSpec
from survey_engine.study.estimate import Estimated
from survey_engine.study.other_rulers import other_rulers
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec
from survey_engine.study.segments import segment_labels
from survey_engine.study.staged_input import weights_of_items


@dataclass(frozen=True, kw_only=True)
class Described:
    """What the study says about the index; None or empty where it says nothing."""

    index: SatisfactionIndex | None = None
    scores: ConstructScores | None = None
    drivers: DriverAnalysis | None = None
    importance_performance: ImportancePerformance | None = None
    actions: tuple[PriorityAction, ...] = ()
    rulers: tuple[Ruler, ...] = ()
    segments: tuple[SegmentScore, ...] = ()
    simple_opinion: SimpleSecondOpinion | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


def describe(prepared: Prepared, estimated: Estimated, spec: StudySpec) -> Described:
    """Index, drivers, priorities, rulers and segments of an admissible solution.

    An inadmissible solution gives no index and nothing built on it, unless the request
    accepts it; the rulers need no model and are always there.
    """
    rulers = other_rulers(prepared, spec) if spec.wants_descriptives else ()
    if estimated.admissibility.verdict == "no" and not spec.accept_inadmissible:
        return Described(rulers=rulers, diagnostics=(diagnostic("INDEX_WITHHELD"),))
    if prepared.ranges is None:
        return Described(rulers=rulers)
    model, sampled, target = estimated.model, estimated.sampled, prepared.target
    negative = negative_weights(sampled, model, target)
    without = {name for one in negative for name in one.where.constructs}
    # A product is no driver of its own: its part shows in the simple slopes.
    without |= {name for name in model.construct_names if ":" in name}
    scored = np.isfinite(sampled.point["performance"])
    without |= {
        name for name, known in zip(model.construct_names, scored, strict=True) if not known
    }
    scores = construct_scores(
        sampled,
        model,
        estimated.fit.moments.select(model.indicators),
        prepared.ranges,
        formula=_formula(estimated),
        without=without,
    )
    if target is None or target in without:
        return Described(scores=scores, rulers=rulers, diagnostics=negative)
    index = satisfaction_index(
        scores, model, target, n=estimated.fit.moments.n, confidence=spec.confidence
    )
    if index is not None and isinstance(estimated.fit, PlsFit):
        weights = weights_of_items(estimated.fit, dict(index.indicator_weights))
        index = replace(index, indicator_weights=weights)
    found = Described(scores=scores, index=index, rulers=rulers, diagnostics=negative)
    return _with_priorities(found, prepared, estimated, spec, without=without)


def _formula(estimated: Estimated) -> str:
    fit = estimated.fit
    return FORMULAS[fit.metric if isinstance(fit, PlsFit) else "factor"]


def _with_priorities(
    found: Described,
    prepared: Prepared,
    estimated: Estimated,
    spec: StudySpec,
    *,
    without: set[str],
) -> Described:
    """Add drivers, map, actions, segments and the plain averages."""
    model, sampled, target = estimated.model, estimated.sampled, prepared.target
    assert target is not None  # noqa: S101  (the caller has an index construct)
    assert found.index is not None  # noqa: S101
    drivers = rank_drivers(sampled, model, target, without=without)
    forbidden, worded = _own_actions(prepared.data.instrument)
    # A lower-order score is nothing one can act on: its own items are.
    forbidden |= {item for item in model.indicators if item not in prepared.data.columns}
    ranking = leverages(sampled, model, drivers, forbidden=forbidden)
    actions = choose_actions(ranking, drivers, own_words=worded)
    notes = list(found.diagnostics)
    if ranking and not actions and sampled.draws:
        leading = tuple(row.item for row in ranking[:3])
        notes.append(diagnostic("ACTIONS_NOT_SEPARABLE", where=Where(items=leading)))
    cases = case_scores(prepared, sampled.point["item_share"], block=_block(model, target))
    return Described(
        index=found.index,
        scores=found.scores,
        rulers=found.rulers,
        drivers=drivers,
        importance_performance=map_drivers(sampled, model, drivers),
        actions=actions,
        segments=_segments(prepared, cases, spec),
        simple_opinion=_plain_averages(prepared, estimated, found.index, drivers),
        diagnostics=tuple(notes),
    )


def _own_actions(instrument: Instrument | None) -> tuple[set[str], dict[str, bool]]:
    """Items on which no action is allowed, and items whose action has its own words."""
    if instrument is None:
        return set(), {}
    forbidden = {item.id for item in instrument.items if not item.action.allowed}
    return forbidden, {item.id: bool(item.action.text) for item in instrument.items}


def _block(model: ModelSpec, target: str) -> slice:
    return block_slices(block_sizes(model))[model.construct_names.index(target)]


def case_scores(prepared: Prepared, shares: Array, *, block: slice) -> Answers:
    """Each complete respondent's 0-100 score of one construct."""
    ranges = prepared.ranges
    assert ranges is not None  # noqa: S101  (there is no score without scales)
    rows = prepared.reduction.rows
    items = prepared.model.indicators[block]
    at = [rows.columns.index(item) for item in items]
    unit = 100 * shares[block] / ranges.span[block]
    values = (rows.values[:, at] - ranges.minimum[block]) @ unit
    return Answers(values=values, weights=rows.weights)


def _segments(prepared: Prepared, cases: Answers, spec: StudySpec) -> tuple[SegmentScore, ...]:
    if spec.group is None:
        return ()
    labels = segment_labels(prepared, spec.group)
    return segment_scores(spec.group, labels, cases, spec.confidence)


def _plain_averages(
    prepared: Prepared, estimated: Estimated, index: SatisfactionIndex, drivers: DriverAnalysis
) -> SimpleSecondOpinion | None:
    ranges = prepared.ranges
    assert ranges is not None  # noqa: S101
    model, fit = estimated.model, estimated.fit
    sizes = block_sizes(model)
    block = _block(model, index.construct)
    if prepared.imputed is not None:  # one set of averages would hide their uncertainty
        return None
    count = block.stop - block.start
    if count == 0 or prepared.reduction.rows.n_rows == 0:
        return None
    equal = np.zeros(len(model.indicators))
    equal[block] = 1 / count
    covariance = fit.moments.select(model.indicators).covariance
    correlations = average_correlations(covariance, ranges.span, sizes)
    names = model.construct_names
    target = names.index(index.construct)
    return simple_second_opinion(
        averages=case_scores(prepared, equal, block=block),
        index_model=index,
        correlations={
            d.source: float(correlations[names.index(d.source), target])
            for d in drivers.drivers
        },
        ranked=tuple(d.source for d in drivers.drivers),
        confidence=index.confidence,
    )
