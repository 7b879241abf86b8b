"""A brand file's values, checked: colours that can be read, a logo that cannot run code."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.colours import MINIMUM_CONTRAST, contrast
from survey_engine.errors import AuthoringError, Diagnostic, diagnostic

MAX_LOGO_BYTES = 1_000_000
# Words and bands are read where the document is composed.
_KEYS = ("name", "logo", "colours", "texts", "bands")
_COLOURS = tuple(f.name for f in fields(Theme) if f.name not in {"font", "name", "logo"})
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}

# Every pair of text and background the report prints.
TEXT_PAIRS = (
    ("ink", "white"),
    ("ink", "surface"),
    ("ink", "attention_tint"),
    ("muted", "white"),
    ("muted", "surface"),
    ("accent", "white"),
    ("accent", "surface"),
    ("white", "accent"),
    ("white", "ink"),
    ("neutral", "ink"),
    ("negative", "white"),
    ("attention_text", "white"),
    ("attention_text", "attention_tint"),
)


def theme_from_brand(brand: Mapping[str, Any]) -> Theme:
    """The house theme with the colours, name and logo of a brand file.

    Parameters
    ----------
    brand : Mapping[str, Any]
        Keys ``name``, ``colours`` (names of `Theme`'s colours to ``#RRGGBB``) and
        ``logo`` (the bytes of a PNG or JPEG file, read by the caller).

    Returns
    -------
    Theme

    Raises
    ------
    AuthoringError
        ``BRAND_KEY``, ``BRAND_COLOUR``, ``BRAND_CONTRAST`` or ``BRAND_LOGO``; all
        problems of the file at once.
    """
    colours = brand.get("colours") or {}
    if not isinstance(colours, Mapping):
        raise AuthoringError(diagnostic("BRAND_KEY", key="colours", allowed=_listed(_COLOURS)))
    problems = [_unknown(str(key), _KEYS) for key in brand if key not in _KEYS]
    problems += [_unknown(f"colours.{key}", _COLOURS) for key in colours if key not in _COLOURS]
    for key, value in colours.items():
        if not (isinstance(value, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", value)):
            problems.append(diagnostic("BRAND_COLOUR", key=str(key), value=str(value)))
    if problems:
        raise AuthoringError(*problems)
    logo = brand.get("logo")
    theme = Theme(
        **{str(key): str(value).upper() for key, value in colours.items()},
        name=str(brand.get("name") or ""),
        logo=None if logo is None else logo_address(logo),
    )
    problems = contrast_problems(theme)
    if problems:
        raise AuthoringError(*problems)
    return theme


def contrast_problems(theme: Theme) -> list[Diagnostic]:
    """One ``BRAND_CONTRAST`` for each pair of text and background that is hard to read."""
    problems = []
    for text, background in TEXT_PAIRS:
        value, ground = getattr(theme, text), getattr(theme, background)
        ratio = contrast(value, ground)
        if ratio < MINIMUM_CONTRAST:
            problems.append(
                diagnostic(
                    "BRAND_CONTRAST",
                    key=text,
                    value=value,
                    background=f"{background} ({ground})",
                    contrast=f"{ratio:.1f}",
                )
            )
    return problems


def logo_address(content: bytes) -> str:
    """A PNG or JPEG file as ``data:`` address.

    Raises
    ------
    AuthoringError
        ``BRAND_LOGO`` for another format or more than 1 MB.
    """
    if not isinstance(content, bytes):
        raise AuthoringError(diagnostic("BRAND_LOGO", reason=type(content).__name__))
    kind = next((kind for sign, kind in _SIGNATURES.items() if content.startswith(sign)), None)
    if kind is None:
        raise AuthoringError(diagnostic("BRAND_LOGO", reason="≠ PNG, JPEG"))
    if len(content) > MAX_LOGO_BYTES:
        raise AuthoringError(diagnostic("BRAND_LOGO", reason=f"{len(content)} > 1 MB"))
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _unknown(key: str, allowed: tuple[str, ...]) -> Diagnostic:
    return diagnostic("BRAND_KEY", key=key, allowed=_listed(allowed))


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
