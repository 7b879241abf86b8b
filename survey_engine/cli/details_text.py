"""Measurement, discriminant validity and mediation of a study as text (`--details`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey_engine.cli.fit_text import interval, number, table
from survey_engine.cli.words import CommandWords
from survey_engine.report.narrative.labels import Labels

if TYPE_CHECKING:
    from survey_engine.study.result import StudyResult

RELIABILITIES = ("alpha", "rho_a", "rho_c", "omega", "ave")


def details_text(result: StudyResult, words: CommandWords, labels: Labels) -> list[str]:
    """What an academic's first tables hold, for any estimator."""
    name = labels.construct
    assessed = result.assessment
    reliability = [
        (
            name(row.construct),
            str(row.n_items),
            *(number(getattr(row, one), 3) for one in RELIABILITIES),
        )
        for row in assessed.constructs
    ]
    items = {(row.construct, row.item): row for row in result.weights}
    loadings = [
        (
            name(row.construct),
            row.item,
            number(row.est, 3),
            interval(row, 3),
            number(_est(items.get((row.construct, row.item))), 3),
        )
        for row in result.loadings
    ]
    pairs, geometric = (
        [
            (name(row.first), name(row.second), number(row.est, 3), interval(row, 3))
            for row in rows
        ]
        for rows in (assessed.htmt, assessed.htmt2)
    )
    vif = {(row.source, row.target): row.est for row in assessed.vif_antecedents}
    effects = [
        (
            name(row.source),
            name(row.target),
            number(row.est, 3),
            interval(row, 3),
            number(vif.get((row.source, row.target)), 2),
        )
        for row in assessed.f2
    ]
    parts = table(words, "reliability", reliability, right=range(1, 7))
    parts += table(words, "loadings", loadings, right=(2, 3, 4))
    parts += table(words, "htmt", pairs, right=(2, 3))
    parts += table(words, "htmt2", geometric, right=(2, 3))
    parts += table(words, "f2", effects, right=(2, 3, 4))
    return parts + _mediation(result, words, labels)


def _mediation(result: StudyResult, words: CommandWords, labels: Labels) -> list[str]:
    if result.effects is None:
        return []
    kinds = words.catalogue["labels"]["mediation"]
    rows = [
        (
            " → ".join(labels.construct(one) for one in row.through),
            number(row.est, 3),
            interval(row, 3),
            "–" if row.decision is None else kinds[row.decision],
        )
        for row in result.effects.specific
    ]
    return table(words, "specific", rows, right=(1, 2))


def _est(row: object) -> float | None:
    return getattr(row, "est", None)
