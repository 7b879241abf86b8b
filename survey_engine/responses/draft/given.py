"""Answers to a draft's questions, as written in a file or typed: checked, in one form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from survey_engine.errors import UsageProblem, Where, diagnostic
from survey_engine.instrument.model import MissingKind
from survey_engine.instrument.nearest import nearest_name
from survey_engine.responses.draft.questions import QUESTION_IDS, Answer, Question
from survey_engine.responses.draft.wordings import CONSTRUCTS

_KINDS: tuple[str, ...] = get_args(MissingKind)
_NOTHING = frozenset({"", "none", "no", "-", "无", "没有", "否"})
_BETWEEN = re.compile(r"\s*(-?\d+)\s*(?:-|–|to|至|到|~|,)\s*(\d+)\s*")


def checked_answers(
    answers: Mapping[str, Any], questions: Sequence[Question], names: Mapping[str, str]
) -> dict[str, Answer]:
    """Answers by question id, items under their id.

    Parameters
    ----------
    answers : Mapping[str, Any]
        As written; a text stands for a list or a mapping ("Q3=Value, Q4=Image").
    questions : sequence of Question
        Answers to what is not asked are taken too: they overrule what the words say.
    names : Mapping[str, str]
        Item id by every name an item may be called by: its id, its column.

    Raises
    ------
    UsageProblem
        ``DRAFT_ANSWER_UNKNOWN`` (no such question), ``DRAFT_ANSWER_UNFIT``.
    """
    found: dict[str, Answer] = {}
    for key, value in answers.items():
        if key not in QUESTION_IDS:
            near = nearest_name(key, QUESTION_IDS) or "–"
            raise UsageProblem(
                diagnostic(
                    "DRAFT_ANSWER_UNKNOWN", question=key, suggestion=near, known=QUESTION_IDS
                )
            )
        try:
            found[key] = _READ[key](value, names)
        except (KeyError, ValueError, TypeError, AttributeError) as problem:
            default = next((one.default for one in questions if one.id == key), "–")
            items = next((one.items for one in questions if one.id == key), ())
            raise UsageProblem(
                diagnostic(
                    "DRAFT_ANSWER_UNFIT",
                    where=Where(items=items),
                    question=key,
                    found=str(value)[:80],
                    example=shown(default),
                )
            ) from problem
    return found


def shown(value: Answer) -> str:
    """An answer as one line that `checked_answers` reads back.

    >>> shown({99: "dont_know", 0: "skipped"}), shown(["Q1", "Q2"]), shown(None)
    ('99=dont_know, 0=skipped', 'Q1, Q2', 'none')
    """
    if isinstance(value, Mapping):
        pairs = ((k, f"{v[0]}-{v[1]}" if isinstance(v, list) else v) for k, v in value.items())
        return ", ".join(f"{key}={text}" for key, text in pairs)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _item(value: Any, names: Mapping[str, str]) -> str | None:
    if value is None or str(value).strip().casefold() in _NOTHING:
        return None
    return names[str(value).strip()]


def _direction(value: Any, names: Mapping[str, str]) -> str:  # noqa: ARG001 (one signature)
    text = str(value).strip().casefold()
    for word in ("highest", "lowest"):
        if text and word.startswith(text):
            return word
    raise ValueError(text)


def _items(value: Any, names: Mapping[str, str]) -> list[str]:
    if value is None or (isinstance(value, str) and value.strip().casefold() in _NOTHING):
        return []
    parts = value.split(",") if isinstance(value, str) else list(value)
    return [names[str(part).strip()] for part in parts]


def _pairs(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {str(key): one for key, one in value.items()}
    if value is None or str(value).strip().casefold() in _NOTHING:
        return {}
    pairs = (part.rsplit("=", 1) for part in re.split(r"[,;，；]", str(value)) if part.strip())
    return {key.strip(): one.strip() for key, one in pairs}


def _special(value: Any, names: Mapping[str, str]) -> dict[int, str]:  # noqa: ARG001
    found = {int(float(code)): str(kind) for code, kind in _pairs(value).items()}
    if not set(found.values()) <= set(_KINDS):
        raise ValueError(found)
    return found


def _ranges(value: Any, names: Mapping[str, str]) -> dict[str, list[int]]:  # noqa: ARG001
    found: dict[str, list[int]] = {}
    for key, one in _pairs(value).items():
        match = _BETWEEN.fullmatch(one) if isinstance(one, str) else None
        low, high = match.groups() if match else one
        found[key] = [int(low), int(high)]
        if found[key][0] >= found[key][1]:
            raise ValueError(one)
    return found


def _constructs(value: Any, names: Mapping[str, str]) -> dict[str, str]:
    by_name = {name.casefold(): name for name in CONSTRUCTS} | {"none": ""}
    return {
        names[item]: by_name[str(one).strip().casefold()] for item, one in _pairs(value).items()
    }


_READ: dict[str, Any] = {
    "overall": _item,
    "direction": _direction,
    "reversed": _items,
    "special_codes": _special,
    "ranges": _ranges,
    "constructs": _constructs,
}
