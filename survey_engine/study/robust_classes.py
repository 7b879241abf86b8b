"""Hidden classes of a PLS study, by the method that was asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from survey_engine.analysis.class_retention import search_notes
from survey_engine.analysis.class_solutions import HiddenClasses
from survey_engine.analysis.hidden_classes import hidden_classes
from survey_engine.analysis.latent_classes import latent_class_sem
from survey_engine.analysis.prediction_oriented import PosClasses, climb
from survey_engine.assessment.scored_rows import ScoredRows
from survey_engine.errors import Diagnostic, EstimationError, Scope, diagnostic
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec

MOST_LEVELS = 20
"""A text column with more different values is no variable to describe classes by."""


@dataclass(frozen=True, kw_only=True)
class ClassesFound:
    """What the search found; everything empty where none was asked for."""

    classes: HiddenClasses | None = None
    own_weights: PosClasses | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


def classes_of(
    prepared: Prepared, rows: ScoredRows, estimator: PlsEstimator, spec: StudySpec
) -> ClassesFound:
    """Hidden classes by FIMIX or latent-class SEM; from FIMIX's, a climb by PLS-POS."""
    if spec.segments < 2:
        return ClassesFound()
    if spec.segmentation == "sem":
        return _latent(prepared, spec)
    classes, labels = hidden_classes(
        rows, most=spec.segments, seed=spec.seed, known=_known(prepared)
    )
    notes = search_notes(classes)
    if spec.segmentation != "pos" or classes.retained < 2:
        return ClassesFound(classes=classes, diagnostics=notes)
    answers = _answers(prepared)
    found, _ = climb(prepared.model, estimator, answers.values, rows.weights, labels)
    return ClassesFound(classes=classes, own_weights=found, diagnostics=notes)


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
        why = tuple(replace(one, scope=scope) for one in refused.diagnostics)
        failed = diagnostic("CLASSES_NOT_FITTED", scope=scope, codes=codes)
        return ClassesFound(diagnostics=(failed, *why))
    notes = search_notes(classes)
    if classes.retained > 1:
        notes = (*notes, diagnostic("CLASSES_ASSUME_NORMAL", classes=classes.retained))
    return ClassesFound(classes=classes, diagnostics=notes)


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
