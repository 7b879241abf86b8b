"""What changes when two constructs the answers do not tell apart are merged.

Satisfaction surveys often fail HTMT; whether that matters is seen in the index, the
explained variance and the paths of the model with one construct in place of two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from survey_engine.assessment.blocks import block_sizes
from survey_engine.assessment.resampled import number
from survey_engine.assessment.validity import htmt
from survey_engine.errors import EstimationError
from survey_engine.estimation.estimates import EffectEstimate
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Array
from survey_engine.spec.graph import cycles
from survey_engine.spec.model import Construct, ModelSpec, Path, Roles
from survey_engine.study.prepare import Prepared
from survey_engine.study.quantities import layout_of, quantities
from survey_engine.study.statistic import pls_solution

TOO_ALIKE = 0.90
MOST_PAIRS = 6


@dataclass(frozen=True, kw_only=True)
class MergedPair:
    """The model with two constructs merged, beside the model as it is.

    Attributes
    ----------
    htmt, htmt2 : float or None
        Of the pair; HTMT2 takes geometric means (Roemer et al. 2021).
    outcome : str
        ``"fitted"`` or ``"not_estimable"``.
    dropped : tuple[tuple[str, str], ...]
        Paths left out because they would close a circle through the merged construct.
    index, index_merged : float or None
        On 0-100.
    r2, r2_merged : dict[str, float | None]
        Of constructs endogenous in both models.
    paths : tuple[EffectEstimate, ...]
        Of the merged model, standardised.
    largest_change : float or None
        Of a path between two constructs that were not merged.
    """

    first: str
    second: str
    htmt: float | None
    htmt2: float | None
    outcome: str
    dropped: tuple[tuple[str, str], ...]
    index: float | None
    index_merged: float | None
    r2: dict[str, float | None]
    r2_merged: dict[str, float | None]
    paths: tuple[EffectEstimate, ...]
    largest_change: float | None


def merged_pairs(
    prepared: Prepared, fit: PlsFit, estimator: PlsEstimator
) -> tuple[MergedPair, ...]:
    """Every pair whose HTMT reaches .90, the most alike first, at most six."""
    sizes = block_sizes(fit.spec)
    correlation = fit.moments.correlation
    values = htmt(correlation, sizes)
    geometric = htmt2(correlation, sizes)
    names = fit.spec.construct_names
    pairs = [
        (values[i, j], i, j)
        for i in range(len(names))
        for j in range(i + 1, len(names))
        if values[i, j] >= TOO_ALIKE
        and "composite" not in (fit.spec.constructs[i].kind, fit.spec.constructs[j].kind)
    ]
    return tuple(
        _merged(prepared, fit, estimator, (i, j), (number(value), number(geometric[i, j])))
        for value, i, j in sorted(pairs, reverse=True)[:MOST_PAIRS]
    )


def htmt2(correlation: Array, sizes: tuple[int, ...]) -> Array:
    """HTMT by geometric means, (K, K); NaN where a correlation is not positive."""
    ends = np.cumsum(sizes)
    blocks = [slice(int(e) - s, int(e)) for e, s in zip(ends, sizes, strict=True)]
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(np.where(correlation > 0, correlation, np.nan))
    count = len(sizes)
    inside = np.zeros(count)
    for k, block in enumerate(blocks):
        own = logs[block, block][np.triu_indices(sizes[k], 1)]
        inside[k] = own.mean() if sizes[k] > 1 else 0.0
    result = np.full((count, count), np.nan)
    for i in range(count):
        for j in range(count):
            if i != j:
                between = logs[blocks[i], blocks[j]].mean()
                result[i, j] = np.exp(between - (inside[i] + inside[j]) / 2)
    return result


def merged_model(
    model: ModelSpec, first: str, second: str
) -> tuple[ModelSpec, tuple[tuple[str, str], ...]]:
    """The model with `second` merged into `first`, and the paths that had to go.

    A construct between the two would be cause and effect of the merged one. It stays an
    effect where nothing else explains it, a cause otherwise.
    """
    a, b = model.construct_named(first), model.construct_named(second)
    one = Construct(
        name=first,
        indicators=(*a.indicators, *b.indicators),
        kind="reflective",
        mode=a.mode,
        label=a.label,
    )
    constructs = tuple(
        one if c.name == first else c for c in model.constructs if c.name != second
    )
    arrows = dict.fromkeys(
        (_new(p.source, first, second), _new(p.target, first, second)) for p in model.paths
    )
    arrows = dict.fromkeys((s, t) for s, t in arrows if s != t)
    dropped = []
    while circle := _circle(arrows, [c.name for c in constructs]):
        out = next(pair for pair in circle if pair[0] == first)
        back = next(pair for pair in circle if pair[1] == first)
        explained = [s for s, t in arrows if t == out[1]]
        gone = out if len(explained) > 1 else back
        dropped.append(gone)
        del arrows[gone]
    roles = model.roles
    index = None if roles is None else Roles(index=_new(roles.index, first, second))
    paths = tuple(Path.model_validate({"from": s, "to": t}) for s, t in arrows)
    whole = model.model_copy(
        update={"constructs": constructs, "paths": paths, "statements": (), "roles": index}
    )
    return whole, tuple(dropped)


def _circle(arrows: dict[tuple[str, str], None], names: list[str]) -> list[tuple[str, str]]:
    following: dict[str, list[str]] = {name: [] for name in names}
    for source, target in arrows:
        following[source].append(target)
    found = next(iter(cycles(following)), None)
    return [] if found is None else list(pairwise(found))


def _new(name: str, first: str, second: str) -> str:
    return first if name == second else name


def _merged(
    prepared: Prepared,
    fit: PlsFit,
    estimator: PlsEstimator,
    pair: tuple[int, int],
    alike: tuple[float | None, float | None],
) -> MergedPair:
    first, second = (fit.spec.construct_names[k] for k in pair)
    model, dropped = merged_model(fit.spec, first, second)
    modes = {k: v for k, v in (estimator.modes or {}).items() if k != second}
    found: PlsFit | None
    try:
        found = replace(estimator, modes=modes).fit(
            model, prepared.reduction.moments.select(model.indicators)
        )
        found = found if found.converged else None
    except EstimationError:  # the row says so
        found = None
    target = prepared.target
    return MergedPair(
        first=first,
        second=second,
        htmt=alike[0],
        htmt2=alike[1],
        outcome="not_estimable" if found is None else "fitted",
        dropped=dropped,
        index=_index(prepared, fit, target),
        index_merged=None
        if found is None or target is None
        else _index(prepared, found, _new(target, first, second)),
        r2=_explained(fit),
        r2_merged={} if found is None else _explained(found),
        paths=() if found is None else _paths(found),
        largest_change=None if found is None else _change(fit, found, {first, second}),
    )


def _index(prepared: Prepared, fit: PlsFit, target: str | None) -> float | None:
    if target is None or prepared.ranges is None:
        return None
    order = [prepared.model.indicators.index(item) for item in fit.spec.indicators]
    ranges = type(prepared.ranges)(
        minimum=prepared.ranges.minimum[order], maximum=prepared.ranges.maximum[order]
    )
    layout = layout_of(fit.spec, metric=fit.metric, ranges=ranges, target=target)
    values = quantities(pls_solution(fit), layout)["performance"]
    return number(values[fit.spec.construct_names.index(target)])


def _explained(fit: PlsFit) -> dict[str, float | None]:
    return {
        name: number(value)
        for name, value in zip(fit.spec.construct_names, fit.r2, strict=True)
        if np.isfinite(value)
    }


def _paths(fit: PlsFit) -> tuple[EffectEstimate, ...]:
    at = {name: k for k, name in enumerate(fit.spec.construct_names)}
    return tuple(
        EffectEstimate(
            source=p.source, target=p.target, est=number(fit.paths[at[p.source], at[p.target]])
        )
        for p in fit.spec.paths
    )


def _change(before: PlsFit, after: PlsFit, merged: set[str]) -> float | None:
    new = {(row.source, row.target): row.est for row in _paths(after)}
    changes = [
        abs(row.est - other)
        for row in _paths(before)
        if not {row.source, row.target} & merged
        and (other := new.get((row.source, row.target))) is not None
        and row.est is not None
    ]
    return max(changes) if changes else None
