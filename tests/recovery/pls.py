"""One cell of the PLS recovery study: truth is PLS applied to the population moments."""

from __future__ import annotations

from typing import Any

import numpy as np

from survey_engine.assessment.resampled import Resampled
from survey_engine.estimation.bootstrap import ResamplingOptions, bootstrap
from survey_engine.estimation.jackknife import jackknife
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Array, Moments
from survey_engine.responses.row_moments import moments_of_rows
from survey_engine.scoring.hundred import ItemRange
from survey_engine.study.quantities import Layout, layout_of, quantities
from survey_engine.study.statistic import pls_solution, pls_statistic

from .coverage import Tally
from .designs import SCALE, Design

RESAMPLES = {"percentile": 1_000, "bca": 1_000, "studentised": 100}


def run_cell(
    design: Design, n: int, *, weighted: bool, sets: int, kinds: tuple[str, ...], seed: int
) -> dict[str, Any]:
    """Bias and coverage of all paths and of the index over `sets` data sets."""
    estimator = PlsEstimator(metric="raw")
    layout = _layout(design)
    population = design.moments()
    truth = _wanted(design, _point(estimator, design, population, layout))
    tally = Tally(names=_names(design), truth=truth)
    for number in range(sets):
        rows = design.sample(n, weighted=weighted, seed=(seed, n, weighted, number))
        moments = moments_of_rows(rows)
        fit = estimator.fit(design.spec, moments)
        if not fit.converged:
            tally.failed += 1
            continue
        point = quantities(pls_solution(fit), layout)
        statistic = pls_statistic(estimator, fit, layout)
        intervals = {}
        leaves = jackknife(rows, statistic).leaves if set(kinds) - {"percentile"} else {}
        for kind in kinds:
            drawn = bootstrap(
                rows,
                statistic,
                requested=RESAMPLES[kind],
                seed=number,
                options=ResamplingOptions(studentised=kind == "studentised"),
            )
            sampled = Resampled(
                point=point,
                draws=drawn.draws,
                errors=drawn.errors,
                leaves=leaves if kind != "percentile" else {},
                interval=kind,  # type: ignore[arg-type]
            )
            intervals[kind] = _limits(design, sampled)
        tally.add(_wanted(design, point), intervals)
    return tally.summary()


def _layout(design: Design) -> Layout:
    p = len(design.items)
    ranges = ItemRange(minimum=np.full(p, SCALE[0]), maximum=np.full(p, SCALE[1]))
    return layout_of(design.spec, metric="raw", ranges=ranges, target=design.target)


def _point(
    estimator: PlsEstimator, design: Design, moments: Moments, layout: Layout
) -> dict[str, Array]:
    return quantities(pls_solution(estimator.fit(design.spec, moments)), layout)


def _places(design: Design) -> list[tuple[int, int]]:
    at = {name: k for k, name in enumerate(design.spec.construct_names)}
    return [(at[path.source], at[path.target]) for path in design.spec.paths]


def _target(design: Design) -> int:
    return design.spec.construct_names.index(design.target)


def _names(design: Design) -> list[str]:
    paths = [f"{path.source} → {path.target}" for path in design.spec.paths]
    return [*paths, "index"]


def _wanted(design: Design, values: dict[str, Array]) -> Array:
    paths = [values["paths"][place] for place in _places(design)]
    return np.array([*paths, values["performance"][_target(design)]])


def _limits(design: Design, sampled: Resampled) -> tuple[Array, Array]:
    found = [sampled.estimate("paths", *place) for place in _places(design)]
    found.append(sampled.estimate("performance", _target(design)))
    unknown = float("nan")
    return (
        np.array([unknown if one.ci_lower is None else one.ci_lower for one in found]),
        np.array([unknown if one.ci_upper is None else one.ci_upper for one in found]),
    )
