"""Method and second opinion: settings, the simple check, the other engine, omissions."""

from __future__ import annotations

from collections.abc import Sequence

from survey_engine.analysis.results import SimpleSecondOpinion
from survey_engine.document.blocks import (
    Block,
    Omission,
    Paragraph,
    Section,
    TableBlock,
)
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.report.narrative.findings import agreement
from survey_engine.report.sections.context import Context, Table
from survey_engine.report.sections.path_model import fit_values
from survey_engine.study.result import CbSemOpinion, EngineOpinion, ResampleLedger


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Everything a reader needs to trust or doubt the numbers."""
    blocks: list[Block] = [*_admissibility(context)]
    result = context.result
    if result.simple_opinion is not None:
        blocks += [_heading(context, "simple"), *_simple(context, result.simple_opinion)]
    blocks += [_heading(context, "engines"), *_engines(context)]
    blocks.append(_pairs(context, "settings", _settings(context)))
    if context.omissions:
        left = tuple((left.page, left.reason) for left in context.omissions)
        blocks.append(_pairs(context, "omitted", left))
    return (context.section("method", blocks),)


def _pairs(context: Context, key: str, entries: tuple[tuple[str, str], ...]) -> TableBlock:
    """Names and what is said of them, as a dense table."""
    last = "choice" if key == "settings" else "reason"
    table = Table(key=key, columns=(key, last), rows=entries, left=2, dense=True)
    return context.table(table)


def _heading(context: Context, key: str) -> Paragraph:
    return context.text(f"method.headings.{key}", "subheading")


def _admissibility(context: Context) -> list[Paragraph]:
    """A banner where the solution is doubtful or may not be used, reasons below."""
    admissible = context.result.assessment.admissibility
    if admissible.verdict == "yes":
        return []
    blocks = [context.text(f"method.admissible_{admissible.verdict}", "warning")]
    if context.result.spec.accept_inadmissible and admissible.verdict == "no":
        blocks.append(context.text("method.accepted", "warning"))
    blocks += [
        Paragraph(text=context.diagnostics.message(reason)) for reason in admissible.reasons
    ]
    return blocks


def _simple(context: Context, opinion: SimpleSecondOpinion) -> list[Paragraph]:
    numbers = context.numbers
    values = {
        "simple": numbers.points(opinion.index_unit_weights.est),
        "simple_interval": context.aside(opinion.index_unit_weights, numbers.points),
        "model": numbers.points(opinion.index_model.est),
        "model_interval": context.aside(opinion.index_model, numbers.points),
        "top_model": context.words.enumerate(
            [context.labels.inside(name) for name in opinion.top_two_model]
        ),
        "top_simple": context.words.enumerate(
            [context.labels.inside(name) for name in opinion.top_two_simple]
        ),
    }
    key = agreement(context.result, opinion)
    said = [
        context.words.say(f"report.method.simple.{part}", **values) for part in ("index", key)
    ]
    return [_joined(context, said)]


def _engines(context: Context) -> list[Paragraph]:
    first = []
    if context.result.engine_opinion is not None:
        first.append(_engine(context, context.result.engine_opinion))
    beside = context.result.cbsem_opinion
    blocks = [] if beside is None else _cbsem(context, beside, first)
    if beside is None and first:
        blocks = [_joined(context, first)]
    return blocks or [context.text("method.engine.none")]


def _engine(context: Context, opinion: EngineOpinion) -> str:
    reason = context.diagnostics.message(opinion.reason) if opinion.reason else ""
    return context.words.say(
        f"report.method.engine.{opinion.outcome}",
        engine=" ".join(filter(None, (opinion.engine, opinion.version))),
        reason=reason,
        chisq=context.numbers.points(opinion.chisq, 2),
        reference=context.numbers.points(opinion.chisq_reference, 2),
    )


def _cbsem(context: Context, opinion: CbSemOpinion, first: list[str]) -> list[Paragraph]:
    """The covariance-based fit beside PLS, after the other program's word; why PLS leads."""
    words, at = context.words, "report.method.cbsem"
    reasons = [context.diagnostics.message(reason) for reason in opinion.reasons]
    if opinion.fit is None:
        blocks = [_joined(context, [words.say(f"{at}.absent"), *reasons, *first])]
    else:
        measures = context.result.extra.get("cbsem_fit_measures", {})
        key = "fit" if measures.get("cfi") is not None else "fit_short"
        values = fit_values(context, opinion.fit, measures)
        verdict = opinion.admissible if opinion.admissible in ("yes", "no") else "doubtful"
        judged = [words.say(f"{at}.admissible_{verdict}"), *reasons]
        ledger = opinion.ledger
        # The reasons name failed resamples; the ledger speaks where there are none.
        if not reasons and ledger is not None and opinion.failed_share is not None:
            share = context.numbers.percent(opinion.failed_share, 1)
            asked = context.numbers.count(ledger.requested)
            judged.append(words.say(f"{at}.resamples", requested=asked, share=share))
        fitted = words.say(f"{at}.{key}", **values)
        blocks = [_joined(context, [fitted, *first]), _joined(context, judged)]
    if isinstance(context.result.fit, PlsFit):
        blocks.append(context.text("method.cbsem.why_pls"))
    return blocks


