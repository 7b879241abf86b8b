"""Compare the paths of groups, where the groups measure the same (MICOM first).

References
----------
Henseler, J., Ringle, C. M. & Sarstedt, M. (2016). International Marketing Review 33, 405-431.
Chin, W. W. & Dibbern, J. (2010). An introduction to a permutation based procedure for
multi-group PLS analysis. Handbook of Partial Least Squares, 171-193.
Klesel, M., Schuberth, F., Henseler, J. & Niehaves, B. (2019). A test for multigroup
comparison using partial least squares path modeling. Internet Research 29, 464-477.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survey_engine.analysis.groups.omnibus import omnibus_tests
from survey_engine.analysis.groups.permuted import Divided, Groups, groups_of, permute
from survey_engine.analysis.groups.results import (
    GroupComparison,
    PairOfGroups,
    PathDifference,
)
from survey_engine.analysis.groups.tests_of_difference import henseler, parametric, welch
from survey_engine.assessment.invariance.micom import (
    CompositeInvariance,
    StepStatistics,
    invariance_of,
    two_sided,
)
from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.bootstrap import BatchOutcome, bootstrap
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.numerics.multiple_testing import adjusted
from survey_engine.spec.model import ModelSpec


@dataclass(frozen=True, kw_only=True)
class HowToCompare:
    """How often to permute and to resample, and the seed of both."""

    permutations: int = 1_000
    resamples: int = 5_000
    seed: int = 1
    workers: int = 1


@dataclass(frozen=True, kw_only=True)
class _Paths:
    """Picklable: the paths of the model in resamples of one group."""

    estimator: PlsEstimator
    spec: ModelSpec
    start: Array
    arrows: tuple[NDArray[np.intp], NDArray[np.intp]]

    def __call__(self, mean: Array, covariance: Array, n: int) -> BatchOutcome:
        del mean  # a plain model needs covariances only
        batch = self.estimator.fit_batch(self.spec, covariance, n=n, start=self.start)
        paths = batch.paths[:, self.arrows[0], self.arrows[1]]
        return BatchOutcome(values={"paths": paths}, reason=batch.reason, reasons=batch.reasons)


def compare_groups(
    estimator: PlsEstimator,
    spec: ModelSpec,
    rows: ArrayRows,
    labels: Sequence[str],
    *,
    column: str,
    how: HowToCompare,
) -> GroupComparison:
    """MICOM and path differences of every pair of groups; an omnibus test of three or more.

    Parameters
    ----------
    estimator : PlsEstimator
    spec : ModelSpec
        Without products and higher-order constructs.
    rows : ArrayRows
    labels : sequence of str, length n
        Groups in the order of first appearance.
    column : str
        What the groups are called together.
    how : HowToCompare

    Raises
    ------
    EstimationError
        GROUP_NOT_ESTIMABLE: the model of a group has no solution.
    """
    names = tuple(dict.fromkeys(labels))
    membership = np.array([names.index(label) for label in labels], dtype=np.intp)
    all_groups = groups_of(estimator, spec, rows, membership)
    _refuse_failed(all_groups.observed(), names, all_groups.sizes)
    arrows = np.nonzero(estimator.design(spec).adjacency)
    drawn = _bootstrapped(all_groups, rows, arrows, how)
    pairs = []
    for a, b in combinations(range(len(names)), 2):
        inside = np.isin(membership, (a, b))
        two = groups_of(
            estimator, spec, _part(rows, inside), (membership[inside] == b).astype(np.intp)
        )
        pairs.append(_pair(two, (names[a], names[b]), (drawn[a], drawn[b]), arrows, how))
    found = GroupComparison(
        column=column,
        groups=tuple(zip(names, all_groups.sizes, strict=True)),
        left_out=(),
        permutations=how.permutations,
        resamples=how.resamples,
        pairs=_with_holm(pairs),
    )
    if len(names) == 2:
        return found
    permuted = permute(
        all_groups, permutations=how.permutations, seed=how.seed, workers=how.workers
    )
    tests = omnibus_tests(all_groups.observed(), permuted, found.pairs, arrows)
    return replace(found, omnibus=tests)


def _part(rows: ArrayRows, inside: NDArray[np.bool_]) -> ArrayRows:
    weights = None if rows.weights is None else rows.weights[inside]
    return ArrayRows(columns=rows.columns, values=rows.values[inside], weights=weights)


def _refuse_failed(observed: Divided, names: tuple[str, ...], sizes: tuple[int, ...]) -> None:
    failed = [g for g in range(len(names)) if observed.reason[0, g] != 0]
    if failed:
        raise EstimationError(
            *(
                diagnostic("GROUP_NOT_ESTIMABLE", where=Where(groups=(names[g],)), n=sizes[g])
                for g in failed
            )
        )


def _bootstrapped(
    groups: Groups,
    rows: ArrayRows,
    arrows: tuple[NDArray[np.intp], ...],
    how: HowToCompare,
) -> list[Array | None]:
    """Draws of the paths in each group, shape (usable, paths); None without resamples."""
    if how.resamples == 0:
        return [None] * len(groups.sizes)
    statistic = _Paths(
        estimator=groups.estimator,
        spec=groups.spec,
        start=groups.start,
        arrows=(arrows[0], arrows[1]),
    )
    at = [rows.columns.index(item) for item in groups.spec.indicators]
    used = replace(rows, columns=groups.spec.indicators, values=rows.values[:, at])
    found: list[Array | None] = []
    for group in range(len(groups.sizes)):
        drawn = bootstrap(
            _part(used, groups.membership == group),
            statistic,
            requested=how.resamples,
            # Groups are independent samples: each draws from its own seed.
            seed=how.seed + 1_000_003 * (group + 1),
            workers=how.workers,
        )
        found.append(drawn.draws["paths"] if drawn.usable >= how.resamples // 2 else None)
    return found


def _pair(
    groups: Groups,
    names: tuple[str, str],
    drawn: tuple[Array | None, Array | None],
    arrows: tuple[NDArray[np.intp], ...],
    how: HowToCompare,
) -> PairOfGroups:
    observed = groups.observed()
    permuted = permute(
        groups, permutations=how.permutations, seed=how.seed, workers=how.workers
    )
    fine = permuted.usable
    constructs = groups.spec.construct_names
    assert observed.steps is not None  # noqa: S101  (two groups)
    assert permuted.steps is not None  # noqa: S101
    micom = invariance_of(constructs, observed.steps, _only(permuted.steps, fine))
    own = observed.paths[0][:, arrows[0], arrows[1]]
    differences = (permuted.paths[fine, 0] - permuted.paths[fine, 1])[:, arrows[0], arrows[1]]
    tests = _bootstrap_tests(own[0] - own[1], drawn, (groups.sizes[0], groups.sizes[1]))
    rows = []
    for j, (source, target) in enumerate(zip(*arrows, strict=True)):
        row = PathDifference(
            source=constructs[source],
            target=constructs[target],
            first=float(own[0, j]),
            second=float(own[1, j]),
            forbidden_by=_forbidden(micom, (constructs[source], constructs[target])),
        )
        if not row.forbidden_by:
            difference = float(own[0, j] - own[1, j])
            p = two_sided(difference, differences[:, j])
            numbers: dict[str, Any] = {
                name: _number(values[j]) for name, values in tests.items()
            }
            row = replace(row, difference=difference, p_permutation=p, **numbers)
        rows.append(row)
    return PairOfGroups(
        first=names[0],
        second=names[1],
        usable=int(fine.sum()),
        micom=micom,
        paths=tuple(rows),
    )


def _only(steps: StepStatistics, keep: NDArray[np.bool_]) -> StepStatistics:
    return StepStatistics(
        correlation=steps.correlation[keep],
        mean_difference=steps.mean_difference[keep],
        log_variance_ratio=steps.log_variance_ratio[keep],
    )


def _forbidden(
    micom: tuple[CompositeInvariance, ...], names: tuple[str, str]
) -> tuple[str, ...]:
    """The gate: constructs of a path that the groups do not compose alike."""
    return tuple(
        row.construct for row in micom if row.construct in names and row.invariance == "none"
    )


def _bootstrap_tests(
    difference: Array, drawn: tuple[Array | None, Array | None], n: tuple[int, int]
) -> dict[str, Array]:
    first, second = drawn
    if first is None or second is None:
        return {}
    errors = (first.std(axis=0, ddof=1), second.std(axis=0, ddof=1))
    pooled, separate = parametric(difference, errors, n), welch(difference, errors, n)
    return {
        "p_henseler": henseler(first, second),
        "t_parametric": pooled[0],
        "p_parametric": pooled[1],
        "t_welch": separate[0],
        "p_welch": separate[1],
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _with_holm(pairs: list[PairOfGroups]) -> tuple[PairOfGroups, ...]:
    """Holm's adjustment over the pairs of groups, path by path."""
    p = np.array(
        [
            [np.nan if r.p_permutation is None else r.p_permutation for r in pair.paths]
            for pair in pairs
        ]
    )
    holm = np.stack([adjusted(p[:, j])["holm"] for j in range(p.shape[1])], axis=1)
    return tuple(
        replace(
            pair,
            paths=tuple(
                replace(row, p_holm=_number(holm[i, j])) for j, row in enumerate(pair.paths)
            ),
        )
        for i, pair in enumerate(pairs)
    )
