"""Cut-offs a reader sets: any line of the checklist judged by other limits.

A line says by its sign which side is good; the limits asked for take the place of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.study.result import ChecklistLine

Limits = Mapping[str, tuple[float, float]]
"""By line: the value from which it passes, and from which it is tolerated."""
_COUNTED_BY = {
    "necessary_conditions": ("necessity_d", "necessity_p"),
    "hidden_classes": ("class_entropy",),
}
"""Limits that decide what a line counts; the line itself holds the count."""
_RISING, _FALLING = ("≥", ">"), ("≤", "<")


def judged(line: ChecklistLine, limits: Limits) -> ChecklistLine:
    """The line by the limits asked for; unchanged without any, or without a number."""
    if line.item not in limits or not isinstance(line.value, (int, float)):
        return line
    sign = line.cutoff[:1]
    if sign not in (*_RISING, *_FALLING):
        return line
    good, fair = limits[line.item]
    turn = 1.0 if sign in _RISING else -1.0
    passes, tolerated = (turn * line.value >= turn * limit for limit in (good, fair))
    shown = f"{good:g}".replace("0.", ".", 1) if abs(good) < 1 else f"{good:g}"
    return replace(
        line,
        cutoff=f"{'≥' if turn > 0 else '≤'} {shown}",
        verdict="pass" if passes else "caution" if tolerated else "fail",
    )


def unknown_cutoffs(lines: tuple[ChecklistLine, ...], limits: Limits) -> tuple[Diagnostic, ...]:
    """CUTOFF_UNKNOWN for limits of lines that this study has not, or that hold no number."""
    known = sorted(
        line.item
        for line in lines
        if isinstance(line.value, (int, float)) and line.cutoff[:1] in (*_RISING, *_FALLING)
    )
    present = {line.item for line in lines}
    inner = [n for line, names in _COUNTED_BY.items() if line in present for n in names]
    found = []
    for name in limits:
        if name not in known and name not in inner:
            near = get_close_matches(name, known, n=1, cutoff=0.0)
            found.append(
                diagnostic(
                    "CUTOFF_UNKNOWN",
                    where=Where(values=(name,)),
                    name=name,
                    suggestion=near[0] if near else "–",
                    known=", ".join(known),
                )
            )
    return tuple(found)
