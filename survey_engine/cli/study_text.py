"""A study's result as a few plain text tables: index, drivers, scores, paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey_engine.cli.after_fit_text import after_fit_text
from survey_engine.cli.agreement_text import agreement_text
from survey_engine.cli.details_text import details_text
from survey_engine.cli.fit_text import defined_table, fit_lines, moderation_tables
from survey_engine.cli.text_table import text_table
from survey_engine.cli.words import CommandWords
from survey_engine.report.narrative.labels import Labels

if TYPE_CHECKING:
    from survey_engine.estimation.estimates import Estimate
    from survey_engine.scoring.result import ConstructScores
    from survey_engine.study.result import StudyResult

_STEP = 5.0


def study_text(result: StudyResult, words: CommandWords, *, details: bool = False) -> str:
    """The result for a terminal, in the reader's language.

    Index and scores are in points of 0-100, paths standardised; `details` adds
    measurement, HTMT, f² and specific indirect effects.
    """
    labels = Labels(
        language=words.language, model=result.model, instrument=result.data.instrument
    )
    parts = [*_head(result, words, labels), *fit_lines(result, words)]
    if result.drivers is not None:
        drivers = [
            (labels.construct(driver.source), *_cells(driver, 2, scale=_STEP))
            for driver in result.drivers.drivers
        ]
        parts += _table(words, "drivers", drivers, right=(1, 2))
    if result.scores is not None:
        rows = _score_rows(result, result.scores, labels)
        parts += _table(words, "scores", rows, right=(1, 2, 3))
    if result.paths:
        paths = [
            (labels.construct(path.source), labels.construct(path.target), *_cells(path, 3))
            for path in result.paths
        ]
        parts += _table(words, "paths", paths, right=(2, 3))
    parts += defined_table(result, words)
    parts += moderation_tables(result, words, labels)
    if details:
        parts += details_text(result, words, labels)
    if result.prediction is not None and result.prediction.power:
        parts += _table(words, "prediction", _power_rows(result, words, labels), right=(1, 2))
    if result.group_comparison is not None:
        parts += _group_tables(result, words, labels)
    parts += agreement_text(result.agreement, words, labels)
    parts += after_fit_text(result.after_fit, words)
    if result.robustness is not None:
        parts += _table(words, "robustness", _robustness_rows(result, words), right=(1,))
        parts += _must_have(result, words, labels)
    if result.resamples is not None:
        ledger = result.resamples
        parts.append(
            words.say(
                "fit.resamples",
                usable=f"{ledger.usable:,}",
                requested=f"{ledger.requested:,}",
                seed=ledger.seed,
            )
        )
    return "\n".join(parts)


def _group_tables(result: StudyResult, words: CommandWords, labels: Labels) -> list[str]:
    parts = []
    for pair in result.group_comparison.pairs:
        rows = [
            (
                labels.construct(row.source),
                labels.construct(row.target),
                *(_number(value, 3) for value in (row.first, row.second)),
                _number(row.difference, 3) or "–",
                _number(row.p_holm, 3) or "–",
            )
            for row in pair.paths
        ]
        title = words.say("fit.groups", first=pair.first, second=pair.second)
        table = text_table(words.head("fit.groups_head"), rows, right=(2, 3, 4, 5))
        parts += ["", title, table]
    return parts


def _power_rows(
    result: StudyResult, words: CommandWords, labels: Labels
) -> list[tuple[str, ...]]:
    return [
        (
            labels.construct(row.construct) if row.construct else words.say("fit.everything"),
            str(row.items),
            str(row.better),
            words.say(f"fit.power.{row.power}"),
        )
        for row in result.prediction.power
    ]


def _robustness_rows(result: StudyResult, words: CommandWords) -> list[tuple[str, ...]]:
    from survey_engine.study.checklist_robustness import robustness_lines

    return [
        (
            words.catalogue["checklist"]["items"][line.item],
            "" if not isinstance(line.value, float) else f"{line.value:.3f}",
            line.cutoff,
            words.catalogue["labels"]["verdicts"][line.verdict],
        )
        for line in robustness_lines(result)
    ]


def _must_have(result: StudyResult, words: CommandWords, labels: Labels) -> list[str]:
    """The necessary driver that most respondents lack, if there is one."""
    found = result.robustness.necessity_map
    if found is None or found.first is None:
        return []
    first = found.points[0]
    return [
        words.say(
            "fit.must_have",
            driver=labels.construct(first.construct),
            target=labels.construct(found.outcome),
            level=f"{found.level:g}",
            needed=f"{first.needed:.1f}",
            share=f"{first.share_below:.0%}",
        )
    ]


def _basis(result: StudyResult) -> str:
    """What a covariance-based fit minimises, as a key of the words."""
    if result.spec.ordered:
        return "ordered"
    likelihood = result.fit.estimator.startswith("ml")
    return "likelihood" if likelihood else "least_squares"


def _head(result: StudyResult, words: CommandWords, labels: Labels) -> list[str]:
    title = words.say(
        "fit.head_line",
        model=result.model.title.get(words.language) or result.model.id,
        estimator=result.fit.estimator,
        metric=getattr(result.fit, "metric", words.say(f"fit.{_basis(result)}")),
        n=result.n,
    )
    index = result.index
    if index is None or index.est is None:
        told = words.say("fit.no_index")
    else:
        value = " ".join(cell for cell in _cells(index, 1) if cell)
        told = words.say("fit.index", construct=labels.construct(index.construct), value=value)
    verdict = result.assessment.admissibility.verdict
    return [title, told, words.say(f"fit.verdict.{verdict}")]


def _score_rows(
    result: StudyResult, scores: ConstructScores, labels: Labels
) -> list[tuple[str, ...]]:
    explained = {entry.construct: entry.est for entry in result.r2}
    return [
        (
            labels.construct(score.construct),
            *_cells(score, 1),
            _number(explained.get(score.construct), 2),
        )
        for score in scores.performance
    ]


def _table(
    words: CommandWords, key: str, rows: Sequence[Sequence[str]], *, right: Sequence[int]
) -> list[str]:
    table = text_table(words.head(f"fit.{key}_head"), rows, right=right)
    return ["", words.say(f"fit.{key}"), table]


def _cells(estimate: Estimate, digits: int, *, scale: float = 1.0) -> tuple[str, str]:
    """Estimate and interval; empty where undefined."""
    low, high = estimate.ci_lower, estimate.ci_upper
    interval = ""
    if low is not None and high is not None:
        interval = f"[{_number(low, digits, scale)}, {_number(high, digits, scale)}]"
    return _number(estimate.est, digits, scale), interval


def _number(value: float | None, digits: int, scale: float = 1.0) -> str:
    return "" if value is None else f"{value * scale:.{digits}f}"
