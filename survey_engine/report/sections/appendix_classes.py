"""Hidden classes in the appendix of robustness checks: how many, and their paths."""

from __future__ import annotations

from collections.abc import Sequence

from survey_engine.analysis.class_solutions import HiddenClasses
from survey_engine.document.blocks import TableBlock
from survey_engine.report.sections.context import Context, Table
from survey_engine.study.robustness import Robustness

_Row = list[str]


def class_blocks(context: Context, found: Robustness) -> tuple[TableBlock, ...]:
    """Nothing where no classes were looked for; paths where more than one was retained."""
    classes = found.classes
    if classes is None:
        return ()
    blocks = [_solutions(context, classes)]
    if classes.retained > 1:
        blocks.append(_class_paths(context, classes))
    if found.own_weights is not None:
        one = found.own_weights
        note = context.words.say(
            "labels.robustness.class_methods.pos",
            start=context.numbers.coefficient(one.start),
            end=context.numbers.coefficient(one.objective),
        )
        blocks.append(_own(context, (one.shares, one.paths, one.r2), note))
    if found.response_based is not None:
        rebus, numbers = found.response_based, context.numbers
        note = context.words.say(
            "labels.robustness.class_methods.rebus",
            gqi=numbers.coefficient(rebus.gqi),
            one=numbers.coefficient(rebus.gqi_one_class),
            p=numbers.p_value(rebus.p_one_class),
        )
        blocks.append(_own(context, (rebus.shares, rebus.paths, rebus.r2), note))
    return tuple(blocks)


def _solutions(context: Context, found: HiddenClasses) -> TableBlock:
    numbers = context.numbers
    rows = [
        [
            numbers.count(one.classes),
            *(numbers.points(one.criteria[name], 1) for name in ("aic3", "caic")),
            numbers.coefficient(one.criteria["en"]),
            numbers.percent(min(one.shares)),
            context.words.say("labels.used_here") if one.classes == found.retained else "",
        ]
        for one in found.solutions
    ]
    columns = ("class_count", "aic3", "caic", "entropy", "class_smallest", "")
    note = context.words.say(f"labels.robustness.class_methods.{found.method}")
    return context.table(
        Table(key="robust_classes", columns=columns, rows=rows, dense=True, note=note)
    )


def _class_paths(context: Context, found: HiddenClasses) -> TableBlock:
    """Sizes, paths and means by class."""
    show, named = context.numbers.coefficient, context.labels.construct
    classes = range(1, found.retained + 1)
    paths = {(p.source, p.target, p.hidden_class): p.est for p in found.paths}
    means = {(m.construct, m.hidden_class): m.est for m in found.means}
    rows = [
        [named(source), named(target), *(show(paths[source, target, g]) for g in classes)]
        for source, target in dict.fromkeys((p.source, p.target) for p in found.paths)
    ]
    rows += [
        [
            context.words.say("labels.robustness.class_mean", construct=named(name)),
            "",
            *(show(means[name, g]) for g in classes),
        ]
        for name in dict.fromkeys(m.construct for m in found.means)
    ]
    shares = found.solutions[found.retained - 1].shares
    return _by_class(context, "robust_class_paths", shares, rows)


def _own(
    context: Context,
    one: tuple[
        Sequence[float],
        Sequence[dict[str, float]] | Sequence[dict[str, float | None]],
        Sequence[dict[str, float]] | Sequence[dict[str, float | None]],
    ],
    note: str,
) -> TableBlock:
    """Sizes, paths and R² of classes with weights of their own."""
    shares, paths, r2 = one
    show, named = context.numbers.coefficient, context.labels.construct
    rows = [
        [*map(named, key.split(" -> ")), *(show(each[key]) for each in paths)]
        for key in paths[0]
    ]
    rows += [[f"R² ({named(name)})", "", *(show(each[name]) for each in r2)] for name in r2[0]]
    return _by_class(context, "robust_class_own", shares, rows, note)


def _by_class(
    context: Context, key: str, shares: Sequence[float], rows: list[_Row], note: str = ""
) -> TableBlock:
    head = context.words.say("labels.robustness.class_share")
    every = [[head, "", *map(context.numbers.percent, shares)], *rows]
    columns = ("from", "to", *(f"class_{g}" for g in range(1, len(shares) + 1)))
    return context.table(
        Table(key=key, columns=columns, rows=every, left=2, dense=True, note=note)
    )
