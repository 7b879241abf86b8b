"""The report of a file without an index model: drivers or single scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from survey_engine.analysis.smaller_report import SmallerReport
from survey_engine.analysis.supported_step import STEPS, Lift
from survey_engine.document.blocks import (
    Block,
    DefinitionList,
    Paragraph,
    ReportDocument,
    Section,
    Tile,
    TileRow,
)
from survey_engine.instrument.wording import in_language
from survey_engine.report.narrative.numbers import Numbers
from survey_engine.report.narrative.wording import Wording
from survey_engine.report.sections.context import BrandTexts
from survey_engine.report.smaller_sections import drivers_section, scores_section
from survey_engine.report.smaller_words import SmallerWords

_MOST_TILES = 4


def compose_smaller(
    found: SmallerReport,
    *,
    language: str,
    wording: Mapping[str, Any],
    brand: BrandTexts | None = None,
) -> ReportDocument:
    """Compose the report of a file that carries no index model.

    Parameters
    ----------
    found : SmallerReport
    language : str
    wording : Mapping[str, Any]
    brand : BrandTexts, optional
    """
    words = Wording(language=language, catalogue=wording)
    own = SmallerWords(found=found, words=words, numbers=Numbers(formats=words.node("formats")))
    house = brand or BrandTexts()
    drivers = () if found.drivers is None else (drivers_section(own, found.drivers),)
    instrument = found.data.instrument
    title = in_language(instrument.title, language) if instrument is not None else ""
    return ReportDocument(
        language=language,
        title=house.title or own.say(f"title.{found.step.step}"),
        subtitle=title,
        client=house.client,
        prepared_by=house.prepared_by,
        date_line=house.date_line,
        confidentiality=house.confidentiality or words.say("report.cover.confidentiality"),
        contents_title=words.say("report.cover.contents"),
        footer=own.say("footer", hash=found.data.sha256[:12]),
        page_word=words.say("report.cover.page"),
        sections=(_summary(own), *drivers, scores_section(own), _method(own)),
        meta={
            "base": own.base,
            "source": found.data.source,
            "model": own.say(f"steps.{found.step.step}"),
            "engine": "survey_engine",
            "seed": str(found.seed),
            "data_sha256": found.data.sha256,
        },
    )


def _summary(own: SmallerWords) -> Section:
    step = own.found.step
    number = STEPS.index(step.step) + 1
    blocks: list[Block] = [_tiles(own)]
    blocks += [Paragraph(text=text) for text in _findings(own)]
    blocks.append(Paragraph(text=own.say("lift_head"), style="subheading"))
    blocks += [Paragraph(text=lift_text(one, own)) for one in step.lifts]
    return Section(
        id="summary",
        kicker=own.say("kickers.summary"),
        title=own.say(f"summary.{step.step}"),
        lead=own.say(
            "standing", number=number, steps=len(STEPS), name=own.say(f"steps.{step.step}")
        ),
        blocks=tuple(blocks),
    )


def _tiles(own: SmallerWords) -> TileRow:
    """Overall satisfaction first, then recommendation, then the other questions."""
    target = own.found.step.target
    order = sorted(own.found.scores, key=lambda one: (one.item != target, one.net is None))
    tiles: list[Tile] = []
    for one in order[:_MOST_TILES]:
        score = one.mean if one.net is None else one.net
        value = own.numbers.points if one.net is None else own.numbers.balance
        unit = "points" if one.net is None else "nps"
        tiles.append(
            Tile(
                label=own.label(one.item),
                value=value(score.value),
                interval=own.say(f"tile.{unit}", interval=own.interval(score), level=own.level),
            )
        )
    return TileRow(tiles=tuple(tiles))


def _findings(own: SmallerWords) -> list[str]:
    """What can be said: the strongest driver where its interval lets it, ends of the scores."""
    found = own.found
    texts: list[str] = []
    drivers = found.drivers
    known = [] if drivers is None else [one for one in drivers.drivers if one.share is not None]
    if drivers is not None and len(known) > 1:
        first, second = known[0], known[1]
        apart = (first.ci_lower or 0.0) > (second.ci_upper or 1.0)
        texts.append(
            own.say(
                "finding.first" if apart else "finding.not_apart",
                first=own.label(first.item),
                second=own.label(second.item),
                share=own.numbers.percent(first.share),
                target=own.label(drivers.target),
            )
        )
    scored = [one for one in found.scores if one.mean.value is not None and one.net is None]
    if len(scored) > 1:
        best = max(scored, key=lambda one: one.mean.value or 0.0)
        worst = min(scored, key=lambda one: one.mean.value or 0.0)
        apart = (best.mean.ci_lower or 0.0) > (worst.mean.ci_upper or 100.0)
        texts.append(
            own.say(
                "finding.ends" if apart else "finding.level",
                best=own.label(best.item),
                high=own.numbers.points(best.mean.value),
                worst=own.label(worst.item),
                low=own.numbers.points(worst.mean.value),
            )
        )
    return texts


def lift_text(lift: Lift, own: SmallerWords) -> str:
    """What would lift the report, in words."""
    name = lift.name
    if lift.kind == "construct":
        name = own.words.say(f"draft.constructs.{lift.name}")
    if lift.kind == "varied":
        name = own.label(lift.name)
    step = own.say(f"steps.{lift.step}")
    return own.say(f"lift.{lift.kind}", step=step, name=name, n=lift.n)


def _method(own: SmallerWords) -> Section:
    data = own.found.data
    instrument = data.instrument
    blocks: list[Block] = [Paragraph(text=own.say("method.scores", level=own.level))]
    if own.found.drivers is not None:
        blocks.append(Paragraph(text=own.say("method.drivers")))
    if data.weights is not None:
        blocks.append(Paragraph(text=own.say("method.weights")))
    left = () if instrument is None else instrument.open_questions
    if left:
        blocks.append(Paragraph(text=own.say("method.open"), style="subheading"))
        blocks += [
            Paragraph(text=own.say("method.assumed", ask=one.ask, assumed=one.assumed))
            for one in left
        ]
    entries = (
        (own.say("method.source"), data.source),
        (own.say("method.hash"), data.sha256[:12]),
        (own.say("method.read"), own.numbers.count(data.quality.n_read)),
        (own.say("method.kept"), own.numbers.count(data.quality.n_kept)),
        (own.say("method.seed"), str(own.found.seed)),
    )
    blocks.append(DefinitionList(entries=entries, title=own.say("method.facts")))
    return Section(
        id="method",
        kicker=own.say("kickers.method"),
        title=own.say("method.title"),
        blocks=tuple(blocks),
    )
