"""What a file cannot tell: questions with a default, the evidence, and what changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from survey_engine.responses.draft.facts import ColumnFacts
from survey_engine.responses.draft.wordings import (
    construct_of,
    is_overall,
    recommends,
    speaks_badly,
)

Answer = Any
MOST_ASKED = 5
QuestionId = Literal[
    "overall", "direction", "reversed", "special_codes", "ranges", "constructs"
]
QUESTION_IDS: tuple[QuestionId, ...] = (
    "overall", "direction", "reversed", "special_codes", "ranges", "constructs",
)  # fmt: skip
"""The most consequential first."""
_FEWEST_PAIRS = 20


@dataclass(frozen=True, kw_only=True)
class Question:
    """One thing to be said by a person.

    Attributes
    ----------
    id : str
        One of `QUESTION_IDS`; the key in an answers file.
    items : tuple[str, ...]
        Ids of the questions of the survey it is about.
    default : object
        What the draft assumes: an id or None (``overall``), ``"highest"`` or
        ``"lowest"`` (``direction``), ids (``reversed``), kinds by code
        (``special_codes``), [minimum, maximum] by range (``ranges``), constructs by id.
    evidence : Mapping[str, object]
        Numbers and names behind the default.
    """

    id: QuestionId
    items: tuple[str, ...]
    default: Answer
    evidence: Mapping[str, object] = field(default_factory=dict)


def questions_of(
    facts: Sequence[ColumnFacts], ids: Mapping[str, str], language: str
) -> tuple[Question, ...]:
    """Every question the file leaves open, the most consequential first.

    Parameters
    ----------
    facts : sequence of ColumnFacts
    ids : Mapping[str, str]
        Proposed item id by column.
    language : str
    """
    rated = [one for one in facts if one.kind == "rating"]
    found = [
        _overall(rated, ids),
        _direction(rated, ids),
        _reversed(rated, ids, language),
        _special(rated, ids),
        _ranges(rated, ids),
        _constructs(rated, ids),
    ]
    return tuple(one for one in found if one is not None)


def overall_candidates(rated: Sequence[ColumnFacts]) -> list[ColumnFacts]:
    """Questions whose words ask for overall satisfaction; the statement before the stem."""
    own = [one for one in rated if is_overall(one.text)]
    return own or [
        one for one in rated if not one.stem and construct_of(one.text) == "Satisfaction"
    ]


def _overall(rated: Sequence[ColumnFacts], ids: Mapping[str, str]) -> Question | None:
    found = overall_candidates(rated)
    if len(found) == 1:
        return None
    listed = found or [one for one in rated if not recommends(one.header)]
    return Question(
        id="overall",
        items=tuple(ids[one.column] for one in listed),
        default=ids[found[0].column] if found else None,
        evidence={"n": len(found)},
    )


def _direction(rated: Sequence[ColumnFacts], ids: Mapping[str, str]) -> Question | None:
    # How likely one is to recommend runs from 0 to 10 by its rule.
    silent = [
        one
        for one in rated
        if one.upward is None and not (recommends(one.header) and one.ends == (0.0, 10.0))
    ]
    if not silent:
        return None
    values = np.concatenate([one.values[np.isfinite(one.values)] for one in silent])
    top = np.concatenate([one.values[np.isfinite(one.values)] == one.ends[1] for one in silent])
    return Question(
        id="direction",
        items=tuple(ids[one.column] for one in silent),
        default="highest",
        evidence={
            "mean": float(values.mean()),
            "top": 100.0 * float(top.sum()) / max(values.size, 1),
        },
    )


def _reversed(
    rated: Sequence[ColumnFacts], ids: Mapping[str, str], language: str
) -> Question | None:
    against = correlation_with_rest(rated)
    worded = [speaks_badly(one.text, language) for one in rated]
    suspects = [
        j
        for j in range(len(rated))
        if worded[j] or (np.isfinite(against[j]) and against[j] < -0.1)
    ]
    if not suspects:
        return None
    turned = [j for j in suspects if worded[j] and not against[j] > 0.1]
    return Question(
        id="reversed",
        items=tuple(ids[rated[j].column] for j in suspects),
        default=[ids[rated[j].column] for j in turned],
        evidence={
            ids[rated[j].column]: None if np.isnan(against[j]) else round(float(against[j]), 2)
            for j in suspects
        },
    )


def correlation_with_rest(rated: Sequence[ColumnFacts]) -> NDArray[np.float64]:
    """Correlation of each question with the mean of the others, shape (p,); NaN where few."""
    if len(rated) < 2:
        return np.full(len(rated), np.nan)
    values = np.column_stack([one.values for one in rated])
    low, high = np.array([one.ends for one in rated]).T
    share = (values - low) / (high - low)
    known = np.isfinite(share)
    filled = np.where(known, share, 0.0)
    others = known.sum(axis=1, keepdims=True) - known
    sums = filled.sum(axis=1, keepdims=True) - filled
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.where(others > 0, sums / others, np.nan)
        both = known & np.isfinite(rest)
        n = both.sum(axis=0)
        x, y = np.where(both, share, 0.0), np.where(both, rest, 0.0)
        x = np.where(both, x - x.sum(axis=0) / n, 0.0)
        y = np.where(both, y - y.sum(axis=0) / n, 0.0)
        r = (x * y).sum(axis=0) / np.sqrt((x**2).sum(axis=0) * (y**2).sum(axis=0))
    return np.asarray(np.where(n >= _FEWEST_PAIRS, r, np.nan), dtype=np.float64)


def _special(rated: Sequence[ColumnFacts], ids: Mapping[str, str]) -> Question | None:
    codes: dict[float, list[str]] = {}
    for one in rated:
        for code in one.scale.special if one.scale is not None else ():
            codes.setdefault(code, []).append(ids[one.column])
    if not codes:
        return None
    return Question(
        id="special_codes",
        items=tuple(dict.fromkeys(item for items in codes.values() for item in items)),
        default={int(code): "dont_know" for code in sorted(codes)},
        evidence={f"{int(code)}": len(items) for code, items in sorted(codes.items())},
    )


def _ranges(rated: Sequence[ColumnFacts], ids: Mapping[str, str]) -> Question | None:
    unsure = [one for one in rated if one.scale is not None and one.scale.evidence == "assumed"]
    # Another question of the file that was answered at both ends bears the range out.
    sure = {
        one.ends for one in rated if one.scale is not None and one.scale.evidence != "assumed"
    }
    unsure = [one for one in unsure if one.ends not in sure]
    # A code list in words says the range; an assumed 0-10 for recommending is its rule.
    unsure = [one for one in unsure if not one.labels and not recommends(one.header)]
    if not unsure:
        return None
    default: dict[str, list[int]] = {}
    for one in unsure:
        low, high = one.ends
        default.setdefault(f"{low:g}-{high:g}", [int(low), int(high)])
    seen = {ids[one.column]: _seen(one) for one in unsure[:6]}
    items = tuple(ids[one.column] for one in unsure)
    return Question(id="ranges", items=items, default=default, evidence=seen)


def _seen(one: ColumnFacts) -> str:
    return f"{np.nanmin(one.values):g}-{np.nanmax(one.values):g}"


def _constructs(rated: Sequence[ColumnFacts], ids: Mapping[str, str]) -> Question | None:
    silent = [one for one in rated if not construct_of(one.text, one.stem)]
    if not silent:
        return None
    items = tuple(ids[one.column] for one in silent)
    return Question(id="constructs", items=items, default=dict.fromkeys(items, "Quality"))


def asked(questions: Sequence[Question], answers: Mapping[str, Answer]) -> Iterator[Question]:
    """Those still open, five at most."""
    left = [one for one in questions if one.id not in answers]
    yield from left[:MOST_ASKED]
