"""Summary page: key figures, where the index stands, three to five findings."""

from __future__ import annotations

from survey_engine.analysis.results import Ruler
from survey_engine.document.blocks import (
    Block,
    ChartBlock,
    FindingList,
    Omission,
    Section,
    Tile,
    TileRow,
)
from survey_engine.document.charts import IndexStrip
from survey_engine.document.charts.model import Band
from survey_engine.estimation.estimates import Estimate
from survey_engine.report.narrative.findings import summary_findings
from survey_engine.report.narrative.titles import summary_title
from survey_engine.report.sections.context import Context


def build(context: Context) -> tuple[Section | Omission, ...]:
    """The summary; without an admissible index it says so and shows no strip."""
    found = tuple(map(context.teller.tell, summary_findings(context.result)))
    blocks: list[Block] = [TileRow(tiles=_tiles(context))]
    if context.result.index is not None:
        blocks.append(index_strip(context))
    if found:
        blocks.append(FindingList(findings=found))
    blocks.append(
        context.text("summary.base", "note", base=context.base, interval=context.interval_words)
    )
    title, lead = summary_title(context.result, context.words, context.numbers, context.labels)
    return (context.section("summary", blocks, title=title, lead=lead),)


def _tiles(context: Context) -> tuple[Tile, ...]:
    tiles = [_index_tile(context)]
    loyalty = context.roles.loyalty
    scores = context.result.scores.performance if context.result.scores else ()
    tiles += [
        _score_tile(context, row.construct, row) for row in scores if row.construct == loyalty
    ]
    for wanted in ("top_two_box", "nps_style"):
        rulers = [row for row in context.result.rulers if row.name == wanted]
        tiles += [_ruler_tile(context, row) for row in rulers[:1]]
    return tuple(tiles)


def _index_tile(context: Context) -> Tile:
    index = context.result.index
    label = context.words.say(
        "labels.index_of", construct=context.labels.construct(context.roles.index)
    )
    if index is None:
        return Tile(
            label=label,
            value="–",
            interval=context.words.say("labels.withheld"),
            remark=context.words.say("labels.not_admissible"),
        )
    return _tile(context, label, index, context.words.say("labels.of_hundred"))


def _score_tile(context: Context, construct: str, row: Estimate) -> Tile:
    label = context.words.say("labels.score_of", construct=context.labels.construct(construct))
    return _tile(context, label, row, context.words.say("labels.of_hundred"))


def _tile(context: Context, label: str, row: Estimate, remark: str) -> Tile:
    interval = context.numbers.interval_of(row, context.numbers.points)
    return Tile(
        label=label,
        value=context.numbers.points(row.est),
        interval=_interval_line(context, interval),
        remark=remark,
    )


def _ruler_tile(context: Context, row: Ruler) -> Tile:
    show = context.numbers.percent if row.name == "top_two_box" else context.numbers.balance
    return Tile(
        label=context.words.say(f"rulers.{row.name}.label"),
        value=show(row.est),
        interval=_interval_line(context, context.numbers.interval_of(row, show)),
        remark=context.labels.item(row.item),
    )


def _interval_line(context: Context, interval: str) -> str:
    if not interval:
        return context.words.say("labels.no_interval")
    return context.words.say("labels.tile_interval", level=context.level, interval=interval)


def index_strip(context: Context) -> ChartBlock:
    """The index on its scale with its interval and the reading bands."""
    index = context.result.index
    if index is None or index.est is None:
        raise ValueError("the strip needs an index")
    risk, strong = context.brand.bands
    interval = context.numbers.interval_of(index, context.numbers.points)
    chart = IndexStrip(
        value=index.est,
        lower=index.ci_lower,
        upper=index.ci_upper,
        minimum=0.0,
        maximum=100.0,
        bands=(
            Band(lower=0.0, upper=risk, label=context.words.say("bands.risk")),
            Band(lower=risk, upper=strong, label=context.words.say("bands.middle")),
            Band(lower=strong, upper=100.0, label=context.words.say("bands.strong")),
        ),
        marks=(),
        value_text=context.numbers.points(index.est),
        interval_text=interval,
    )
    return context.figure(
        "index_strip",
        chart,
        construct=context.labels.construct(index.construct),
        value=context.numbers.points(index.est),
        interval=interval or context.words.say("labels.no_interval"),
    )