def _joined(context: Context, sentences: Sequence[str]) -> Paragraph:
    """Sentences as one paragraph."""
    return Paragraph(text=str(context.words.node("formats.sentence")).join(sentences))


def _settings(context: Context) -> tuple[tuple[str, str], ...]:
    """Settings of the run, only those its estimator has."""
    result, words = context.result, context.words
    fit = result.fit
    pairs = [("estimator", words.choose("labels.estimators", fit.estimator))]
    if result.assessment.admissibility.verdict == "yes":
        pairs.append(("admissible", words.say("report.method.admissible_yes")))
    if isinstance(fit, PlsFit):
        pairs.append(("metric", words.choose("labels.metrics", fit.metric)))
        pairs.append(("scheme", words.choose("labels.schemes", fit.scheme)))
        pairs.append(("modes", _modes(context, fit)))
    pairs.append(
        (
            "convergence",
            words.say(
                f"report.method.convergence.{'yes' if fit.converged else 'no'}",
                iterations=context.numbers.count(fit.iterations),
                criterion=context.numbers.scientific(fit.criterion),
            ),
        )
    )
    pairs.append(
        (
            "missing",
            words.say(
                f"report.method.missing.{fit.moments.missing}",
                n=context.numbers.count(result.n),
                left=context.numbers.count(result.data.n - result.n),
            ),
        )
    )
    pairs.append(("resamples", _ledger(context, result.resamples)))
    if result.index is not None:
        formula = words.choose("labels.formulas", result.index.formula)
        pairs.append(("index_route", formula))
    return tuple((words.say(f"report.method.settings.{key}"), text) for key, text in pairs)


def _modes(context: Context, fit: PlsFit) -> str:
    """Mode A everywhere, or the constructs of the other modes by name."""
    by_mode: dict[str, list[str]] = {}
    for construct, mode in zip(fit.spec.constructs, fit.modes, strict=True):
        if mode != "A":
            by_mode.setdefault(mode, []).append(context.labels.inside(construct.name))
    if not by_mode:
        return context.words.say("report.method.modes_a")
    parts = [
        context.words.say(f"report.method.modes.{mode}", list=context.words.enumerate(names))
        for mode, names in by_mode.items()
    ]
    if "A" in fit.modes and fit.estimator != "sum":
        parts.append(context.words.say("report.method.modes.others"))
    return context.words.say("report.method.modes.joint").join(parts)


def _ledger(context: Context, ledger: ResampleLedger | None) -> str:
    if ledger is None:
        return context.words.say("report.method.no_resamples")
    return context.words.say(
        "report.method.ledger",
        requested=context.numbers.count(ledger.requested),
        usable=context.numbers.count(ledger.usable),
        failed=context.numbers.count(ledger.failed),
        seed=context.numbers.count(ledger.seed),
        kind=context.words.choose("labels.interval_kinds", ledger.interval),
    )
