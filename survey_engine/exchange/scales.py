"""A format's list of answers into a response scale."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from survey_engine.exchange.draft import Option, Options
from survey_engine.instrument.model import Texts

UNKNOWN_KIND = "skipped"
"""What a missing code becomes whose words do not say more: no answer, reason unknown."""
_WORDS = {
    "dont_know": (
        "don't know", "dont know", "do not know", "don’t know", "no opinion", "not sure",
        "cannot say", "can't say", "weiß nicht", "weiss nicht", "不清楚", "不知道", "不了解",
    ),
    "refused": (
        "refused", "no answer", "prefer not to say", "prefer not to answer", "keine angabe",
        "拒绝回答", "不愿回答", "不便回答",
    ),
    "not_asked": ("not applicable", "not asked", "n/a", "不适用", "trifft nicht zu"),
}  # fmt: skip
_KIND = {word: kind for kind, words in _WORDS.items() for word in words}


@dataclass(frozen=True, kw_only=True)
class NativeScale:
    """A scale as plain data, and how its codes came about.

    Attributes
    ----------
    data : dict
        Keys of a scale in the YAML, without its id.
    codes : Mapping of str to int
        From the code of the file to that of the scale.
    numbered : bool
        Whether its answers are numbers on a scale rather than choices.
    recognised : Mapping of int to str
        Special codes understood by their words, with the kind.
    unknown : tuple of int
        Missing codes whose words do not say why.
    named : bool
        Whether words of the file became numbers.
    """

    data: dict[str, Any]
    codes: Mapping[str, int]
    numbered: bool
    recognised: Mapping[int, str]
    unknown: tuple[int, ...] = ()
    named: bool = False


def native_scale(options: Options) -> NativeScale:
    """The scale of a list of answers or of a range."""
    kinds = {entry.code: kind for entry in options.entries if (kind := _kind(entry, options))}
    codes, named = _codes(options, kinds)
    answers = [entry for entry in options.entries if entry.code not in kinds]
    special = {codes[code]: kind for code, kind in kinds.items()}
    low, high = _range(options, [codes[entry.code] for entry in answers])
    if any(low <= code <= high for code in special):  # a position among the answers
        answers, special, kinds = list(options.entries), {}, {}
        low, high = _range(options, [codes[entry.code] for entry in answers])
    data: dict[str, Any] = {"minimum": low, "maximum": high}
    numbered = _describe(data, answers, codes, options)
    extra = {int(code): UNKNOWN_KIND for code in options.missing if _whole(code)}
    missing = {code: kind for code, kind in {**extra, **special}.items()
               if not low <= code <= high}  # fmt: skip
    if missing:
        data["missing"] = missing
    said = [entry.text for entry in options.entries if kinds.get(entry.code) == "dont_know"]
    if said:
        data["dont_know"] = said[0]
    if named:
        data["names"] = {codes[entry.code]: [entry.code] for entry in answers}
    return NativeScale(
        data=data,
        codes=codes,
        numbered=numbered,
        recognised={code: kind for code, kind in special.items() if kind != UNKNOWN_KIND},
        unknown=tuple(code for code, kind in missing.items() if kind == UNKNOWN_KIND),
        named=named,
    )


def _kind(entry: Option, options: Options) -> str | None:
    for text in entry.text.values():
        bare = re.sub(r"^-?\d+\s*[-–—:.=]\s*", "", text.strip().lower()).strip(" .…/")
        if bare in _KIND:
            return _KIND[bare]
    return UNKNOWN_KIND if entry.code in options.missing else None


def _codes(options: Options, kinds: Mapping[str, str]) -> tuple[dict[str, int], bool]:
    """Whole numbers as they are; other codes are numbered, special ones last."""
    written = [entry.code for entry in options.entries]
    if all(_whole(code) for code in written):
        return {code: int(float(code)) for code in written}, False
    order = sorted(written, key=lambda code: code in kinds)
    return {code: number for number, code in enumerate(order, start=1)}, True


def _whole(code: str) -> bool:
    return re.fullmatch(r"-?\d{1,9}(?:\.0+)?", code) is not None


def _range(options: Options, codes: list[int]) -> tuple[float, float]:
    low = min(codes) if codes else options.minimum or 0
    high = max(codes) if codes else options.maximum or 1
    if not codes:
        return low, high
    return (low, high) if low < high else (low - 1, high)  # one box: ticked or not


def _describe(
    data: dict[str, Any], answers: list[Option], codes: Mapping[str, int], options: Options
) -> bool:
    """Put the words of the answers into `data`; whether they are numbers on a scale."""
    bare = {codes[entry.code]: _unnumbered(entry.code, entry.text) for entry in answers}
    numbered = all(words is not None for words in bare.values())
    ends = {"low": options.low, "high": options.high}
    labels = {codes[entry.code]: entry.text for entry in answers}
    if numbered and bare:
        labels = {code: words for code, words in bare.items() if words}
        if len(labels) < len(bare):
            ends["low"] = labels.pop(min(bare), {}) or ends["low"]
            ends["high"] = labels.pop(max(bare), {}) or ends["high"]
    data.update({key: text for key, text in ends.items() if text})
    if labels:
        data["labels"] = labels
    return numbered


def _unnumbered(code: str, text: Texts) -> Texts | None:
    """Words after the code in every language; {} if there are none, None without code."""
    pattern = re.compile(rf"{re.escape(code)}(?:\s*[-–—:.=]\s*(?P<words>.+))?", re.DOTALL)
    found = {key: pattern.fullmatch(words.strip()) for key, words in text.items()}
    if not found or not all(found.values()):
        return None
    return {key: match["words"] for key, match in found.items() if match and match["words"]}


def written_options(scale: Mapping[str, Any], languages: tuple[str, ...]) -> list[Option]:
    """The answers of a scale as a form shows them: the inverse of `native_scale`.

    Scales with words for some answers only are written with their numbers. The don't-know
    answer comes last; other special codes have no words and are not offered.
    """
    labels = {int(code): text for code, text in scale.get("labels", {}).items()}
    low, high = int(scale["minimum"]), int(scale["maximum"])
    span = range(low, high + 1)
    full = all(code in labels for code in span)
    words = {low: scale.get("low"), high: scale.get("high"), **labels}
    shown = sorted(labels) if labels and not _ends(scale) else list(span)
    found = []
    for code in shown:
        text = words.get(code) or {}
        one = {key: _numbered(code, text.get(key, ""), full=full or len(shown) < len(span))
               for key in languages}  # fmt: skip
        found.append(Option(code=str(code), text=one))
    dont_know = next((c for c, k in scale.get("missing", {}).items() if k == "dont_know"), None)
    if dont_know is not None and scale.get("dont_know"):
        found.append(Option(code=str(dont_know), text=dict(scale["dont_know"])))
    return found


def _ends(scale: Mapping[str, Any]) -> bool:
    return bool(scale.get("low") or scale.get("high"))


def _numbered(code: int, words: str, *, full: bool) -> str:
    if full and words:
        return words
    return f"{code} - {words}" if words else str(code)
