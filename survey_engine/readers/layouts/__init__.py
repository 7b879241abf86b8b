"""Which survey tool wrote a sheet, and how it is laid out; one file a tool.

A new tool is one new module with `claims` and `layout`, and its name in `LAYOUTS` (most
specific first). A layout is recognised by what stands in the file, never by its name.
"""

from __future__ import annotations

from typing import Protocol, cast

from survey_engine.readers.content import Content
from survey_engine.readers.layouts import (
    chinese_forms,
    google_forms,
    kobo,
    limesurvey,
    microsoft_forms,
    plain,
    qualtrics,
    redcap,
    surveymonkey,
    typed,
    typeform,
    wenjuanxing,
)
from survey_engine.readers.layouts.table import Layout, build
from survey_engine.readers.source import SourceFile
from survey_engine.responses.survey_data import RawResponses


class Platform(Protocol):
    """One survey tool."""

    def claims(self, content: Content) -> bool:
        """Whether the sheet is of this tool."""
        ...

    def layout(self, source: SourceFile, content: Content) -> Layout:
        """How the sheet is laid out."""
        ...


LAYOUTS: tuple[Platform, ...] = cast(
    tuple[Platform, ...],
    (
        typed, qualtrics, surveymonkey, limesurvey, typeform, kobo, redcap, wenjuanxing,
        microsoft_forms, google_forms, chinese_forms, plain,
    ),
)  # fmt: skip


def read_content(source: SourceFile, content: Content) -> RawResponses:
    """The responses of a file whose cells are known.

    Raises
    ------
    ResponseError
        Those of `build`.
    """
    if limesurvey.claims_pair(source, content):
        return build(source, content, limesurvey.pair_layout(source, content))
    content = typed.named_missing(content)
    platform = next(one for one in LAYOUTS if one.claims(content))
    layout = platform.layout(source, content)
    if layout.platform == "limesurvey":
        content = limesurvey.without_answer_codes(content, layout.start)
    return build(source, content, layout)
