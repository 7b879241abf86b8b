"""Whether a path is the same in all of three groups or more."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey_engine.analysis.groups.permuted import Divided
from survey_engine.analysis.groups.results import OmnibusTest, PairOfGroups
from survey_engine.assessment.invariance.micom import two_sided
from survey_engine.numerics.moments import Array


def omnibus_tests(
    observed: Divided,
    permuted: Divided,
    pairs: tuple[PairOfGroups, ...],
    arrows: tuple[NDArray[np.intp], ...],
) -> tuple[OmnibusTest, ...]:
    """Permutation tests of ``sum (b_g - mean)²``, path by path.

    None where some pair of groups may not be compared on the path.
    """
    own = _spread(observed.paths, arrows)[0]
    drawn = _spread(permuted.paths, arrows)[permuted.usable]
    rows = []
    for j, path in enumerate(pairs[0].paths):
        allowed = not any(pair.paths[j].forbidden_by for pair in pairs)
        rows.append(
            OmnibusTest(
                source=path.source,
                target=path.target,
                statistic=float(own[j]) if allowed else None,
                p=two_sided(float(own[j]), drawn[:, j]) if allowed else None,
            )
        )
    return tuple(rows)


def _spread(paths: Array, arrows: tuple[NDArray[np.intp], ...]) -> Array:
    """Sum of squared deviations from the mean of the groups, shape (B, paths)."""
    own = paths[:, :, arrows[0], arrows[1]]
    return np.asarray(((own - own.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))
