"""Document to HTML: templates without arithmetic, in a sandbox, on texts given to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle
from typing import Any

from survey_engine.document.blocks import (
    ActionList,
    Block,
    ChartBlock,
    DefinitionList,
    FindingList,
    Paragraph,
    QuestionBlock,
    ReportDocument,
    TableBlock,
    TileRow,
)
from survey_engine.document.charts.base import Theme

ROOT_TEMPLATE = "report.html.j2"

_KINDS: dict[type, str] = {
    FindingList: "findings",
    Paragraph: "paragraph",
    TileRow: "tiles",
    TableBlock: "table",
    ChartBlock: "chart",
    ActionList: "actions",
    DefinitionList: "definitions",
    QuestionBlock: "question",
}
_LANGUAGE_TAGS = {"zh": "zh-Hans-CN"}
# A number with its interval, an interval, or a number without its leading zero: the line
# breaker would part ".075" after the point.
_NUMBERS = re.compile(
    r"([+−]?[0-9]*\.[0-9]+%? \[[^\[\]]{1,24}\]|\[[−0-9][^\[\]]{0,23}\]|(?<![0-9])[+−]?\.[0-9]+)"
)
# A flag must be visible without colour.
_FLAG_MARKS = {"fail": "✗", "caution": "△", "strong": ""}


@dataclass(frozen=True)
class _View:
    """What templates may call: nothing but look-ups on the document's values."""

    theme: Theme

    @staticmethod
    def kind(block: Block) -> str:
        """Name of the macro file that prints `block`."""
        return _KINDS[type(block)]

    def svg(self, block: ChartBlock) -> Any:
        """The drawing; the only markup that is not escaped."""
        from markupsafe import Markup

        return Markup(block.chart.draw(self.theme, title=block.alt))  # noqa: S704

    @staticmethod
    def flag(block: TableBlock, row: int, column: int) -> str:
        """Name of the flag of a cell, or nothing."""
        return block.flags.get((row, column), "")

    @staticmethod
    def mark(flag: str) -> str:
        """The sign printed beside a flagged cell."""
        return _FLAG_MARKS.get(flag, "")


def render_html(
    document: ReportDocument, *, templates: Mapping[str, str], css: str, theme: Theme
) -> str:
    """The report as one HTML text, ready for `render_pdf`.

    Parameters
    ----------
    document : ReportDocument
    templates : Mapping[str, str]
        Jinja2 sources by name, as under ``reports/templates``; the root is
        ``report.html.j2``.
    css : str
        The style sheets of ``reports/css``, joined.
    theme : Theme
        Colours of the brand; they reach the style sheet as ``--ink`` and so on.

    Returns
    -------
    str
    """
    environment = template_environment(tuple(sorted(templates.items())))
    from markupsafe import Markup

    return str(
        environment.get_template(ROOT_TEMPLATE).render(
            document=document,
            language=_LANGUAGE_TAGS.get(document.language, document.language),
            view=_View(theme),
            # Style sheets are files of the project, not input.
            css=Markup(theme_css(theme) + css),  # noqa: S704
            theme=theme,
        )
    )


def theme_css(theme: Theme) -> str:
    """The theme's colours and fonts as custom properties of the page.

    Examples
    --------
    >>> "--accent: #0B5FA5" in theme_css(Theme())
    True
    """
    names = [name for name in vars(theme) if name not in {"font", "name", "logo"}]
    colours = "; ".join(f"--{name.replace('_', '-')}: {getattr(theme, name)}" for name in names)
    return f":root {{ {colours} }}\nhtml {{ font-family: {theme.font} }}\n"


@lru_cache(maxsize=4)
def template_environment(templates: tuple[tuple[str, str], ...]) -> Any:
    """The sandbox templates run in; `templates` as sorted (name, source)."""
    from jinja2 import DictLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=DictLoader(dict(templates)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unbroken"] = unbroken
    return environment


def unbroken(text: str) -> Any:
    """Running text, escaped, whose intervals and leading decimal points stay on one line.

    Examples
    --------
    >>> str(unbroken("RMSEA .075 [.067, .082] & more"))
    'RMSEA <span class="unbroken">.075 [.067, .082]</span> &amp; more'
    """
    from markupsafe import Markup, escape

    parts = _NUMBERS.split(text)
    wrapped = (
        Markup('<span class="unbroken">{}</span>').format(part) if odd else escape(part)
        for part, odd in zip(parts, cycle((False, True)), strict=False)
    )
    return Markup("").join(wrapped)
