"""What was asked of a fitted covariance-based model, as text tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey_engine.cli.text_table import text_table
from survey_engine.cli.words import CommandWords

if TYPE_CHECKING:
    from survey_engine.assessment.model_tests.ladder import Ladder, LadderStep
    from survey_engine.study.after_fit import AfterFit

SHOWN = 10


def after_fit_text(found: AfterFit | None, words: CommandWords) -> list[str]:
    """Lines of the tables that were asked for; empty if none were."""
    if found is None:
        return []
    parts: list[str] = []
    if found.modification is not None:
        rows = [
            (
                f"{one.lhs} {one.op} {one.rhs}{_group(found, one.group)}",
                _number(one.mi, 2),
                _number(one.epc, 3),
                _number(one.sepc_all, 3),
            )
            for one in found.modification[:SHOWN]
        ]
        parts += _table(words, "modification", rows, right=(1, 2, 3))
    if found.discriminant is not None:
        parts += _measurement(found, words)
    if found.dynamic_cutoffs is not None:
        limits = [
            (
                str(one.level),
                *(_number(value, 3) for value in (one.srmr, one.rmsea, one.cfi)),
                ", ".join(one.added),
            )
            for one in found.dynamic_cutoffs.levels
        ]
        parts += _table(words, "dynamic", limits, right=(1, 2, 3))
    if found.invariance is not None:
        parts += _ladder(found.invariance, words)
    return parts


def _group(found: AfterFit, group: int) -> str:
    """Which group, where there are several."""
    return f" [{group}]" if len(found.residuals.raw) > 1 else ""


def _measurement(found: AfterFit, words: CommandWords) -> list[str]:
    rows = [
        (
            one.first,
            one.second,
            _number(one.correlation, 3),
            f"[{_number(one.ci_lower, 3)}, {_number(one.ci_upper, 3)}]",
            words.say(f"fit.distinct.{one.verdict}"),
        )
        for one in found.discriminant or ()
    ]
    parts = _table(words, "discriminant", rows, right=(2,)) if rows else []
    tested = found.bollen_stine
    if tested is not None and tested.p is not None:
        parts.append(words.say("fit.bollen_stine", p=f"{tested.p:.3f}", usable=tested.usable))
    if found.method is not None and found.method.share is not None:
        parts.append(
            words.say(
                "fit.method_factor",
                share=f"{found.method.share:.1%}",
                chisq=_number(found.method.chisq, 2),
                p=_p(found.method.p),
            )
        )
    if found.harman is not None:
        parts.append(words.say("fit.harman", share=f"{found.harman.share:.1%}"))
    return parts


def _ladder(ladder: Ladder, words: CommandWords) -> list[str]:
    rows = [_step(one, words) for one in ladder.steps]
    parts = _table(words, "invariance", rows, right=(1, 2, 3, 4, 5, 6, 7))
    allowed = "means" if ladder.means_comparable else "paths"
    if not ladder.paths_comparable:
        allowed = "nothing"
    parts.append(words.say(f"fit.comparable.{allowed}", column=ladder.group))
    if ladder.alignment is not None:
        aligned = [
            (one.construct, one.group_label, _number(one.mean, 3), _number(one.variance, 3))
            for one in ladder.alignment.means
        ]
        parts += _table(words, "alignment", aligned, right=(2, 3))
    if ladder.latent_means:
        means = [
            (
                one.construct,
                one.group_label,
                _number(one.est, 3),
                _number(one.se, 3),
                _p(one.p),
                _number(one.d, 2),
            )
            for one in ladder.latent_means
        ]
        parts += _table(words, "latent_means", means, right=(2, 3, 4, 5))
    return parts


def _step(one: LadderStep, words: CommandWords) -> tuple[str, ...]:
    name = words.say(f"fit.step.{one.step}")
    if one.freed:
        name = words.say("fit.partial_step", step=name, freed=", ".join(one.freed))
    return (
        name,
        _number(one.ratio.chisq, 2),
        str(one.ratio.df),
        _number(one.ratio.chisq_diff, 2),
        _p(one.ratio.p),
        _number(one.delta_cfi, 3),
        _number(one.delta_rmsea, 3),
        _number(one.delta_srmr, 3),
        "–" if one.verdict is None else words.say(f"fit.holds.{one.verdict}"),
    )


def _table(
    words: CommandWords, key: str, rows: Sequence[Sequence[str]], *, right: tuple[int, ...]
) -> list[str]:
    head = words.head(f"fit.{key}_head")
    return ["", words.say(f"fit.{key}"), text_table(head, rows, right=right)]


def _number(value: float | None, digits: int) -> str:
    # Adding zero turns a rounded "-0.000" into "0.000".
    return "–" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"


def _p(value: float | None) -> str:
    return "<0.001" if value is not None and value < 0.0005 else _number(value, 3)
