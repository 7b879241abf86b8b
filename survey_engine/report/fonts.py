"""The report's typefaces: found in pip packages, cut down to what a document prints.

Inter and Noto Sans SC (both OFL) come as variable fonts of 0.9 and 18 MB. Handing those
to the renderer costs seconds a document, so each document gets static subsets with only
its characters. That also makes the output independent of installed fonts.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

from survey_engine.errors import EnvironmentProblem, diagnostic

_PACKAGES = {
    "Inter": ("justmytype_western_core", "fonts/ofl/inter/Inter[opsz,wght].ttf"),
    "Noto Sans SC": ("justmytype_intl_cjk", "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"),
}
TEXT_FAMILY = "SE Sans"
DISPLAY_FAMILY = "SE Display"
CJK_FAMILY = "SE CJK"

# Built once a process for both languages, so it holds what reports usually print.
_LATIN = frozenset(
    chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x17F), *range(0x391, 0x3CA))
) | frozenset("–‒−×≥≤≈≠∞√→←↑↓†‡▲▼△▽●○■□✓✗₀₁₂₃⁰¹²³‰€")
_DISPLAY = frozenset(
    chr(code) for code in (*range(0x20, 0x7F), *range(0xC0, 0x100))
) | frozenset("–−")
# On a Chinese page these are Chinese punctuation and must come from the Chinese font.
_CHINESE_PUNCTUATION = frozenset("“”‘’—…")


@dataclass(frozen=True, kw_only=True)
class FontFaces:
    """``@font-face`` rules and the files they point to (``asset:`` addresses)."""

    css: str
    assets: Mapping[str, bytes]


def font_file(name: str) -> bytes:
    """The variable font `name`, ``"Inter"`` or ``"Noto Sans SC"``.

    Raises
    ------
    EnvironmentProblem
        ``FONT_PACKAGE_MISSING`` if the package with the font is not installed.
    """
    package, path = _PACKAGES[name]
    try:
        return files(package).joinpath(path).read_bytes()
    except (ModuleNotFoundError, FileNotFoundError) as problem:
        wanted = package.replace("_", "-")
        raise EnvironmentProblem(
            diagnostic("FONT_PACKAGE_MISSING", font=name, package=wanted)
        ) from problem


@lru_cache(maxsize=4)
def coverage(name: str) -> frozenset[str]:
    """Characters the font `name` has a glyph for."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(io.BytesIO(font_file(name)), lazy=True) as font:
        return frozenset(chr(code) for code in font.getBestCmap())


def missing_glyphs(text: str) -> set[str]:
    """Visible characters of `text` that neither typeface can print.

    Examples
    --------
    >>> missing_glyphs("满意度 72.1 ≥ 60")
    set()
    """
    candidates = {
        character
        for character in set(text)
        if unicodedata.category(character) not in {"Cc", "Cf", "Zl", "Zp", "Zs"}
    }
    candidates -= coverage("Inter")
    return candidates - coverage("Noto Sans SC") if candidates else set()


def visible_text(html: str) -> str:
    """The characters a page prints: text outside ``<style>``, ``<script>`` and ``<title>``."""
    reader = _TextReader()
    reader.feed(html)
    return "".join(reader.parts)


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"style", "script", "title"}
        # Running heads are set from these attributes.
        self.parts += [value or "" for name, value in attrs if name.startswith("data-")]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "script", "title"}

    def handle_data(self, data: str) -> None:
        if self._hidden == 0:
            self.parts.append(data)


def font_faces(text: str, *, chinese: bool) -> FontFaces:
    """Static subsets of the typefaces with the characters of `text`.

    Parameters
    ----------
    text : str
        Everything the document prints.
    chinese : bool
        Whether quotation marks and dashes are Chinese punctuation.

    Returns
    -------
    FontFaces
    """
    characters = frozenset(text)
    latin = _LATIN | (characters & coverage("Inter"))
    if chinese:
        latin -= _CHINESE_PUNCTUATION
    cjk = frozenset(c for c in characters - latin if c in coverage("Noto Sans SC"))
    faces = [
        (TEXT_FAMILY, 400, _static("Inter", latin, (("opsz", 14), ("wght", 400)), ("tnum",))),
        (TEXT_FAMILY, 600, _static("Inter", latin, (("opsz", 14), ("wght", 600)), ("tnum",))),
        (
            DISPLAY_FAMILY,
            600,
            _static("Inter", _DISPLAY, (("opsz", 28), ("wght", 650)), ("kern",)),
        ),
    ]
    if cjk:
        # The space inside a Chinese run is set from the Chinese font.
        cjk |= frozenset(" \u00a0\u3000")
        faces += [
            (CJK_FAMILY, weight, _static("Noto Sans SC", cjk, (("wght", weight),), ()))
            for weight in (400, 600)
        ]
    return _as_css(faces)


def _as_css(faces: list[tuple[str, int, bytes]]) -> FontFaces:
    rules, assets = [], {}
    for family, weight, content in faces:
        name = f"{family.lower().replace(' ', '-')}-{weight}.ttf"
        assets[name] = content
        rules.append(
            f"@font-face {{ font-family: '{family}'; font-weight: {weight}; "
            f"src: url('asset:{name}'); }}"
        )
    return FontFaces(css="\n".join(rules), assets=assets)


@lru_cache(maxsize=8)
def _subset(name: str, characters: frozenset[str], features: tuple[str, ...]) -> bytes:
    from fontTools import subset  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(font_file(name)), lazy=True)
    options = subset.Options()
    options.layout_features = list(features)
    options.hinting = False
    options.notdef_outline = True
    options.drop_tables += ["vmtx", "vhea", "VORG", "VVAR", "BASE", "DSIG", "MVAR", "STAT"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=sorted(ord(character) for character in characters))
    cutter.subset(font)
    return _saved(font)


@lru_cache(maxsize=16)
def _static(
    name: str,
    characters: frozenset[str],
    location: tuple[tuple[str, float], ...],
    features: tuple[str, ...],
) -> bytes:
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import (  # type: ignore[import-untyped]
        instantiateVariableFont,
    )

    font = TTFont(io.BytesIO(_subset(name, characters, features)))
    fixed = instantiateVariableFont(font, dict(location), inplace=True, static=True)
    return _saved(fixed)


def _saved(font: Any) -> bytes:
    # The modification date would make two runs differ.
    font.recalcTimestamp = False
    target = io.BytesIO()
    font.save(target)
    return target.getvalue()
