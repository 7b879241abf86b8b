"""Tables and XML of exchange files: cells nobody's spreadsheet runs, trees without entities."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from survey_engine.errors import ResponseError, Where, diagnostic

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_BYTES = 20 * 2**20
_LEADING = ("=", "+", "-", "@", "\t", "\r")
_GUARDED = re.compile(r"^'(?=[=+\-@\t\r])")
_DOCTYPE = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def refusal(code: str, file: str, **parameters: Any) -> ResponseError:
    """The error of a file, to be raised by the caller."""
    return ResponseError(diagnostic(code, where=Where(file=file), **parameters))


def guarded(text: str) -> str:
    """A cell that a spreadsheet takes for text: an apostrophe before = + - @."""
    return f"'{text}" if text.startswith(_LEADING) and not _is_number(text) else text


def unguarded(text: str) -> str:
    """The text `guarded` was given."""
    return _GUARDED.sub("", text)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(?:\.\d+)?", text) is not None


def csv_bytes(rows: Iterable[Sequence[str]], *, separator: str = ",") -> bytes:
    """Rows as UTF-8 text with a byte order mark, each cell guarded."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def text_of(content: bytes, file: str) -> str:
    """UTF-8 text within the limit; raises ResponseError."""
    if len(content) > MAX_BYTES:
        raise refusal("EXCHANGE_TOO_LARGE", file, limit=MAX_BYTES // 2**20)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal("UNREADABLE_ENCODING", file) from None


def csv_rows(text: str, file: str, *, separator: str = ",") -> list[list[str]]:
    """Cells of a text table; raises ResponseError."""
    try:
        read = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return [[unguarded(cell) for cell in row] for row in read]
    except csv.Error as problem:
        raise refusal("UNREADABLE_FILE", file, reason=str(problem), line=None) from None


def xml_tree(content: bytes, file: str) -> Element:
    """The root of an XML text without document types and entities; raises ResponseError."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if len(content) > MAX_BYTES:
        raise refusal("EXCHANGE_TOO_LARGE", file, limit=MAX_BYTES // 2**20)
    if _DOCTYPE.search(content.replace(b"\x00", b"").decode("latin-1")):
        raise refusal("UNSAFE_XML", file, part=file)
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise refusal("UNSAFE_XML", file, part=file) from None
    except (ParseError, ValueError, LookupError) as problem:
        raise refusal("EXCHANGE_BROKEN", file, reason=str(problem)[:120]) from None
    return root


def json_object(text: str, file: str) -> dict[str, Any]:
    """The object of a JSON text; raises ResponseError."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise refusal("EXCHANGE_BROKEN", file, reason=str(problem)[:120]) from None
    if not isinstance(data, dict):
        raise refusal("EXCHANGE_BROKEN", file, reason=type(data).__name__)
    return data


def noted(text: object) -> dict[str, Any]:
    """What `note` wrote; {} for anything else."""
    try:
        data = json.loads(text) if isinstance(text, str) and text.strip() else text
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def note(data: object) -> str:
    """Plain data as one line; "" for nothing."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) if data else ""


def plain_words(text: str) -> str:
    """Words without HTML, on one line.

    >>> plain_words("<p>How <b>satisfied</b>&nbsp;are you?</p>")
    'How satisfied are you?'
    """
    import html

    text = re.sub(r"</?(?:b|i|u|em|strong|span|font|sup|sub)(?:\s[^<>]{0,500})?>", "", text)
    bare = re.sub(r"<(?:/?[a-zA-Z][^<>]{0,500}|!--[^<>]{0,500}--)>", " ", text)
    return " ".join(html.unescape(bare).replace("\xa0", " ").split())
