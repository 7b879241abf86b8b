"""The questionnaire as a page to print and as a form that works without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from survey_engine.document.charts.base import Theme
from survey_engine.instrument.model import Instrument, Item
from survey_engine.instrument.wording import wording
from survey_engine.report.questionnaire_page import QuestionnairePage
from survey_engine.report.render_html import template_environment, theme_css

_TAGS = {"zh": "zh-Hans-CN"}


def render_print_html(
    page: QuestionnairePage, *, sources: Mapping[str, str], theme: Theme
) -> str:
    """The page as HTML for `render_pdf`.

    Parameters
    ----------
    page : QuestionnairePage
    sources : Mapping[str, str]
        ``print.html.j2`` and ``print.css``.
    theme : Theme
    """
    from markupsafe import Markup

    # Style sheets are files of the project, not input.
    css = Markup(theme_css(theme) + sources["print.css"])  # noqa: S704
    template = _templates(sources).get_template("print.html.j2")
    language = _TAGS.get(page.language, page.language)
    return str(template.render(page=page, language=language, theme=theme, css=css))


def render_form_html(
    instrument: Instrument,
    *,
    language: str,
    words: Mapping[str, Mapping[str, str]],
    sources: Mapping[str, str],
    theme: Theme,
) -> str:
    """The form as one HTML file with everything in it.

    Parameters
    ----------
    instrument : Instrument
    language : str
        Shown first; the respondent may change it.
    words : Mapping[str, Mapping[str, str]]
        Words around the questions by language; the form offers these languages.
    sources : Mapping[str, str]
        ``form.html.j2``, ``form.css`` and ``form.js``.
    theme : Theme
    """
    from markupsafe import Markup

    content = json.dumps(
        _content(instrument, language, words, theme), ensure_ascii=False, separators=(",", ":")
    )
    # "</script>" in a question must not end the script.
    data = content.replace("<", "\\u003c").replace("\u2028", "\\u2028")
    template = _templates(sources).get_template("form.html.j2")
    fonts = (
        'system-ui, "Segoe UI", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif'
    )
    style = theme_css(theme).partition("html {")[0] + f"html {{ font-family: {fonts} }}\n"
    return str(
        template.render(
            language=_TAGS.get(language, language),
            title=wording(instrument, instrument.title, language),
            words=words[language],
            theme=theme,
            css=Markup(style + sources["form.css"]),  # noqa: S704
            script=Markup(sources["form.js"]),  # noqa: S704
            data=Markup(data),  # noqa: S704
        )
    )


def _templates(sources: Mapping[str, str]) -> Any:
    kept = {name: text for name, text in sources.items() if name.endswith(".j2")}
    return template_environment(tuple(sorted(kept.items())))


def _content(
    instrument: Instrument, language: str, words: Mapping[str, Mapping[str, str]], theme: Theme
) -> dict[str, Any]:
    """What the script works on: plain values, texts by language."""
    codes = tuple(words)
    brand = theme.name or None

    def said(texts: Mapping[str, str]) -> dict[str, str]:
        if not texts:
            return {}
        return {code: wording(instrument, texts, code, brand=brand) for code in codes}

    return {
        "id": instrument.id,
        "version": instrument.version,
        "first": language,
        "languages": list(codes),
        "title": said(instrument.title),
        "words": {code: dict(words[code]) for code in codes},
        "scales": {
            scale.id: {
                "minimum": scale.minimum,
                "maximum": scale.maximum,
                "low": said(scale.low),
                "high": said(scale.high),
                "labels": {str(code): said(texts) for code, texts in scale.labels.items()},
                "dontKnow": said(scale.dont_know),
                "codes": {kind: code for code, kind in reversed(scale.missing.items())},
            }
            for scale in instrument.scales
        },
        "blocks": {
            name: {"title": said(b.title), "intro": said(b.intro), "total": b.total}
            for name, b in instrument.blocks.items()
        },
        "items": [_item(item, said(item.text)) for item in instrument.items],
    }


def _item(item: Item, text: Mapping[str, str]) -> dict[str, Any]:
    routing = item.asked_if
    return {
        "id": item.id,
        "type": item.type,
        "scale": item.scale or None,
        "block": item.block,
        "text": dict(text),
        "askedIf": None
        if routing is None
        else {"item": routing.item, "values": list(routing.values)},
    }
