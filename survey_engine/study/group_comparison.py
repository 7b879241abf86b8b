"""The model compared between the groups a study names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from survey_engine.analysis.groups.compare import HowToCompare, compare_groups
from survey_engine.analysis.groups.results import GroupComparison
from survey_engine.analysis.segments import WITHHELD
from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.study.prediction import plain_run_obstacle
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec
from survey_engine.study.segments import segment_labels

RESAMPLES = 5_000
MOST_GROUPS = 12
UNEQUAL = 3.0
"""Beyond this ratio of sizes permutation tests lose power and balance (Chin & Dibbern 2010)."""


def refuse_groups(prepared: Prepared, spec: StudySpec) -> None:
    """Stop before anything is fitted if the groups cannot be compared.

    Raises
    ------
    EstimationError
        GROUPS_NEED_COLUMN, GROUPS_NOT_AVAILABLE, GROUPS_TOO_FEW or GROUPS_TOO_MANY.
    """
    if not spec.compare_groups:
        return
    if spec.group is None:
        raise EstimationError(diagnostic("GROUPS_NEED_COLUMN"))
    reason = plain_run_obstacle(prepared, spec)
    if reason is not None:
        raise EstimationError(diagnostic("GROUPS_NOT_AVAILABLE", reason=reason))
    kept, _ = _sizes(prepared, spec.group)
    if len(kept) < 2:
        raise EstimationError(
            diagnostic("GROUPS_TOO_FEW", column=spec.group, groups=len(kept), least=WITHHELD)
        )
    if len(kept) > MOST_GROUPS:
        raise EstimationError(
            diagnostic("GROUPS_TOO_MANY", column=spec.group, groups=len(kept), most=MOST_GROUPS)
        )


def group_comparison(
    prepared: Prepared, fit: PlsFit, estimator: PlsEstimator, spec: StudySpec
) -> tuple[GroupComparison | None, tuple[Diagnostic, ...]]:
    """MICOM, then the paths it allows to compare; None unless asked for.

    Groups with fewer than 30 complete rows have no model and are left out, with a note.

    Raises
    ------
    EstimationError
        GROUP_NOT_ESTIMABLE.
    """
    if not spec.compare_groups or spec.group is None:
        return None, ()
    kept, small = _sizes(prepared, spec.group)
    labels = segment_labels(prepared, spec.group)
    inside = np.array([label in kept for label in labels])
    rows = prepared.reduction.rows
    weights = None if rows.weights is None else rows.weights[inside]
    resamples = RESAMPLES if spec.resamples is None else min(spec.resamples, RESAMPLES)
    found = compare_groups(
        estimator,
        fit.spec,
        replace(rows, values=rows.values[inside], weights=weights),
        [label for label in labels if label is not None and label in kept],
        column=spec.group,
        how=HowToCompare(
            permutations=spec.permutations,
            resamples=resamples,
            seed=spec.seed,
            workers=spec.workers,
        ),
    )
    found = replace(found, left_out=tuple(small.items()))
    return found, (*_about_sizes(found), *_forbidden(found))


def _sizes(prepared: Prepared, column: str) -> tuple[dict[str, int], dict[str, int]]:
    """Groups large enough for a model and those that are not, by first appearance."""
    labels = segment_labels(prepared, column)
    sizes = {name: labels.count(name) for name in dict.fromkeys(labels) if name is not None}
    kept = {name: n for name, n in sizes.items() if n >= WITHHELD}
    return kept, {name: n for name, n in sizes.items() if n < WITHHELD}


def _about_sizes(found: GroupComparison) -> list[Diagnostic]:
    notes = [
        diagnostic("GROUP_LEFT_OUT", where=Where(groups=(name,)), n=n, least=WITHHELD)
        for name, n in found.left_out
    ]
    ordered = sorted(n for _, n in found.groups)
    if ordered[-1] > UNEQUAL * ordered[0]:
        notes.append(
            diagnostic("GROUP_SIZES_UNEQUAL", smallest=ordered[0], largest=ordered[-1])
        )
    return notes


def _forbidden(found: GroupComparison) -> list[Diagnostic]:
    """One diagnostic a pair whose groups do not compose some construct alike."""
    notes = []
    for pair in found.pairs:
        refused = [row for row in pair.paths if row.forbidden_by]
        if not refused:
            continue
        constructs = tuple(dict.fromkeys(c for row in refused for c in row.forbidden_by))
        where = Where(
            groups=(pair.first, pair.second),
            constructs=constructs,
            parameters=tuple(f"{row.target}~{row.source}" for row in refused),
        )
        notes.append(
            diagnostic(
                "COMPARISON_FORBIDDEN",
                where=where,
                first=pair.first,
                second=pair.second,
                paths=len(refused),
            )
        )
    return notes
