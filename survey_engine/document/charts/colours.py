"""Colours as numbers: contrast by WCAG 2.2, mixing, and the text colour for a fill."""

from __future__ import annotations

MINIMUM_CONTRAST = 4.5


def _channels(colour: str) -> tuple[int, int, int]:
    if len(colour) != 7 or colour[0] != "#":
        raise ValueError(f"a colour is written #RRGGBB, not {colour!r}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB``, 0 for black to 1 for white (WCAG 2.2)."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2).

    Examples
    --------
    >>> round(contrast("#000000", "#FFFFFF"), 1)
    21.0
    """
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """`share` of `colour` on `other`, as ``#RRGGBB``."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02X}" for a, b in pairs)


def readable(fill: str, *candidates: str) -> str:
    """The first of `candidates` with enough contrast on `fill`, else the best of them."""
    for candidate in candidates:
        if contrast(candidate, fill) >= MINIMUM_CONTRAST:
            return candidate
    return max(candidates, key=lambda candidate: contrast(candidate, fill))


def legible(fill: str, *texts: str) -> str:
    """`fill`, lightened until one of `texts` can be read on it.

    Between dark and light lies a band of tones on which neither dark nor white text has
    enough contrast; a fill that carries a number must not fall into it.
    """
    colour = fill
    for step in range(1, 20):
        if contrast(readable(colour, *texts), colour) >= MINIMUM_CONTRAST:
            return colour
        colour = mix("#FFFFFF", fill, step * 0.05)
    return "#FFFFFF"
