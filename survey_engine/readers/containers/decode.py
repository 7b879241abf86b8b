"""Bytes to text: byte-order marks first, then UTF-8, then code pages with own checks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from survey_engine.readers.source import SourceFile

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Two-byte characters of GB 2312; rare pairs of Western text fall outside.
_GB_PAIR = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
_HIGH = re.compile(rb"[\x80-\xff]")
# The first level of GB 2312: 3,755 characters of everyday writing.
_GB_COMMON = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]")
_GB_SHARE = 0.85
_COMMON_SHARE = 0.5
_PAGES = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "mac_roman", "big5", "cp932",
    "euc_jp", "euc_kr", "gb18030",
)  # fmt: skip
_SAMPLE = 65_536
# Other code pages look like valid multi-byte UTF-8 only by rare accident.
_GOOD_PER_BROKEN = 5
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """Text of a file, its encoding, and whether the encoding was guessed."""

    text: str
    encoding: str
    guessed: bool
    sample: str = ""


def decode(source: SourceFile) -> Decoded:
    """Decode a text file.

    Raises
    ------
    ResponseError
        NUL_BYTES (with the place) or UNREADABLE_ENCODING.
    """
    content = source.content
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strict(source, content, encoding)
    wide = _utf16_without_mark(content)
    if wide is not None:
        return _strict(source, content, wide)
    if b"\x00" in content:
        at = content.index(b"\x00")
        raise source.refuse("NUL_BYTES", line=content.count(b"\n", 0, at) + 1)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        if _is_damaged_utf8(content):
            raise source.refuse("UNREADABLE_ENCODING", tried="utf-8") from problem
        return _guess(source, content)
    return Decoded(text=text, encoding="utf-8", guessed=False)


def _strict(source: SourceFile, content: bytes, encoding: str) -> Decoded:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as problem:
        raise source.refuse("UNREADABLE_ENCODING", tried=encoding) from problem
    if "\x00" in text:
        raise source.refuse("NUL_BYTES", line=text.count("\n", 0, text.index("\x00")) + 1)
    return Decoded(text=text, encoding=encoding, guessed=False)


def _is_damaged_utf8(content: bytes) -> bool:
    """UTF-8 with few broken characters: cut off or patched, not another code page."""
    text = content.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return sum(not c.isascii() for c in text) - broken > _GOOD_PER_BROKEN * broken


def _utf16_without_mark(content: bytes) -> str | None:
    """UTF-16 of mostly Western text has a zero in every second byte."""
    head = content[:4096]
    if len(head) < 8 or len(content) % 2:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 0.4 * len(head) / 2 and even == 0:
        return "utf-16-le"
    if even > 0.4 * len(head) / 2 and odd == 0:
        return "utf-16-be"
    return None


def _guess(source: SourceFile, content: bytes) -> Decoded:
    """A code page: GB 18030 by its byte pairs, else charset-normalizer among known ones."""
    lines = [line for line in content.splitlines() if _HIGH.search(line)]
    sample = b"\n".join(lines)[:_SAMPLE]
    candidates = ["gb18030"] if _is_chinese(sample) else []
    candidates += [*_western_first(sample), *_charset_normalizer(sample), "cp1252"]
    for encoding in dict.fromkeys(candidates):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text) is None:
            return Decoded(text=text, encoding=encoding, guessed=True, sample=_words(text))
    raise source.refuse("UNREADABLE_ENCODING", tried=", ".join(dict.fromkeys(candidates)))


def _is_chinese(sample: bytes) -> bool:
    """Whether the high bytes stand in GB 2312 pairs, most of them everyday characters.

    Latin-1 and cp1252 decode such bytes without an error, into rubbish.
    """
    high = len(_HIGH.findall(sample))
    pairs = _GB_PAIR.findall(sample)
    if high == 0 or 2 * len(pairs) < _GB_SHARE * high:
        return False
    common = len(_GB_COMMON.findall(b" ".join(pairs)))
    return common >= _COMMON_SHARE * len(pairs)


_WESTERN = frozenset("äöüÄÖÜßéèêëàâçîïôùûñáíóúìòæøåÉ€–—‘’“”„…«»°§·´£©®")


def _western_first(sample: bytes) -> list[str]:
    """cp1252 when every high byte is a letter or mark common in Western Europe."""
    text = sample.decode("cp1252", errors="replace")
    high = [c for c in text if ord(c) > 127]
    common = sum(c in _WESTERN for c in high)
    return ["cp1252"] if high and common >= 0.95 * len(high) else []


def _charset_normalizer(sample: bytes) -> list[str]:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_PAGES)).best()
    return [] if best is None else [str(best.encoding)]


def _words(text: str) -> str:
    """A few words with characters beyond ASCII, for the reader to confirm."""
    words = [word for word in re.split(r"[\s,;|\"]+", text[:200_000]) if not word.isascii()]
    return " ".join(word[:20] for word in dict.fromkeys(words[:5]))
