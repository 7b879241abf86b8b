"""Rows of the parameter table that ordered variables bring: thresholds, scales, residuals.

Automatic choices are lavaan's: thresholds free, intercepts 0; under *delta* scales 1 and
residual variances what is left of them, under *theta* residual variances 1. In later
groups equal thresholds identify location and scale of each response, so these become
free there (Wu & Estabrook 2016, sections 3 and 4).
"""

from __future__ import annotations

from survey_engine.errors import EstimationError, diagnostic
from survey_engine.estimation.cbsem.choices import Choices
from survey_engine.estimation.cbsem.entry import Entry, changed, statement_text, where_of
from survey_engine.spec.model import Statement


def refuse_unknown_thresholds(statements: tuple[Statement, ...], choices: Choices) -> None:
    """``|`` needs an ordered variable that has the threshold.

    Raises
    ------
    EstimationError
        THRESHOLD_UNKNOWN with every such statement.
    """
    levels = dict(choices.ordered)
    problems = []
    for statement in statements:
        if statement.op != "|":
            continue
        steps = levels.get(statement.lhs, 1) - 1
        if statement.rhs not in {f"t{k}" for k in range(1, steps + 1)}:
            problems.append(
                diagnostic(
                    "THRESHOLD_UNKNOWN",
                    where=where_of(statement),
                    what=statement_text(statement),
                    thresholds=steps,
                )
            )
    if problems:
        raise EstimationError(*problems)


def with_ordered(
    written: list[Entry], added: list[Entry], choices: Choices, group: int
) -> list[Entry]:
    """The automatic rows of one group with those of its ordered variables.

    Parameters
    ----------
    written, added : list of Entry
        Of the author, and of the automatic choices for measured variables.
    choices : Choices
    group : int
        From 0.
    """
    levels = dict(choices.ordered)
    if not levels:
        return added
    present = {entry.key for entry in written}
    single = _single_items(written, levels)
    changes = _Changes(choices, group)
    rows = [
        Entry(lhs=name, op="|", rhs=f"t{k}", free=1)
        for name, count in levels.items()
        for k in range(1, count)
    ]
    scales = [changes.scale(name) for name in levels]
    located = []
    for entry in added:
        if entry.op == "~1":
            is_ordered = entry.lhs in levels
            located.append(changes.intercept(entry) if is_ordered else entry)
        elif entry.op == "~~" and entry.lhs == entry.rhs and entry.lhs in levels:
            measured_alone = entry.lhs in single
            rows.append(entry if measured_alone else changes.residual(entry, entry.lhs))
        elif entry.op == "~~" and entry.lhs == entry.rhs and entry.lhs in single.values():
            item = next(name for name, of in single.items() if of == entry.lhs)
            rows.append(changes.residual(entry, item))
        else:
            rows.append(entry)
    return [entry for entry in (*rows, *scales, *located) if entry.key not in present]


def _single_items(written: list[Entry], levels: dict[str, int]) -> dict[str, str]:
    """Constructs measured by one ordered item alone, by item."""
    blocks: dict[str, list[str]] = {}
    for entry in written:
        if entry.op == "=~":
            blocks.setdefault(entry.lhs, []).append(entry.rhs)
    return {
        items[0]: name
        for name, items in blocks.items()
        if len(items) == 1 and items[0] in levels
    }


class _Changes:
    """What is fixed in one group and why."""

    def __init__(self, choices: Choices, group: int) -> None:
        equal = set(choices.group_equal)
        self.levels = dict(choices.ordered)
        self.theta = choices.parameterization == "theta"
        self.later = group > 0 and "thresholds" in equal
        self.loadings = "loadings" in equal
        self.intercepts = "intercepts" in equal
        self.residuals = "residuals" in equal

    def _freed(self, name: str) -> bool:
        """A single threshold fixes a location, not a scale: loadings must do that."""
        known = self.levels[name] > 2 or self.loadings
        return self.later and known and not self.residuals

    def scale(self, name: str) -> Entry:
        """``~*~``: 1 or free under delta, computed under theta."""
        free = int(not self.theta and self._freed(name))
        return Entry(
            lhs=name,
            op="~*~",
            rhs=name,
            free=free,
            value=None if free else 1.0,
            start=1.0 if free else None,
            dependent=self.theta,
        )

    def residual(self, entry: Entry, item: str) -> Entry:
        """Residual variance: computed under delta, 1 or free under theta."""
        free = int(self.theta and self._freed(item))
        return changed(
            entry,
            free=free,
            value=None if free else 1.0,
            from_sample=None,
            dependent=not self.theta,
        )

    def intercept(self, entry: Entry) -> Entry:
        """Zero, free where equal thresholds identify it."""
        free = int(self.later and not self.intercepts)
        return changed(entry, free=free, value=None if free else 0.0, from_sample=None)
