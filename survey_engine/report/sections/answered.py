"""Who answered: from responses read to responses used, and what is missing."""

from __future__ import annotations

from survey_engine.document.blocks import Block, Omission, Section, TableBlock
from survey_engine.document.charts import FlowBars
from survey_engine.document.charts.model import Bar
from survey_engine.report.sections.context import Context, Table
from survey_engine.responses.survey_data import ItemQuality

_KINDS = ("dont_know", "not_asked", "skipped", "not_reached", "refused")


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Flow, item nonresponse, weights and times, each only if the data hold it."""
    blocks: list[Block] = [_flow(context)]
    built: list[Section | Omission] = []
    incomplete = [item for item in _items(context) if _missing(item)]
    if incomplete:
        blocks.append(_missing_table(context, incomplete))
    else:
        blocks.append(context.text("answered.complete"))
        built.append(context.omission("item_nonresponse", "complete"))
    built += _weights(context, blocks)
    built += _times(context, blocks)
    blocks.append(context.text("answered.note", "note"))
    if not context.result.data.extra.columns.size:
        built.append(context.omission("respondents", "no_background"))
    key = "title_all" if _all_used(context) else "title"
    title = context.words.say(
        f"report.sections.answered.{key}",
        n=context.numbers.count(context.result.n),
        read=context.numbers.count(context.result.data.quality.n_read),
    )
    section = context.section("answered", blocks, title=title)
    return (section, *built)


def _all_used(context: Context) -> bool:
    return context.result.n == context.result.data.quality.n_read


def _items(context: Context) -> tuple[ItemQuality, ...]:
    wanted = set(context.observed_items)
    return tuple(item for item in context.result.data.quality.items if item.item in wanted)


def _missing(item: ItemQuality) -> int:
    return sum(getattr(item, f"n_{kind}") for kind in _KINDS)


def _flow(context: Context) -> Block:
    quality = context.result.data.quality
    steps = [("read", quality.n_read)]
    steps += [(f"excluded.{reason}", n) for reason, n in quality.excluded.items() if n]
    if quality.n_kept != quality.n_read:
        steps.append(("kept", quality.n_kept))
    steps.append(("used", context.result.n))
    bars = tuple(
        Bar(
            label=_step_label(context, key),
            value=float(n),
            text=context.numbers.count(n),
            emphasis=key == "used",
        )
        for key, n in steps
    )
    return context.figure(
        "flow",
        FlowBars(bars=bars),
        method=context.words.say("labels.counts_no_interval"),
        n=context.numbers.count(context.result.n),
        read=context.numbers.count(quality.n_read),
    )


def _step_label(context: Context, key: str) -> str:
    if context.words.has(f"steps.{key}"):
        return context.words.say(f"steps.{key}")
    code = key.split(".", 1)[-1]
    return context.diagnostics.meaning(code) or context.words.say("steps.excluded_other")


def _missing_table(context: Context, items: list[ItemQuality]) -> TableBlock:
    kinds = [kind for kind in _KINDS if any(getattr(item, f"n_{kind}") for item in items)]
    items = sorted(items, key=_missing, reverse=True)
    rows = [
        [
            context.labels.item_with_id(item.item),
            context.numbers.count(item.n_valid),
            *(context.numbers.count(getattr(item, f"n_{kind}")) for kind in kinds),
            context.numbers.percent(_missing(item) / (item.n_valid + _missing(item)), 1),
        ]
        for item in items
    ]
    return context.table(
        Table(
            key="missing",
            columns=("item", "valid", *kinds, "missing_share"),
            rows=rows,
            dense=True,
        )
    )


def _weights(context: Context, blocks: list[Block]) -> list[Section | Omission]:
    result = context.result
    if result.data.weights is None:
        return [context.omission("weights", "no_weights")]
    blocks.append(
        context.text(
            "answered.weighted",
            n=context.numbers.count(result.n),
            effective=context.numbers.count(result.n_effective),
        )
    )
    return []


def _times(context: Context, blocks: list[Block]) -> list[Section | Omission]:
    seconds = context.result.data.quality.median_seconds
    if seconds is None:
        return [context.omission("times", "no_times")]
    blocks.append(context.text("answered.times", seconds=context.numbers.points(seconds, 0)))
    return []
