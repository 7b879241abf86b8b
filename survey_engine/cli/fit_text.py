"""How well the model fits, what it defines, and what moderates what, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey_engine.cli.text_table import text_table
from survey_engine.cli.words import CommandWords
from survey_engine.report.narrative.labels import Labels

if TYPE_CHECKING:
    from survey_engine.estimation.estimates import Estimate
    from survey_engine.study.result import StudyResult

COMPOSITE = ("srmr", "d_uls", "d_g", "nfi")
LEVELS = {-1.0: "low", 0.0: "mean", 1.0: "high"}


def fit_lines(result: StudyResult, words: CommandWords) -> list[str]:
    """One line of fit measures, the best version of each; empty where there are none."""
    found = result.fit_measures
    if "chisq" in found and "cfi" in found:
        names = ("cfi", "tli", "rmsea", "rmsea_ci_lower", "rmsea_ci_upper")
        values = {name: number(_best(found, name), 3) for name in names}
        chisq = found.get("chisq_scaled") if found.get("chisq_scaled") else found["chisq"]
        p = found.get("pvalue_scaled" if found.get("chisq_scaled") else "pvalue")
        return [
            words.say(
                "fit.measures",
                chisq=number(chisq, 2),
                df=number(found.get("df_scaled") or found.get("df"), 0),
                p=probability(p),
                srmr=number(found.get("srmr"), 3),
                robust=words.say("fit.robust") if "chisq_scaled" in found else "",
                **values,
            ),
            *_corrected(result, words, scaled="chisq_scaled" in found),
        ]
    if found.get("d_g") is None:
        return []
    shown = {name: number(found.get(name), 3) for name in COMPOSITE}
    parts = [words.say("fit.composite_measures", **shown)]
    tests = [one for one in result.exact_fit if one.model == "estimated"]
    if tests:
        told = ", ".join(
            words.say(
                "fit.exact_test",
                measure=words.catalogue["labels"]["fit_names"][one.measure],
                value=number(one.value, 3),
                quantile=number(one.quantile_95, 3),
                p=probability(one.p),
            )
            for one in tests
        )
        parts.append(words.say("fit.exact_fit", resamples=tests[0].resamples, tests=told))
    return parts


def _corrected(result: StudyResult, words: CommandWords, *, scaled: bool) -> list[str]:
    """The same test corrected for a small sample, by Swain and by Bartlett."""
    answers = result.after_fit
    found = {} if answers is None else {one.method: one for one in answers.corrected}
    names = [f"{name}_scaled" if scaled else name for name in ("swain", "bartlett")]
    if not all(name in found for name in names):
        return []
    swain, bartlett = (found[name] for name in names)
    return [
        words.say(
            "fit.corrected",
            swain=number(swain.chisq, 2),
            swain_p=probability(swain.p),
            bartlett=number(bartlett.chisq, 2),
            bartlett_p=probability(bartlett.p),
        )
    ]


def defined_table(result: StudyResult, words: CommandWords) -> list[str]:
    """Parameters defined by ``:=``, with limits of the delta method and the bootstrap."""
    # Resamples are of all respondents, the table of a fit by groups is not.
    own = () if result.groups_fit is not None else result.bootstrap_parameters
    drawn = {row.lhs: row for row in own if row.op == ":="}
    rows = [
        (
            f"{row.lhs} := {row.rhs}",
            number(row.est, 3),
            number(row.se, 3),
            f"[{number(row.ci_lower, 3)}, {number(row.ci_upper, 3)}]",
            interval(drawn[row.lhs], 3) if row.lhs in drawn else "–",
            number(row.std_all, 3),
        )
        for row in getattr(result.groups_fit or result.fit, "parameters", ())
        if row.op == ":="
    ]
    return table(words, "defined", rows, right=(1, 2, 3, 4, 5))


def moderation_tables(result: StudyResult, words: CommandWords, labels: Labels) -> list[str]:
    """Simple slopes, where they differ from zero, and conditional indirect effects."""
    said = words.catalogue["labels"]
    name = labels.construct
    slopes = [
        (
            name(row.source),
            name(row.target),
            said["slope_levels"][LEVELS[row.level]].format(moderator=name(row.moderator)),
            number(row.est, 3),
            interval(row, 3),
        )
        for row in result.simple_slopes
    ]
    regions = [
        (
            name(row.source),
            name(row.target),
            said["slope_regions"][row.significant].format(
                moderator=name(row.moderator),
                lower=number(row.lower, 2),
                upper=number(row.upper, 2),
            ),
        )
        for row in result.slope_regions
    ]
    ways = []
    for row in result.moderated_mediation:
        way = " → ".join(name(one) for one in row.through)
        places = [(LEVELS[one.level], one) for one in row.conditional]
        places += [("change", row)] if row.est is not None else []
        ways += [
            (
                way,
                said["slope_levels"][place].format(moderator=name(row.moderator)),
                number(one.est, 3),
                interval(one, 3),
            )
            for place, one in places
        ]
    parts = table(words, "slopes", slopes, right=(3, 4))
    parts += table(words, "regions", regions)
    return parts + table(words, "moderated", ways, right=(2, 3))


def table(
    words: CommandWords, key: str, rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
) -> list[str]:
    """A titled table; nothing without rows."""
    if not rows:
        return []
    head = words.head(f"fit.{key}_head")
    return ["", words.say(f"fit.{key}"), text_table(head, rows, right=right)]


def interval(estimate: Estimate, digits: int) -> str:
    """Limits in brackets; empty without an interval."""
    low, high = estimate.ci_lower, estimate.ci_upper
    if low is None or high is None:
        return ""
    return f"[{number(low, digits)}, {number(high, digits)}]"


def number(value: float | None, digits: int) -> str:
    """A number, or a dash where it is undefined."""
    return "–" if value is None or value != value else f"{value:.{digits}f}"


def probability(value: float | None) -> str:
    """A p value with its sign, as in ``p = 0.032``."""
    if value is None or value != value:
        return "= –"
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def _best(found: dict[str, float | None], name: str) -> float | None:
    """The robust version of a measure, else the scaled, else the plain one."""
    for suffix in ("_robust", "_scaled", ""):
        value = found.get(f"{name}{suffix}")
        if value is not None:
            return value
    return None
