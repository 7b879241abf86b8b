"""Hidden classes of a PLS study, by the method that was asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from survey_engine.analysis.class_retention import search_notes
from survey_engine.analysis.class_solutions import HiddenClasses
from survey_engine.analysis.hidden_classes import hidden_classes
from survey_engine.analysis.latent_classes import latent_class_sem
from survey_engine.analysis.local_models import refuse_formative
from survey_engine.analysis.prediction_oriented import PosClasses, climb
from survey_engine.analysis.response_based import RebusClasses, rebus
from survey_engine.assessment.scored_rows import ScoredRows
from survey_engine.errors import Diagnostic, EstimationError, Scope, Severity, diagnostic
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec

MOST_LEVELS = 20
"""A text column with more different values is no variable to describe classes by."""


NO_BETTER = 0.05
"""From this p on, samples of one population give classes as good."""


@dataclass(frozen=True, kw_only=True)
class ClassesFound:
    """What the search found; everything empty where none was asked for."""

    classes: HiddenClasses | None = None
    own_weights: PosClasses | None = None
    response_based: RebusClasses | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


def classes_of(
    prepared: Prepared, rows: ScoredRows, estimator: PlsEstimator, spec: StudySpec
) -> ClassesFound:
    """Hidden classes by FIMIX or latent-class SEM; by PLS-POS or REBUS as many as FIMIX's."""
    if spec.segments < 2:
        return ClassesFound()
    if spec.segmentation == "sem":
        return _latent(prepared, spec)
    classes, labels = hidden_classes(
        rows, most=spec.segments, seed=spec.seed, known=_known(prepared)
    )
    notes = search_notes(classes)
    base = ClassesFound(classes=classes, diagnostics=notes)
    if spec.segmentation == "rebus":
        return _response_based(prepared, rows, estimator, base, seed=spec.seed)
    if spec.segmentation != "pos" or classes.retained < 2:
        return base
    answers = _answers(prepared)
    found, _ = climb(prepared.model, estimator, answers.values, rows.weights, labels)
    return replace(base, own_weights=found)


def _response_based(
    prepared: Prepared,
    rows: ScoredRows,
    estimator: PlsEstimator,
    base: ClassesFound,
    *,
    seed: int,
) -> ClassesFound:
    """As many classes by REBUS; a model it is not made for is told and the study goes on."""
    assert base.classes is not None  # noqa: S101  (the caller has just found them)
    count = base.classes.retained
    try:
        refuse_formative(prepared.model, estimator)
    except EstimationError as refused:
        return replace(base, diagnostics=(*base.diagnostics, *_told(refused)))
    if count < 2:
        return base
    answers = _answers(prepared)
    found, _ = rebus(prepared.model, estimator, answers.values, rows.weights, count, seed=seed)
    notes = list(base.diagnostics)
    if found.too_small or not found.stable:
        notes.append(diagnostic("REBUS_NOT_STABLE", changed=round(found.changed, 3)))
    if found.p_one_class is not None and found.p_one_class >= NO_BETTER:
        notes.append(diagnostic("REBUS_NO_BETTER", p=round(found.p_one_class, 3)))
    return replace(base, response_based=found, diagnostics=tuple(notes))


def _told(refused: EstimationError) -> tuple[Diagnostic, ...]:
    """As warnings beside the study, which does not depend on the classes."""
    return tuple(
        replace(one, scope=Scope.SECOND_OPINION, severity=Severity.WARNING)
        for one in refused.diagnostics
    )


def _latent(prepared: Prepared, spec: StudySpec) -> ClassesFound:
    """A model that covariance-based SEM refuses has no such classes, and that is said."""
    try:
        classes, _ = latent_class_sem(
            prepared.model,
            _answers(prepared),
            most=spec.segments,
            seed=spec.seed,
            specific=spec.class_specific,
            known=_known(prepared),
        )
    except EstimationError as refused:
        scope = Scope.SECOND_OPINION  # the study itself does not depend on it
        codes = [one.code for one in refused.diagnostics]
        failed = diagnostic("CLASSES_NOT_FITTED", scope=scope, codes=codes)
        return ClassesFound(diagnostics=(failed, *_told(refused)))
    return ClassesFound(classes=classes, diagnostics=search_notes(classes))


def _answers(prepared: Prepared) -> ArrayRows:
    """The rows that were used, items in the order of the model."""
    source, items = prepared.reduction.rows, prepared.model.indicators
    values = source.values[:, [source.columns.index(item) for item in items]]
    return ArrayRows(columns=items, values=values, weights=source.weights)


def _known(prepared: Prepared) -> tuple[tuple[str, ...], Array]:
    """Background columns as numbers and indicator variables, for rules about classes."""
    data = prepared.data
    without = {data.id_column, data.weight_column}
    names: list[str] = []
    parts: list[Array] = []
    for name in data.extra.columns:
        if name in without:
            continue
        column = data.extra[name][prepared.reduction.used]
        numbers = pd.to_numeric(column, errors="coerce")
        if numbers.notna().mean() > 0.9:
            names.append(str(name))
            parts.append(numbers.to_numpy(np.float64))
            continue
        texts = column.astype(str)
        if texts.nunique() > MOST_LEVELS:
            continue
        for level in sorted(texts.unique()):
            names.append(f"{name}={level}")
            parts.append((texts == level).to_numpy(np.float64))
    size = int(prepared.reduction.used.sum())
    return tuple(names), np.column_stack(parts) if parts else np.empty((size, 0))
