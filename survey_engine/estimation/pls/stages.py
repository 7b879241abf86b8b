"""Models with interactions, quadratic terms or higher-order constructs, as runs of PLS.

Each run (`Stage`) is an ordinary PLS model whose indicators are made from the columns of
the data: an item as it is, a construct's score of the run before, a product of two scores
or of two items. All of them are linear in items and products of items, so covariances of
items and products are all a resample has to bring (see `made_columns`).

References
----------
Chin, W. W., Marcolin, B. L. & Newsted, P. R. (2003). Information Systems Research 14(2):
product indicators.
Henseler, J. & Chin, W. W. (2010). Structural Equation Modeling 17(1): two-stage and
orthogonalised products.
Becker, J.-M., Klein, K. & Wetzels, M. (2012). Long Range Planning 45: repeated indicators,
embedded two-stage. Sarstedt, M. et al. (2019). Australasian Marketing Journal 27(3):
disjoint two-stage.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product as pairs_of

from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.estimation.pls.made_columns import (
    AsIs,
    ItemProduct,
    Recipe,
    Score,
    ScoreProduct,
)
from survey_engine.estimation.pls.staged_plan import Product, Stage, StagedModel
from survey_engine.spec.model import Construct, ModelSpec, Path
from survey_engine.spec.statements import measured_by

__all__ = [
    "HIGHER_ORDER",
    "INTERACTIONS",
    "Product",
    "Stage",
    "StagedModel",
    "products_of",
    "products_without_parts",
    "staged_model",
]

INTERACTIONS = ("two-stage", "product-indicator", "orthogonal")
HIGHER_ORDER = ("disjoint", "embedded", "repeated")


def staged_model(
    spec: ModelSpec, *, interaction: str = "two-stage", higher_order: str = "disjoint"
) -> StagedModel | None:
    """Plan the runs of a model; None for a model that is one plain run.

    Raises
    ------
    EstimationError
        PLS_INTERACTION (three parts, or a part of higher order) or PLS_HIGHER_ORDER
        (constructs of third order, items beside constructs, a lower-order construct with
        paths of its own or in two higher ones).
    """
    products = products_of(spec)
    higher = [c for c in spec.constructs if set(c.indicators) & set(spec.construct_names)]
    if not products and not higher:
        return None
    problems = [*_impossible_products(spec, products, higher), *_impossible_orders(spec)]
    if problems:
        raise EstimationError(*problems)
    if higher:
        return _higher_order(spec, higher, higher_order)
    return _moderated(spec, products, interaction)


def products_of(spec: ModelSpec) -> tuple[Product, ...]:
    """Regressions on ``A:B`` where the parts are constructs, in order of appearance."""
    targets: dict[str, list[str]] = {}
    for statement in spec.statements:
        parts = statement.rhs.split(":")
        if statement.op == "~" and len(parts) > 1 and set(parts) <= set(spec.construct_names):
            targets.setdefault(statement.rhs, []).append(statement.lhs)
    return tuple(
        Product(
            name=name,
            first=name.split(":")[0],
            second=name.split(":")[1],
            targets=tuple(dict.fromkeys(found)),
        )
        for name, found in targets.items()
    )


def products_without_parts(staged: StagedModel) -> tuple[Diagnostic, ...]:
    """PRODUCT_WITHOUT_PART for regressions on a product but not on both of its parts."""
    arrows = {(path.source, path.target) for path in staged.final.paths}
    return tuple(
        diagnostic(
            "PRODUCT_WITHOUT_PART",
            where=Where(constructs=(target,), parameters=(one.name,)),
        )
        for one in staged.products
        for target in one.targets
        if not {(one.first, target), (one.second, target)} <= arrows
    )


def _impossible_products(
    spec: ModelSpec, products: Iterable[Product], higher: list[Construct]
) -> list[Diagnostic]:
    orders = {c.name for c in higher} | {i for c in higher for i in c.indicators}
    bad = []
    for one in products:
        unknown = set(one.targets) - set(spec.construct_names)
        if one.name.count(":") > 1 or {one.first, one.second} & orders or unknown or higher:
            bad.append(one.name)
    return [diagnostic("PLS_INTERACTION", where=Where(parameters=tuple(bad)))] if bad else []


def _impossible_orders(spec: ModelSpec) -> list[Diagnostic]:
    known = {c.name: c for c in spec.constructs}
    arrows = {name for path in spec.paths for name in (path.source, path.target)}
    seen: list[str] = []
    bad = []
    for construct in spec.constructs:
        lower = [i for i in construct.indicators if i in known]
        if not lower:
            continue
        deep = any(set(known[name].indicators) & set(known) for name in lower)
        mixed = len(lower) < len(construct.indicators)
        if deep or mixed or arrows & set(lower) or set(seen) & set(lower):
            bad.append(construct.name)
        seen += lower
    return [diagnostic("PLS_HIGHER_ORDER", where=Where(constructs=tuple(bad)))] if bad else []


def _moderated(spec: ModelSpec, products: tuple[Product, ...], method: str) -> StagedModel:
    plain = _without_products(spec)
    items = plain.indicators
    at = {item: j for j, item in enumerate(items)}
    blocks = {c.name: [at[i] for i in c.indicators] for c in plain.constructs}
    pairs: dict[tuple[int, int], None] = {}
    for one in products:
        for i, k in pairs_of(blocks[one.first], blocks[one.second]):
            pairs.setdefault((min(i, k), max(i, k)))
    order = tuple(pairs)
    same = tuple(AsIs(item=j) for j in range(len(items)))
    constructs, recipes = list(plain.constructs), list[Recipe](same)
    paths = list(plain.paths)
    names = plain.construct_names
    for one in products:
        if method == "two-stage":
            made: dict[str, Recipe] = {
                one.name: ScoreProduct(names.index(one.first), names.index(one.second))
            }
        else:
            given = tuple(sorted({*blocks[one.first], *blocks[one.second]}))
            residual = given if method == "orthogonal" else ()
            made = {
                f"{items[i]}:{items[k]}": ItemProduct(first=i, second=k, without=residual)
                for i, k in order
                if _belongs((i, k), blocks[one.first], blocks[one.second])
            }
        kind = "single_item" if len(made) == 1 else "reflective"
        constructs.append(Construct(name=one.name, indicators=tuple(made), kind=kind))
        recipes += made.values()
        paths += [Path.model_validate({"from": one.name, "to": t}) for t in one.targets]
    final = plain.model_copy(
        update={"constructs": tuple(constructs), "paths": tuple(paths), "statements": ()}
    )
    last = Stage(spec=final, recipes=tuple(recipes))
    stages = (Stage(spec=plain, recipes=same), last) if method == "two-stage" else (last,)
    return StagedModel(
        authored=spec, items=items, pairs=order, stages=stages, products=products
    )


def _belongs(pair: tuple[int, int], first: list[int], second: list[int]) -> bool:
    i, k = pair
    return (i in first and k in second) or (k in first and i in second)


def _without_products(spec: ModelSpec) -> ModelSpec:
    kept = tuple(s for s in spec.statements if ":" not in s.rhs or s.op != "~")
    return spec.model_copy(update={"statements": kept})


def _higher_order(spec: ModelSpec, higher: list[Construct], method: str) -> StagedModel:
    lower = {name: c.name for c in higher for name in c.indicators}
    items = tuple(
        i
        for c in spec.constructs
        if c.name not in {h.name for h in higher}
        for i in c.indicators
    )
    at = {item: j for j, item in enumerate(items)}
    repeated = _repeated(spec, higher, at)
    if method == "repeated":
        stages: tuple[Stage, ...] = (repeated,)
    else:
        first = repeated if method == "embedded" else _disjoint(spec, lower, at)
        names = first.spec.construct_names
        upper = tuple(c for c in spec.constructs if c.name not in lower)
        recipes: list[Recipe] = []
        for construct in upper:
            recipes += [
                Score(construct=names.index(i)) if i in lower else AsIs(item=at[i])
                for i in construct.indicators
            ]
        constructs = tuple(_plain_kind(c) if c in higher else c for c in upper)
        update = {"constructs": constructs, "statements": ()}
        stages = (first, Stage(spec=spec.model_copy(update=update), recipes=tuple(recipes)))
    return StagedModel(authored=spec, items=items, pairs=(), stages=stages, products=())


def _plain_kind(construct: Construct) -> Construct:
    """A higher-order construct as one measured, or made up, by its scores."""
    kind = "composite" if measured_by(construct) == "<~" else "reflective"
    return construct.model_copy(update={"kind": kind})


def _disjoint(spec: ModelSpec, lower: dict[str, str], at: dict[str, int]) -> Stage:
    """Lower-order constructs alone, each with the paths of its higher-order one."""
    parts: dict[str, list[str]] = {}
    for name, upper in lower.items():
        parts.setdefault(upper, []).append(name)
    arrows: dict[tuple[str, str], None] = {}
    for path in spec.paths:
        sources = parts.get(path.source, [path.source])
        for pair in pairs_of(sources, parts.get(path.target, [path.target])):
            arrows.setdefault(pair)
    constructs = tuple(c for c in spec.constructs if c.name not in parts)
    return _plain_stage(spec, constructs, arrows, at)


def _repeated(spec: ModelSpec, higher: list[Construct], at: dict[str, int]) -> Stage:
    """The higher-order construct measured by all items of its lower-order ones.

    Arrows lead from the higher to the lower ones where it is measured by them (``=~``),
    and from the lower ones where they make it up (``<~``).
    """
    arrows: dict[tuple[str, str], None] = {(p.source, p.target): None for p in spec.paths}
    constructs = []
    for construct in spec.constructs:
        if construct not in higher:
            constructs.append(construct)
            continue
        own = [
            f"{item}@{construct.name}"
            for name in construct.indicators
            for item in spec.construct_named(name).indicators
        ]
        made = measured_by(construct) == "<~"
        for name in construct.indicators:
            arrows[(name, construct.name) if made else (construct.name, name)] = None
        kind = "composite" if made else "reflective"
        update = {"indicators": tuple(own), "kind": kind, "mode": "A"}
        constructs.append(construct.model_copy(update=update))
    return _plain_stage(spec, tuple(constructs), arrows, at)


def _plain_stage(
    spec: ModelSpec,
    constructs: tuple[Construct, ...],
    arrows: Iterable[tuple[str, str]],
    at: dict[str, int],
) -> Stage:
    paths = tuple(Path.model_validate({"from": a, "to": b}) for a, b in arrows)
    made = spec.model_copy(update={"constructs": constructs, "paths": paths, "statements": ()})
    recipes = tuple(AsIs(item=at[item.partition("@")[0]]) for item in made.indicators)
    return Stage(spec=made, recipes=recipes)
