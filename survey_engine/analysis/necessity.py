"""Necessary conditions for the index construct (NCA): which driver holds it back?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.resampled import number
from survey_engine.assessment.scored_rows import ScoredRows
from survey_engine.numerics.ceiling import bottleneck, ceiling, permutation_p

LEVELS = tuple(k / 10 for k in range(11))


@dataclass(frozen=True, kw_only=True)
class Necessity:
    """One condition (Dul 2016; Dul, van der Laan & Kuik 2020; Richter et al. 2020).

    Attributes
    ----------
    ce_fdh, cr_fdh : float or None
        Effect sizes d: step ceiling, straight ceiling.
    ce_fdh_p, cr_fdh_p : float
        Of the permutation test.
    bottleneck : tuple of (level of the target, least level of the source or None)
        In shares of their ranges, by the step ceiling; None: any level will do.
    """

    source: str
    target: str
    ce_fdh: float | None
    ce_fdh_p: float
    cr_fdh: float | None
    cr_fdh_p: float
    accuracy: float | None
    bottleneck: tuple[tuple[float, float | None], ...]


def necessities(
    rows: ScoredRows, target: str, *, permutations: int, seed: int
) -> tuple[Necessity, ...]:
    """Every construct that reaches the target by some way; case weights play no part."""
    at = rows.names.index(target)
    found = []
    for k in _ancestors(rows, at):
        x, y = rows.scores[:, k], rows.scores[:, at]
        sizes = ceiling(x, y)
        step_p, line_p = permutation_p(x, y, permutations=permutations, seed=seed)
        levels = np.array(LEVELS)
        needed, _ = bottleneck(x, y, levels)
        found.append(
            Necessity(
                source=rows.names[k],
                target=target,
                ce_fdh=number(sizes.ce_fdh),
                ce_fdh_p=step_p,
                cr_fdh=number(sizes.cr_fdh),
                cr_fdh_p=line_p,
                accuracy=number(sizes.accuracy),
                bottleneck=tuple(
                    (level, number(value)) for level, value in zip(LEVELS, needed, strict=True)
                ),
            )
        )
    return tuple(found)


def _ancestors(rows: ScoredRows, target: int) -> list[int]:
    causes = dict(rows.equations)
    seen: list[int] = []
    waiting = list(causes.get(target, ()))
    while waiting:
        k = waiting.pop(0)
        if k not in seen:
            seen.append(k)
            waiting += causes.get(k, ())
    return sorted(seen)
