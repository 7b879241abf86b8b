"""Items, blocks of items and factors of a survey, before any model of paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.exploratory import ExploratoryChoice, explore
from survey_engine.assessment.exploratory.schmid_leiman import GeneralFactor, general_factor
from survey_engine.assessment.item_statistics import (
    BlockStatistics,
    ItemInBlock,
    Shape,
    block_statistics,
    items_in_block,
)
from survey_engine.assessment.ordinal_reliability import ordinal_alpha
from survey_engine.assessment.result import Exploratory
from survey_engine.errors import Diagnostic
from survey_engine.numerics.moments import Array, Moments

GROUP_FACTORS = 3


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of items, what it is worth as a sum, and each item in it.

    `alpha_ordinal` is of the responses behind ordered answers (Zumbo et al. 2007).
    """

    name: str
    items: tuple[str, ...]
    statistics: BlockStatistics
    each: ItemInBlock
    alpha_ordinal: float | None = None


@dataclass(frozen=True, kw_only=True)
class Psychometrics:
    """What items say of themselves, of their blocks and of common factors.

    Attributes
    ----------
    items : tuple[str, ...]
    n : int
        Respondents behind the correlations.
    shape : Shape
        Of every item, from all answers it has.
    blocks : tuple[Block, ...]
        Blocks of at least two items.
    exploratory : Exploratory or None
    general : GeneralFactor or None
        None with fewer than seven items or without an exploratory solution: three group
        factors need that many.
    """

    items: tuple[str, ...]
    n: int
    shape: Shape
    blocks: tuple[Block, ...]
    exploratory: Exploratory | None
    general: GeneralFactor | None
    diagnostics: tuple[Diagnostic, ...] = ()


def psychometrics(
    moments: Moments,
    shape: Shape,
    blocks: Mapping[str, Sequence[str]],
    *,
    seed: int,
    choice: ExploratoryChoice | None = None,
    polychoric: Array | None = None,
) -> Psychometrics:
    """Item, block and factor statistics from moments.

    Parameters
    ----------
    moments : Moments
        Of all items.
    shape : Shape
        Of the same items, in the same order.
    blocks : Mapping[str, sequence of str]
    seed : int
        Of parallel analysis.
    choice : ExploratoryChoice, optional
    polychoric : ndarray, shape (p, p), optional
        Correlations behind ordered answers: factors are of these, sums of the answers.
    """
    found = explore(moments, seed=seed, choice=choice, correlation=polychoric)
    correlation = moments.correlation if polychoric is None else polychoric
    sound = not isinstance(found, Diagnostic)
    return Psychometrics(
        items=moments.columns,
        n=moments.n,
        shape=shape,
        blocks=tuple(
            _block(name, tuple(items), moments, polychoric)
            for name, items in blocks.items()
            if len(items) > 1
        ),
        exploratory=found if not isinstance(found, Diagnostic) else None,
        general=_general(correlation) if sound else None,
        diagnostics=(found,) if isinstance(found, Diagnostic) else (),
    )


def _block(
    name: str, items: tuple[str, ...], moments: Moments, polychoric: Array | None
) -> Block:
    behind = None
    if polychoric is not None:
        at = [moments.columns.index(item) for item in items]
        behind = ordinal_alpha(polychoric[np.ix_(at, at)])
    covariance = moments.select(items).covariance_unbiased
    return Block(
        name=name,
        items=items,
        statistics=block_statistics(covariance, moments.n),
        each=items_in_block(covariance, moments.n),
        alpha_ordinal=behind,
    )


def _general(correlation: Array) -> GeneralFactor | None:
    if correlation.shape[0] < 2 * GROUP_FACTORS + 1:
        return None
    found = general_factor(correlation, GROUP_FACTORS)
    return found if np.isfinite(found.omega_hierarchical) else None
