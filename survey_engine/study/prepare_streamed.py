"""A request whose answers were read in chunks: moments, and no rows behind them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from survey_engine.errors import (
    Diagnostic,
    EstimationError,
    ResponseError,
    Severity,
    Where,
    diagnostic,
)
from survey_engine.numerics.moments import ArrayRows, Moments
from survey_engine.responses.reduce import Reduction
from survey_engine.responses.streamed import StreamedReduction, needs_rows
from survey_engine.responses.survey_data import DataQuality, ItemQuality, SurveyData
from survey_engine.spec.bind import bind
from survey_engine.spec.identify import identify
from survey_engine.spec.model import ModelSpec
from survey_engine.study.prepare import Prepared, item_ranges, metric_of, with_index
from survey_engine.study.result import StudySpec

FROM_MOMENTS = ("pls", "plsc", "sum", "gsca", "ml", "gls", "uls")
"""Estimators that first and second moments suffice for."""
_SINGULAR = 1e-12


def refuse_rows(model: ModelSpec, spec: StudySpec, *, file: str) -> None:
    """Refuse what goes through the respondents more than once, all of it at once.

    Raises
    ------
    ResponseError
        LARGE_NEEDS_ROWS, naming the options.
    """
    asked = {
        f"-e {spec.estimator}": spec.estimator not in FROM_MOMENTS,
        f"--missing {spec.missing}": spec.missing != "listwise",
        f"--resamples {spec.resamples}": bool(spec.resamples),
        f"--ci {spec.ci}": spec.ci != "percentile",
        # Sandwich errors of weighted answers are sums over respondents.
        f"-e {spec.estimator} --weights": spec.covariance_based and spec.weights is not None,
        "--group": spec.group is not None,
        "--cluster": spec.cluster is not None,
        "--strata": spec.strata is not None,
        "--ordered": bool(spec.ordered),
        "--jackknife": spec.jackknife,
        "--exact-fit": spec.exact_fit,
        "--predict": spec.predict is not None or spec.cvpat or spec.rival is not None,
        "--blindfold": spec.blindfold is not None,
        "--redundancy": bool(spec.redundancy),
        "--invariance": spec.invariance,
        "--measurement-tests": spec.measurement_tests,
        "--scores": spec.factor_scores,
        "--robustness": spec.robustness,
        "A:B / A =~ B": model.staged,
    }
    what = ", ".join(option for option, wanted in asked.items() if wanted)
    if what:
        raise ResponseError(needs_rows(file, what))


def without_rows(spec: StudySpec) -> StudySpec:
    """The request as a quick look: point estimates, no second opinion."""
    return spec.model_copy(
        update={
            "resamples": 0,
            "second_opinion": False,
            "descriptives": False,
            "exploratory": False,
        }
    )


def survey_of(
    reduction: StreamedReduction,
    *,
    source: str,
    platform: str,
    sha256: str,
    weights: str | None = None,
) -> SurveyData:
    """`SurveyData` with counts of the whole file and no rows."""
    columns = reduction.moments.columns
    quality = DataQuality(
        n_read=reduction.n_read,
        n_kept=reduction.n_read,
        items=tuple(
            _item(name, reduction.n_read, int(gaps))
            for name, gaps in zip(columns, reduction.missing, strict=True)
        ),
        diagnostics=reduction.diagnostics,
    )
    return SurveyData(
        columns=columns,
        values=np.empty((0, len(columns))),
        status=np.empty((0, len(columns)), dtype=np.int8),
        ranges=dict(reduction.rows.data.ranges),
        extra=pd.DataFrame(),
        quality=quality,
        source=source,
        platform=platform,
        sha256=sha256,
        mapping={name: name for name in columns},
        diagnostics=reduction.diagnostics,
        weight_column=weights,
    )


def _item(name: str, n_read: int, missing: int) -> ItemQuality:
    return ItemQuality(
        item=name,
        n_valid=n_read - missing,
        n_dont_know=0,
        n_not_asked=0,
        n_skipped=missing,
        n_not_reached=0,
        n_refused=0,
        mean=None,
        standard_deviation=None,
        counts={},
        shares={},
    )


def prepare_streamed(
    data: SurveyData, reduction: StreamedReduction, model: ModelSpec, spec: StudySpec
) -> Prepared:
    """`prepare` for moments of a file that was read in chunks.

    Parameters
    ----------
    data : SurveyData
        Of `survey_of`.
    reduction : StreamedReduction
    model : ModelSpec
    spec : StudySpec
        Of `without_rows`.

    Raises
    ------
    EstimationError
        With every error found in the request, the model and the moments.
    """
    chosen, unknown = with_index(model, spec)
    found = [
        *unknown,
        *identify(chosen, file=chosen.id),
        *bind(chosen, columns=data.columns, instrument=None, file=chosen.id),
        *_unfit(reduction.moments),
    ]
    errors = [one for one in found if one.severity is Severity.ERROR]
    if errors:
        raise EstimationError(*errors)
    ranges = item_ranges(data, chosen)
    metric, notes = metric_of(ranges, spec)
    target = chosen.roles.index if chosen.roles else None
    if target is None:
        notes.append(diagnostic("NO_INDEX_CONSTRUCT"))
    elif ranges is None:
        undeclared = tuple(i for i in chosen.indicators if i not in data.ranges)
        notes.append(diagnostic("NO_DECLARED_SCALE", where=Where(items=undeclared)))
    notes.append(diagnostic("LARGE_NO_INTERVALS", n=f"{reduction.moments.n:,}"))
    moments = reduction.moments
    none = ArrayRows(columns=moments.columns, values=np.empty((0, len(moments.columns))))
    return Prepared(
        data=data,
        model=chosen,
        target=target,
        reduction=Reduction(moments=moments, rows=none, used=np.zeros(0, dtype=bool)),
        ranges=ranges,
        metric=metric,
        diagnostics=(*found, *notes),
    )


def _unfit(moments: Moments) -> list[Diagnostic]:
    """Items that do not vary, or that others determine."""
    variance = np.diagonal(moments.covariance)
    constant = np.flatnonzero(variance <= 1e-15 * moments.mean**2)
    if constant.size:
        values = tuple(float(moments.mean[j]) for j in constant)
        return [
            diagnostic(
                "ZERO_VARIANCE_ITEM",
                where=Where(items=tuple(moments.columns[j] for j in constant), values=values),
                value=values[0],
                n=moments.n,
                cause="file",
            )
        ]
    roots, directions = np.linalg.eigh(moments.correlation)
    if roots[0] > _SINGULAR:
        return []
    involved = np.flatnonzero(np.abs(directions[:, 0]) > 0.1)
    return [
        diagnostic(
            "COVARIANCE_NOT_PD",
            where=Where(items=tuple(moments.columns[j] for j in involved)),
            n=moments.n,
            eigenvalue=f"{roots[0]:.3g}",
        )
    ]
