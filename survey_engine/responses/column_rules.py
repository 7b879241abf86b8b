"""How one column of a file counts: its codes against the questionnaire's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.instrument.model import ResponseScale
from survey_engine.responses.answers import AnswerRules, rules_of_scale, yes_no_codes
from survey_engine.responses.findings import file_codes
from survey_engine.responses.survey_data import AnswerStatus, RawResponses
from survey_engine.responses.text import cell_text, comparable, number_of


@dataclass(frozen=True, kw_only=True)
class ColumnRules:
    """Rules of a column, and what is to be told about them."""

    rules: AnswerRules
    told: tuple[Diagnostic, ...] = ()


def column_rules(
    raw: RawResponses,
    item: str,
    scale: ResponseScale,
    *,
    column: str,
    na_codes: tuple[float, ...] = (),
    option_numbers: bool | None = None,
) -> ColumnRules:
    """The rules of a scale, adapted to how the file writes its answers.

    Parameters
    ----------
    raw : RawResponses
    item : str
    scale : ResponseScale
    column : str
    na_codes : tuple of float
        Numbers the caller declares as "no answer".
    option_numbers : bool or None
        Whether answers are counted from 1 though the scale starts at 0; None looks at
        the numbers and asks where they allow both.

    Returns
    -------
    ColumnRules
        Told are YES_NO_NUMBERS_READ, OPTION_NUMBERS_READ, OPTION_NUMBERS_UNCLEAR and
        FILE_CODES_DIFFER.
    """
    rules = rules_of_scale(scale, na_codes=na_codes, file_codes=file_codes(raw, column))
    rules = _with_states(rules, raw.states)
    numbers = _numbers(raw, column, rules)
    where = Where(items=(item,), file=raw.source)
    by_label = _by_label(rules, raw.value_labels.get(column, {}))
    if by_label:
        found = ", ".join(f"{a:g} → {b:g}" for a, b in sorted(by_label.items())[:10])
        told = diagnostic("FILE_CODES_DIFFER", where=where, column=column, found=found)
        return ColumnRules(rules=replace(rules, recode=by_label), told=(told,))
    yes_no = yes_no_codes(scale)
    if yes_no is not None and 0 in numbers and numbers <= {0.0, 1.0} and 0 not in yes_no:
        told = diagnostic("YES_NO_NUMBERS_READ", where=where, column=column)
        recode = {1.0: yes_no[0], 0.0: yes_no[1]}
        return ColumnRules(rules=replace(rules, recode=recode), told=(told,))
    return _counted_from_one(raw, rules, scale, numbers, where, option_numbers)


def _with_states(rules: AnswerRules, states: Mapping[str, AnswerStatus]) -> AnswerRules:
    """What the tool writes for "no number", unless the scale uses it as an answer."""
    words, codes = dict(rules.words), dict(rules.codes)
    for text, status in states.items():
        number = number_of(text)
        if number is None:
            words[cell_text(text).casefold()] = status
        elif not rules.on_scale(number):
            codes.setdefault(number, status)
    return replace(rules, words=words, codes=codes)


def _numbers(raw: RawResponses, column: str, rules: AnswerRules) -> set[float]:
    found = {number_of(cell_text(cell)) for cell in raw.table[column].dropna().unique()}
    return {x for x in found if x is not None and x not in rules.codes}


def _by_label(rules: AnswerRules, labels: Mapping[float, str]) -> dict[float, float]:
    """Answer by file code where the file's labels give its codes another meaning; or {}."""
    meant = {
        code: rules.labels[key]
        for code, text in labels.items()
        if (key := comparable(text)) in rules.labels and code not in rules.codes
    }
    if all(code == answer for code, answer in meant.items()):
        return {}
    low, high = rules.minimum, rules.maximum
    if low is not None and high is not None and meant == {low: high, high: low}:
        # Only the ends are named, the other way round: the steps between turn with them.
        return {low + step: high - step for step in range(int(high - low) + 1)}
    return meant


def _counted_from_one(
    raw: RawResponses,
    rules: AnswerRules,
    scale: ResponseScale,
    numbers: set[float],
    where: Where,
    declared: bool | None,
) -> ColumnRules:
    """0–10 questions whose answers may come as option numbers 1–11."""
    top = scale.maximum + 1
    steps = {float(x) for x in range(1, int(top) + 1)}
    recode = {x: x - 1 for x in steps}
    if scale.minimum != 0 or not 5 <= top <= 101 or not numbers or declared is False:
        return ColumnRules(rules=rules)
    if declared or (top in numbers and 0 not in numbers and numbers <= steps):
        told = diagnostic("OPTION_NUMBERS_READ", where=where, top=f"{top:g}")
        return ColumnRules(rules=replace(rules, recode=recode), told=(told,))
    if "option_numbers" in raw.traits and 0 not in numbers and numbers <= steps:
        told = diagnostic("OPTION_NUMBERS_UNCLEAR", where=where, top=f"{top:g}")
        return ColumnRules(rules=rules, told=(told,))
    return ColumnRules(rules=rules)
