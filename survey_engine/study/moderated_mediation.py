"""Moderated mediation: indirect effects at levels of a moderator, and how fast they change.

References
----------
Preacher, K. J., Rucker, D. D. & Hayes, A. F. (2007). Multivariate Behavioral Research
42(1), 185-227: conditional indirect effects.
Hayes, A. F. (2015). Multivariate Behavioral Research 50(1), 1-22: the index.
Hayes, A. F. & Preacher, K. J. (2010). Multivariate Behavioral Research 45(4), 627-660: a
square on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from survey_engine.assessment.mediation import chains_of
from survey_engine.assessment.resampled import Resampled, number
from survey_engine.assessment.tables import fields
from survey_engine.estimation.estimates import Estimate
from survey_engine.estimation.pls.stages import Product, StagedModel
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec
from survey_engine.study.simple_slopes import LEVELS, slope_names

Arrow = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class ConditionalEffect(Estimate):
    """An indirect effect where the moderator is `level` standard deviations off its mean."""

    level: float


@dataclass(frozen=True, kw_only=True)
class ModeratedMediation(Estimate):
    """The index of moderated mediation of one way, with its conditional effects.

    The estimate is the change of the indirect effect with one standard deviation of
    `moderator`, other moderators at their mean; undefined where the moderator acts on
    several arrows of the way, for then the change is not constant.
    """

    through: tuple[str, ...]
    moderator: str
    arrows: tuple[Arrow, ...]
    conditional: tuple[ConditionalEffect, ...]


def moderated_mediations(
    sampled: Resampled, staged: StagedModel | None, model: ModelSpec
) -> tuple[ModeratedMediation, ...]:
    """One row for each way of two steps or more and each moderator of one of its arrows.

    Parameters
    ----------
    sampled : Resampled
        With ``paths`` and ``slopes``.
    staged : StagedModel or None
    model : ModelSpec
        The model of the tables, products among its constructs.
    """
    if staged is None or not sampled.has("slopes"):
        return ()
    names = model.construct_names
    made = {one.name for one in staged.products}
    places = _slope_places(staged)
    rows = []
    for chain in chains_of(model):
        through = tuple(names[k] for k in chain)
        if made & set(through):
            continue
        for moderator, acting in _moderators(staged.products, through).items():
            at = {arrow: places[product, arrow[1]] for arrow, product in acting.items()}
            rows.append(_row(sampled, chain, through, moderator, at))
    return tuple(rows)


def _slope_places(staged: StagedModel) -> dict[Arrow, tuple[int, int]]:
    """Where the slopes of a product on a target stand: at the mean, one deviation above."""
    found = {}
    for s, (product, _, _, target, level) in enumerate(slope_names(staged)):
        if level == LEVELS[0]:
            found[product, target] = (s + LEVELS.index(0.0), s + LEVELS.index(1.0))
    return found


def _moderators(
    products: tuple[Product, ...], through: tuple[str, ...]
) -> dict[str, dict[Arrow, str]]:
    """For each moderator the arrows of a way it acts on, with the product that says so."""
    found: dict[str, dict[Arrow, str]] = {}
    for arrow in pairwise(through):
        for one in products:
            if arrow[1] not in one.targets or arrow[0] not in (one.first, one.second):
                continue
            moderator = one.second if arrow[0] == one.first else one.first
            found.setdefault(moderator, {})[arrow] = one.name
    return found


def _row(
    sampled: Resampled,
    chain: tuple[int, ...],
    through: tuple[str, ...],
    moderator: str,
    at: dict[Arrow, tuple[int, int]],
) -> ModeratedMediation:
    def effects(values: Mapping[str, Array]) -> Array | None:
        """The effect at each level, then its change, shape (..., levels + 1)."""
        if "slopes" not in values:
            return None
        return _effects(values["paths"], values["slopes"], chain, through, at)

    point = effects(sampled.point)
    assert point is not None  # noqa: S101  (the caller looked)
    draws, leaves = effects(sampled.draws), effects(sampled.leaves)

    def estimate(k: int) -> dict[str, float | None]:
        found = sampled.derived(
            number(point[k]),
            None if draws is None else draws[:, k],
            None if leaves is None else leaves[:, k],
        )
        return fields(found)

    index = fields(Estimate(est=None)) if len(at) > 1 else estimate(len(LEVELS))
    return ModeratedMediation(
        through=through,
        moderator=moderator,
        arrows=tuple(at),
        conditional=tuple(
            ConditionalEffect(level=level, **estimate(k)) for k, level in enumerate(LEVELS)
        ),
        **index,
    )


def _effects(
    paths: Array,
    slopes: Array,
    chain: tuple[int, ...],
    through: tuple[str, ...],
    at: dict[Arrow, tuple[int, int]],
) -> Array:
    size = paths.shape[:-2]
    levels = np.array(LEVELS)
    effect, change = np.ones((*size, len(LEVELS))), np.ones(size)
    for (k, j), arrow in zip(pairwise(chain), pairwise(through), strict=True):
        plain = paths[..., k, j]
        step = np.zeros(size)
        if arrow in at:
            mean, above = at[arrow]
            step = slopes[..., above] - slopes[..., mean]
        effect = effect * (plain[..., None] + step[..., None] * levels)
        change = change * (step if arrow in at else plain)
    return np.concatenate([effect, change[..., None]], axis=-1)
