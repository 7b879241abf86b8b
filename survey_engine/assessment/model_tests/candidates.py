"""Parameters a model left out and could have had: what modification indices look at."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from survey_engine.assessment.model_tests.point import Location, ModelPoint

Key = tuple[int, str, str, str]


def _key(group: int, lhs: str, op: str, rhs: str) -> Key:
    first, second = sorted((lhs, rhs)) if op == "~~" else (lhs, rhs)
    return group, op, first, second


def candidates(point: ModelPoint, *, exogenous: tuple[str, ...] = ()) -> tuple[Location, ...]:
    """Fixed parameters first, then those without a row, group by group.

    Every cross-loading; every covariance of two items' residuals; every covariance of
    two latent variables; where the model has regressions, every regression among the
    variables that take part in one.

    Parameters
    ----------
    point : ModelPoint
    exogenous : tuple of str
        Observed predictors whose moments the sample gives: nothing is estimated there.
    """
    given = set(exogenous)
    fixed = tuple(
        Location(lhs=row.lhs, op=row.op, rhs=row.rhs, group=row.group)
        for row in point.rows
        if not row.free and not {row.lhs, row.rhs} <= given and row.op != "~1"
    )
    taken = {_key(row.group, row.lhs, row.op, row.rhs) for row in point.rows}
    added = [
        Location(lhs=lhs, op=op, rhs=rhs, group=group)
        for group in range(1, len(point.sample.n) + 1)
        for lhs, op, rhs in _absent(point, given)
        if _key(group, lhs, op, rhs) not in taken and not {lhs, rhs} <= given
    ]
    return (*fixed, *added)


def _absent(point: ModelPoint, given: set[str]) -> Iterator[tuple[str, str, str]]:
    latents = tuple(dict.fromkeys(row.lhs for row in point.rows if row.op == "=~"))
    measured = {row.rhs for row in point.rows if row.op == "=~"}
    items = tuple(name for name in point.sample.observed if name in measured)
    for latent in latents:
        for item in items:
            yield latent, "=~", item
    for first, second in combinations(items, 2):
        yield first, "~~", second
    for first, second in combinations(latents, 2):
        yield first, "~~", second
    related = dict.fromkeys(
        name for row in point.rows if row.op == "~" for name in (row.lhs, row.rhs)
    )
    for effect in related:
        for cause in related:
            if effect != cause and effect not in given:
                yield effect, "~", cause
