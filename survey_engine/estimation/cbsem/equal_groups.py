"""Equality of parameters across groups: ``group_equal`` and ``group_partial``."""

from __future__ import annotations

from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.automatic import Variables
from survey_engine.estimation.cbsem.choices import EQUAL, Choices
from survey_engine.estimation.cbsem.entry import Entry, changed


def held_equal(entries: list[Entry], names: Variables, choices: Choices) -> list[Entry]:
    """Give the parameters that are equal across groups a common label.

    Parameters
    ----------
    entries : list of Entry
        Of all groups, not numbered yet; the same rows in every group.
    names : Variables
    choices : Choices
        `group_equal` says which kinds, `group_partial` which single ones not.

    Returns
    -------
    list of Entry
        Labels are ``.pN.`` with N the number of the row in the first group.

    Raises
    ------
    EstimationError
        GROUP_EQUAL_UNKNOWN for a kind that does not exist, GROUP_PARTIAL_UNKNOWN for a
        parameter that the model does not have.
    """
    wanted = set(choices.group_equal)
    if not (wanted or choices.group_partial):
        return entries
    count = len(entries) // len(choices.groups)
    rows = entries[:count]
    partial = _partial(choices)
    _refuse_unknown(wanted, partial, rows)
    if not wanted or len(choices.groups) == 1:
        return entries
    common = {
        i: f".p{i + 1}."
        for i, entry in enumerate(rows)
        if entry.free
        and not entry.label
        and kind_of(entry, names) in wanted
        and entry.key not in partial
    }
    result = []
    for i, entry in enumerate(entries):
        label = common.get(i % count)
        equal = label is not None and entry.free and not entry.label
        result.append(changed(entry, label=label) if equal else entry)
    return result


def kind_of(entry: Entry, names: Variables) -> str | None:
    """The word of `EQUAL` an entry belongs to; None for none of them."""
    latent = entry.lhs in names.latents
    if entry.hidden:
        return None
    if entry.op == "=~":
        return "loadings"
    if entry.op == "<~":
        return "composite.weights"
    if entry.op == "~":
        return "regressions"
    if entry.op == "~1":
        return "means" if latent else "intercepts"
    if entry.op == "|":
        return "thresholds"
    if entry.op != "~~" or entry.lhs in names.exogenous:
        return None
    if latent:
        return "lv.variances" if entry.lhs == entry.rhs else "lv.covariances"
    return "residuals" if entry.lhs == entry.rhs else "residual.covariances"


def _partial(choices: Choices) -> dict[tuple[str, ...], str]:
    """Keys of the parameters set free again, with their text."""
    return {_key(text): text for text in choices.group_partial}


def _key(text: str) -> tuple[str, ...]:
    bare = "".join(text.split())
    for op in ("=~", "<~", "~~", "~1", "|", "~"):
        lhs, found, rhs = bare.partition(op)
        if found:
            return Entry(lhs=lhs, op=op, rhs=rhs).key
    return (bare,)


def _refuse_unknown(
    wanted: set[str], partial: dict[tuple[str, ...], str], rows: list[Entry]
) -> None:
    unknown = sorted(wanted - set(EQUAL))
    problems = [
        diagnostic(
            "GROUP_EQUAL_UNKNOWN", where=Where(values=(word,)), what=word, known=list(EQUAL)
        )
        for word in unknown
    ]
    known = {entry.key for entry in rows}
    problems += [
        diagnostic("GROUP_PARTIAL_UNKNOWN", where=Where(parameters=(text,)), what=text)
        for key, text in partial.items()
        if key not in known
    ]
    if problems:
        raise EstimationError(*problems)
