"""Agreement within groups as a plain text table."""

from __future__ import annotations

from survey_engine.cli.text_table import text_table
from survey_engine.cli.words import CommandWords
from survey_engine.report.narrative.labels import Labels
from survey_engine.study.agreement import Agreement, AgreementRow


def agreement_text(
    found: tuple[Agreement, ...], words: CommandWords, labels: Labels
) -> list[str]:
    """A table for each column: constructs with ICC(1), ICC(2) and the median r_wg(j)."""
    parts = []
    for one in found:
        first: dict[str, AgreementRow] = {}
        for row in one.rows:
            first.setdefault(row.construct, row)
        rows = [
            (
                labels.construct(name),
                _two(row.icc1),
                _two(row.icc2),
                _two(None if row.uniform is None else row.uniform.median),
            )
            for name, row in first.items()
        ]
        title = words.say("fit.agreement", groups=one.groups, column=one.column)
        parts += [
            "",
            title,
            text_table(words.head("fit.agreement_head"), rows, right=(1, 2, 3)),
        ]
    return parts


def _two(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
