"""Robustness of a PLS study: one call for every check, each with its own small core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey_engine.analysis.class_solutions import HiddenClasses
from survey_engine.analysis.necessity import Necessity, necessities
from survey_engine.analysis.necessity_map import NecessityMap
from survey_engine.analysis.prediction_oriented import PosClasses
from survey_engine.analysis.response_based import RebusClasses
from survey_engine.analysis.results import ImportancePerformance
from survey_engine.assessment.common_method import CommonMethod, common_method
from survey_engine.assessment.endogeneity import (
    CopulaModel,
    Instrumented,
    Normality,
    copula_models,
    instrumented,
    normality,
)
from survey_engine.assessment.model_implied_instruments import (
    ImpliedInstruments,
    implied_instruments,
)
from survey_engine.assessment.nonlinearity import (
    Controlled,
    Quadratic,
    Reset,
    controlled_paths,
    quadratic_terms,
    reset_tests,
)
from survey_engine.assessment.scored_rows import ScoredRows, Term, scored_rows
from survey_engine.assessment.tetrad_analysis import TetradAnalysis, tetrad_analyses
from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.numerics.moments import Array
from survey_engine.study.combined_map import combined_map
from survey_engine.study.estimate import Estimated, pls_estimator
from survey_engine.study.merged import MergedPair, merged_pairs
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec
from survey_engine.study.robust_classes import MOST_LEVELS, classes_of

RESAMPLES = 1_000
PERMUTATIONS = 1_000
COPULA_ROWS = 1_000
"""Below so many respondents copulas with an intercept are said to mislead."""


@dataclass(frozen=True, kw_only=True)
class Robustness:
    """Every check; empty where it does not apply."""

    resamples: int
    tetrads: tuple[TetradAnalysis, ...]
    quadratic: tuple[Quadratic, ...]
    reset: tuple[Reset, ...]
    controls: tuple[str, ...]
    controlled: tuple[Controlled, ...]
    control_effects: tuple[Term, ...]
    normality: tuple[Normality, ...]
    copulas: tuple[CopulaModel, ...]
    instrumented: tuple[Instrumented, ...]
    implied_instruments: tuple[ImpliedInstruments, ...]
    common_method: CommonMethod
    merged: tuple[MergedPair, ...]
    necessity: tuple[Necessity, ...]
    necessity_map: NecessityMap | None
    classes: HiddenClasses | None
    own_weights: PosClasses | None
    response_based: RebusClasses | None
    diagnostics: tuple[Diagnostic, ...] = ()


def checked_robustness(
    prepared: Prepared,
    estimated: Estimated,
    spec: StudySpec,
    mapped: ImportancePerformance | None,
) -> Robustness | None:
    """All checks of a plain PLS, PLSc, GSCA or sum-score solution, where asked for.

    Parameters
    ----------
    mapped : ImportancePerformance, optional
        Joined with the necessary conditions where there is one.

    Raises
    ------
    EstimationError
        UNKNOWN_COLUMN_REQUESTED for a control, marker or instrument the data do not
        have; CHECK_COLUMN_UNUSABLE for one without usable values.
    """
    fit = estimated.fit
    if not spec.robustness or not isinstance(fit, PlsFit):
        return None
    if estimated.staged is not None or not fit.converged:
        return None
    estimator = pls_estimator(prepared, spec)
    source = prepared.reduction.rows
    times = RESAMPLES if spec.resamples is None else min(spec.resamples, RESAMPLES)
    rows = scored_rows(fit, source, resamples=times, seed=spec.seed, confidence=spec.confidence)
    names, controls = _design(prepared, spec.controls)
    marker = None
    if spec.marker is not None:
        marker = (spec.marker, _numeric(prepared, spec.marker))
    paths, effects = controlled_paths(rows, controls, names) if names else ((), ())
    found = classes_of(prepared, rows, estimator, spec)
    needed: tuple[Necessity, ...] = ()
    if prepared.target is not None:
        needed = necessities(rows, prepared.target, permutations=PERMUTATIONS, seed=spec.seed)
    joined, told = combined_map(prepared, estimated, needed, mapped, spec)
    return Robustness(
        resamples=times,
        tetrads=tetrad_analyses(fit, source, resamples=times, seed=spec.seed),
        quadratic=quadratic_terms(rows),
        reset=reset_tests(rows),
        controls=names,
        controlled=paths,
        control_effects=effects,
        normality=normality(rows),
        copulas=copula_models(rows),
        instrumented=_instrumented(prepared, rows, spec),
        implied_instruments=implied_instruments(fit.spec, fit.moments),
        common_method=common_method(fit, estimated.sampled, rows, marker),
        merged=merged_pairs(prepared, fit, estimator),
        necessity=needed,
        necessity_map=joined,
        classes=found.classes,
        own_weights=found.own_weights,
        response_based=found.response_based,
        diagnostics=(*_notes(rows, prepared), *told, *found.diagnostics),
    )


def _notes(rows: ScoredRows, prepared: Prepared) -> tuple[Diagnostic, ...]:
    notes = []
    if rows.n < COPULA_ROWS:
        notes.append(diagnostic("COPULA_SMALL_SAMPLE", n=rows.n, wished=COPULA_ROWS))
    if prepared.reduction.rows.weights is not None:
        notes.append(diagnostic("NECESSITY_UNWEIGHTED"))
    return tuple(notes)


def _column(prepared: Prepared, name: str) -> pd.Series:
    """A column of the rows that were used, as the file has it.

    Raises
    ------
    EstimationError
        UNKNOWN_COLUMN_REQUESTED.
    """
    data, used = prepared.data, prepared.reduction.used
    if name in data.extra.columns:
        return data.extra[name][used].reset_index(drop=True)
    if name in data.columns:
        return pd.Series(data.values[used, data.columns.index(name)])
    problem = diagnostic("UNKNOWN_COLUMN_REQUESTED", where=Where(values=(name,)), column=name)
    raise EstimationError(problem)


def _numeric(prepared: Prepared, name: str) -> Array:
    """A column as complete numbers.

    Raises
    ------
    EstimationError
        CHECK_COLUMN_UNUSABLE where an answer is missing or no number, or all are alike.
    """
    values = pd.to_numeric(_column(prepared, name), errors="coerce").to_numpy(np.float64)
    missing = int((~np.isfinite(values)).sum())
    if missing or not np.ptp(values) > 0:
        problem = diagnostic(
            "CHECK_COLUMN_UNUSABLE", where=Where(values=(name,)), column=name, missing=missing
        )
        raise EstimationError(problem)
    return values


def _design(prepared: Prepared, columns: tuple[str, ...]) -> tuple[tuple[str, ...], Array]:
    """Controls as numbers; texts become dummies beside their most frequent value."""
    names: list[str] = []
    parts: list[Array] = []
    for name in columns:
        column = _column(prepared, name)
        numbers = pd.to_numeric(column, errors="coerce")
        if numbers.notna().all():
            names.append(name)
            parts.append(_numeric(prepared, name))
            continue
        texts = column.astype(str)
        levels = texts.value_counts(sort=True)
        missing = int(column.isna().sum())
        if missing or not 1 < len(levels) <= MOST_LEVELS:
            problem = diagnostic(
                "CHECK_COLUMN_UNUSABLE",
                where=Where(values=(name,)),
                column=name,
                missing=missing,
            )
            raise EstimationError(problem)
        for level in sorted(levels.index[1:]):
            names.append(f"{name}={level}")
            parts.append((texts == level).to_numpy(np.float64))
    size = int(prepared.reduction.used.sum())
    return tuple(names), np.column_stack(parts) if parts else np.empty((size, 0))


def _instrumented(
    prepared: Prepared, rows: ScoredRows, spec: StudySpec
) -> tuple[Instrumented, ...]:
    chosen: dict[str, tuple[tuple[str, ...], Array]] = {}
    for construct, columns in spec.instruments.items():
        if construct not in rows.names:
            where = Where(values=(construct,))
            problem = diagnostic("UNKNOWN_COLUMN_REQUESTED", where=where, column=construct)
            raise EstimationError(problem)
        values = [
            rows.scores[:, rows.names.index(name)]
            if name in rows.names
            else _numeric(prepared, name)
            for name in columns
        ]
        chosen[construct] = (columns, np.column_stack(values))
    return instrumented(rows, chosen) if chosen else ()
