"""Survey text made comparable: question texts, labels and cells of any export."""

from __future__ import annotations

import html
import re
import unicodedata

_TAG = re.compile(r"<[^<>]{1,200}>")
_BRACKET_NOTE = re.compile(r"【[^】]{0,40}】|\[[^\]]{0,20}题\]")
_REQUIRED = re.compile(
    r"[(（]\s*(?:必填|必答|选填|required|pflichtfrage)\s*[)）]|\s\*\s*$", re.IGNORECASE
)
# "1、", "Q3.", "12)", "(4)", "3.1 "; a bare number without a mark stays ("5 stars").
_NUMBERING = re.compile(r"^\s*[(（]?[Qq]?\d{1,3}(?:\.\d{1,2})?\s*(?:[、.)）:：]|\s-\s)+\s*")
_NUMBER = re.compile(r"[-+−]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][-+]?\d{1,3})?")


def cell_text(cell: object) -> str:
    """A cell as text: width and spaces normalised, "" for an empty cell.

    Examples
    --------
    >>> cell_text(" １０ "), cell_text(8.0), cell_text(None)
    ('10', '8', '')
    """
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return " ".join(unicodedata.normalize("NFKC", str(cell)).split())


def comparable(text: str) -> str:
    """Text without numbering, notes, tags, punctuation, case and spaces.

    Examples
    --------
    >>> comparable("4、<b>总体而言</b>，您的满意程度如何？【单选题】")
    '总体而言您的满意程度如何'
    >>> comparable("Q3. Overall, how satisfied are you? *")
    'overallhowsatisfiedareyou'
    """
    folded = unicodedata.normalize("NFKC", _unmarked(text)).casefold()
    return "".join(c for c in folded if c.isalnum())


def wording(text: str) -> str:
    """A header as the question it asks: numbers, notes and tags of the tool taken off.

    Examples
    --------
    >>> wording("4、<b>总体而言</b>，您的满意程度如何？【单选题】")
    '总体而言 ，您的满意程度如何？'
    >>> wording("Q3. Overall, how satisfied are you? *")
    'Overall, how satisfied are you?'
    """
    return " ".join(_unmarked(text).replace("\u00a0", " ").split())


def _unmarked(text: str) -> str:
    plain = _TAG.sub(" ", html.unescape(text[:4000]))
    plain = _REQUIRED.sub(" ", _BRACKET_NOTE.sub(" ", plain))
    return _NUMBERING.sub("", plain)


def name_key(text: str) -> str:
    """A short answer name as survey tools allow it: letters and digits, "+" spelt out.

    Names may not start with a digit in some tools, so a letter before one is dropped.

    >>> name_key("65+"), name_key("a65_plus"), name_key("a18_24"), name_key("18-24")
    ('65plus', '65plus', '1824', '1824')
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("+", "plus")
    plain = "".join(c for c in folded if c.isalnum())
    return plain[1:] if len(plain) > 1 and plain[0].isalpha() and plain[1].isdigit() else plain


def number_of(text: str) -> float | None:
    """The number a normalised cell consists of (decimal point or comma), or None.

    Examples
    --------
    >>> number_of("7,5"), number_of("-3"), number_of("8 of 10"), number_of("1e3")
    (7.5, -3.0, None, 1000.0)
    """
    if not _NUMBER.fullmatch(text):
        return None
    return float(text.replace(",", ".").replace("−", "-"))
