"""What a PLS study with interactions or higher-order constructs is fitted to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from survey_engine.errors import EstimationError, diagnostic
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.estimation.pls.made_columns import AsIs, Score, moments_with_products
from survey_engine.estimation.pls.stages import StagedModel
from survey_engine.numerics.moments import Array, ArrayRows, Moments, RowSource
from survey_engine.scoring.hundred import ItemRange
from survey_engine.spec.model import ModelSpec
from survey_engine.study.prepare import Prepared


@dataclass(frozen=True, kw_only=True)
class PlsInput:
    """Moments and rows of a PLS run, with products of items where the model has any.

    Attributes
    ----------
    staged : StagedModel or None
        None for a plain model.
    final : ModelSpec
        The model of the tables.
    moments : Moments
    rows : RowSource
    ranges : ItemRange or None
        Of the indicators of `final`; NaN for products, which have no answer scale, and
        for scores of items on different scales.
    origin : ndarray, shape (p,), or None
        Subtracted from the items inside products.
    """

    staged: StagedModel | None
    final: ModelSpec
    moments: Moments
    rows: RowSource
    ranges: ItemRange | None
    origin: Array | None = None


def pls_input(prepared: Prepared, estimator: PlsEstimator) -> PlsInput:
    """Bring the data into the form the model needs.

    Raises
    ------
    EstimationError
        What `PlsEstimator.staged` refuses; PLS_PRODUCTS_NEED_ROWS with pairwise moments.
    """
    staged = estimator.staged(prepared.model)
    reduction = prepared.reduction
    if staged is None:
        return PlsInput(
            staged=None,
            final=prepared.model,
            moments=reduction.moments,
            rows=reduction.rows,
            ranges=prepared.ranges,
        )
    if staged.pairs and reduction.moments.missing == "pairwise":
        raise EstimationError(diagnostic("PLS_PRODUCTS_NEED_ROWS"))
    rows, moments = moments_with_products(
        reduction.rows, reduction.moments, staged.items, staged.pairs
    )
    if not staged.pairs:
        moments = reduction.moments.select(staged.items)
    return PlsInput(
        staged=staged,
        final=_labelled(staged),
        moments=moments,
        rows=rows,
        ranges=_ranges(staged, prepared),
        origin=rows.origin,
    )


def _labelled(staged: StagedModel) -> ModelSpec:
    """The last run's model, products labelled by their parts."""
    authored = {c.name: c for c in staged.authored.constructs}
    products = {one.name: one for one in staged.products}
    constructs = []
    for construct in staged.final.constructs:
        one = products.get(construct.name)
        if one is not None:
            first, second = authored[one.first].label, authored[one.second].label
            label = {
                language: f"{first[language]} × {second[language]}"
                for language in first
                if language in second
            }
            construct = construct.model_copy(update={"label": label})
        constructs.append(construct)
    return staged.final.model_copy(update={"constructs": tuple(constructs)})


def _ranges(staged: StagedModel, prepared: Prepared) -> ItemRange | None:
    known = prepared.ranges
    if known is None:
        return None
    before = staged.stages[0].spec
    at = {item: j for j, item in enumerate(staged.items)}
    limits = []
    for recipe in staged.stages[-1].recipes:
        if isinstance(recipe, AsIs):
            limits.append((known.minimum[recipe.item], known.maximum[recipe.item]))
        elif isinstance(recipe, Score):
            own = [at[i] for i in before.constructs[recipe.construct].indicators]
            pairs = {(known.minimum[j], known.maximum[j]) for j in own}
            limits.append(pairs.pop() if len(pairs) == 1 else (np.nan, np.nan))
        else:
            limits.append((np.nan, np.nan))
    values = np.array(limits, dtype=np.float64)
    return ItemRange(minimum=values[:, 0], maximum=values[:, 1])


def described_by(prepared: Prepared, given: PlsInput, fit: PlsFit) -> Prepared:
    """`prepared` with the indicators of the last run in place of the columns.

    Scores of lower-order constructs become columns of their own; products, which no
    respondent answered, are 0.
    """
    if given.staged is None:
        return prepared
    rows = prepared.reduction.rows
    items = rows.values[:, [rows.columns.index(i) for i in given.staged.items]]
    at = {item: j for j, item in enumerate(given.staged.items)}
    before = fit.first_stage
    columns = []
    for recipe in given.staged.stages[-1].recipes:
        if isinstance(recipe, AsIs):
            columns.append(items[:, recipe.item])
        elif isinstance(recipe, Score) and before is not None:
            columns.append(_score(before, recipe.construct, items, at))
        else:
            columns.append(np.zeros(len(items)))
    made = ArrayRows(
        columns=given.final.indicators, values=np.stack(columns, 1), weights=rows.weights
    )
    return replace(
        prepared,
        model=given.final,
        ranges=None if given.ranges is None else given.ranges.filled(),
        reduction=replace(prepared.reduction, rows=made),
    )


def _score(fit: PlsFit, construct: int, items: Array, place: dict[str, int]) -> Array:
    """Weighted average of a lower-order construct's items, shape (n,)."""
    shares = _shares(fit, fit.spec.construct_names[construct])
    at = [place[item] for item in shares]
    return np.asarray(items[:, at] @ np.array(list(shares.values())))


def _shares(fit: PlsFit, construct: str) -> dict[str, float]:
    """Weights of a construct's raw items that sum to 1 in size."""
    owners = [c.name for c in fit.spec.constructs for _ in c.indicators]
    at = [j for j, owner in enumerate(owners) if owner == construct]
    weights = fit.weights[at]
    if fit.metric == "standardised":
        weights = weights / fit.moments.standard_deviation[at]
    shares = (weights / np.abs(weights.sum())).tolist()
    names = [fit.spec.indicators[j].partition("@")[0] for j in at]
    return dict(zip(names, shares, strict=True))


def weights_of_items(fit: PlsFit, weights: dict[str, float]) -> dict[str, float]:
    """Index weights of the questions, where the index is made of lower-order scores."""
    before = fit.first_stage
    if before is None or not set(weights) & set(before.spec.construct_names):
        return weights
    found: dict[str, float] = {}
    for name, weight in weights.items():
        for item, share in _shares(before, name).items():
            found[item] = weight * share
    return found
