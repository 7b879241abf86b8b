"""Files we know and do not read, each with its name, so that the way out can be said."""

from __future__ import annotations

import io
import re
import zipfile

from survey_engine.readers.source import SourceFile

ENCRYPTED = "encrypted"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STARTS = (
    (b"%PDF", "PDF (.pdf)"),
    (b"\x1f\x8b", "gzip (.gz)"),
    (b"7z\xbc\xaf", "7-Zip (.7z)"),
    (b"Rar!", "RAR (.rar)"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"SQLite format 3", "SQLite"),
    (b"ARROW1", "Arrow (.feather)"),
)
_HTML = re.compile(rb"\s*(?:<!doctype html|<html|<table|<\?xml[^>]*>\s*<html)", re.IGNORECASE)
_SPREADSHEET_XML = re.compile(rb"\s*<\?xml[^>]*>.{0,200}mso-application", re.DOTALL)


def refused_kind(source: SourceFile) -> str | None:
    """The format of a file that is recognised and not read, or None."""
    content = source.content
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    if content.startswith(_OLE):
        # A password-protected .xlsx is an OLE container with this stream in it.
        encrypted = "EncryptedPackage".encode("utf-16-le") in content
        return ENCRYPTED if encrypted else "Excel .xls"
    if content.startswith(b"PK\x03\x04"):
        return _refused_zip(content)
    head = content[:2048].lstrip(b"\xef\xbb\xbf")
    if _HTML.match(head):
        return "HTML"
    if _SPREADSHEET_XML.match(head):
        return "Excel 2003 XML"
    return None


def _refused_zip(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        return None
    if any(name.endswith("vbaProject.bin") for name in names):
        return "Excel .xlsm"
    if "xl/workbook.bin" in names:
        return "Excel .xlsb"
    if "xl/workbook.xml" in names:
        return None
    if "mimetype" in names and "content.xml" in names:
        return "OpenDocument (.ods)"
    return "ZIP (.zip)"
