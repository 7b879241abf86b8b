"""Clusters and strata of a request: read, checked, numbered."""

from __future__ import annotations

import numpy as np

from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.estimation.cluster_bootstrap import Design
from survey_engine.numerics.cluster_resampling import Index
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec
from survey_engine.study.segments import segment_labels


def design_of(prepared: Prepared, spec: StudySpec) -> Design | None:
    """The design of the rows that enter; None without clusters and strata.

    Raises
    ------
    EstimationError
        UNKNOWN_COLUMN_REQUESTED, DESIGN_LABEL_MISSING, or DESIGN_UNSUPPORTED for options
        that need rows drawn one by one.
    """
    if spec.cluster is None and spec.strata is None:
        return None
    problems = _unsupported(prepared, spec)
    for name in (spec.cluster, spec.strata):
        data = prepared.data
        if name is not None and name not in data.extra.columns and name not in data.columns:
            where = Where(values=(name,))
            problems.append(diagnostic("UNKNOWN_COLUMN_REQUESTED", where=where, column=name))
    if problems:
        raise EstimationError(*problems)
    n = int(prepared.reduction.used.sum())
    cluster, stratum = np.arange(n), np.zeros(n, dtype=np.intp)
    if spec.cluster is not None:
        cluster = _numbers(prepared, spec.cluster)
    if spec.strata is not None:
        stratum = _numbers(prepared, spec.strata)
    return Design(cluster=cluster, stratum=stratum)


def _unsupported(prepared: Prepared, spec: StudySpec) -> list[Diagnostic]:
    if spec.resamples == 0:
        return []
    asked = {
        f"--ci {spec.ci}": spec.ci != "percentile",
        f"--inadmissible {spec.inadmissible}": spec.inadmissible != "drop",
        "--jackknife": spec.jackknife,
        f"--missing {spec.missing}": prepared.reduction.incomplete is not None,
        "A:B / A =~ B": prepared.model.staged and not spec.covariance_based,
    }
    what = ", ".join(option for option, wanted in asked.items() if wanted)
    return [diagnostic("DESIGN_UNSUPPORTED", what=what)] if what else []


def _numbers(prepared: Prepared, column: str) -> Index:
    labels = segment_labels(prepared, column)
    empty = sum(label is None for label in labels)
    if empty:
        where = Where(values=(column,))
        raise EstimationError(
            diagnostic("DESIGN_LABEL_MISSING", where=where, column=column, n=empty)
        )
    return np.unique(np.array(labels, dtype=str), return_inverse=True)[1].astype(np.intp)
