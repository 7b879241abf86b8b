"""Files that attack a reader, each made here: one at least for every threat to uploads."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def workbook(sheet: str = "", *more: tuple[str, bytes], shared: bytes = b"") -> bytes:
    """A small workbook by hand; `sheet` is what stands inside its sheetData."""
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
    )
    root = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{RELATION}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    )
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets>'
        '<sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{RELATION}/worksheet" '
        'Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{RELATION}/sharedStrings" '
        'Target="sharedStrings.xml"/></Relationships>'
    )
    body = f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
    return zipped(
        ("[Content_Types].xml", types.encode()),
        ("_rels/.rels", root.encode()),
        ("xl/workbook.xml", book.encode()),
        ("xl/_rels/workbook.xml.rels", links.encode()),
        ("xl/worksheets/sheet1.xml", body.encode()),
        ("xl/sharedStrings.xml", shared or f'<sst xmlns="{MAIN}"/>'.encode()),
        *more,
    )


def inline(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def zip_bomb() -> bytes:
    """A megabyte that unpacks to hundreds."""
    row = b"<row>" + b'<c t="n"><v>1</v></c>' * 1000 + b"</row>"
    return workbook(more_rows(row, 4000))


def more_rows(row: bytes, n: int) -> str:
    return (row * n).decode()


def many_cells() -> bytes:
    """Twenty million cells from little: packed a thousandfold."""
    return workbook("<row>" + "<c><v>1</v></c>" * 5000 + "</row>" + "<row/>" * 5_000_000)


def sparse() -> bytes:
    return workbook(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )


def entity_bomb() -> bytes:
    levels = '<!ENTITY l0 "lol">'
    levels += "".join(f'<!ENTITY l{k} "&l{k - 1};&l{k - 1};">' for k in range(1, 30))
    top = f'<?xml version="1.0"?><!DOCTYPE x [{levels}]><sst>&l29;</sst>'
    return workbook(shared=top.encode())


def external_entity() -> bytes:
    evil = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return workbook(shared=f"{evil}<sst><si><t>&e;</t></si></sst>".encode())


def huge_parquet() -> bytes:
    """A few kilobytes that hold a thousand million rows."""
    out = io.BytesIO()
    values = pa.array([1] * 1_000_000, type=pa.int8())
    run = pa.table({"q1": values})
    with pq.ParquetWriter(out, run.schema, compression="zstd", use_dictionary=True) as writer:
        for _ in range(60):
            writer.write_table(run)
    return out.getvalue()


def lying_footer() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"q1": [1, 2, 3]}), out)
    content = bytearray(out.getvalue())
    for at in range(len(content) - 200, len(content) - 12):
        content[at] ^= 0x15
    return bytes(content)


def macros() -> bytes:
    return workbook("", ("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 Auto_Open"))


def traversal() -> bytes:
    return zipped(("../../../../tmp/evil.csv", b"a,b\n1,2\n"))


def nested_zip() -> bytes:
    return zipped(("inner.csv", zipped(("deep.csv", b"a,b\n1,2\n"))))


def encrypted_zip() -> bytes:
    content = bytearray(zipped(("a.csv", b"a,b\n1,2\n")))
    local, central = content.index(b"PK\x03\x04"), content.index(b"PK\x01\x02")
    content[local + 6] |= 1
    content[central + 8] |= 1
    return bytes(content)


def lying_sizes() -> bytes:
    """A directory that declares ten bytes for a member that unpacks to forty megabytes."""
    content = bytearray(zipped(("a.csv", b"a,b\n" + b"1,2\n" * 10_000_000)))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(mark)
        content[at + offset : at + offset + 4] = struct.pack("<I", 10)
    return bytes(content)


def deep_xml() -> bytes:
    return workbook("<row>" * 200_000 + "</row>" * 200_000)


def sav_of_a_million_columns() -> bytes:
    head = b"$FL2@(#) SPSS DATA FILE".ljust(64) + struct.pack(
        "<iiiiid", 2, 2**31 - 1, 0, 0, -1, 100.0
    )
    return head + zlib.compress(b"x" * 10_000)


REFUSED: dict[str, tuple[Callable[[], bytes], frozenset[str]]] = {
    "zip bomb": (zip_bomb, frozenset({"FILE_TOO_LARGE"})),
    "twenty million cells": (many_cells, frozenset({"FILE_TOO_LARGE", "TABLE_TOO_LARGE"})),
    "sparse dimension": (sparse, frozenset({"TABLE_TOO_LARGE"})),
    "entity bomb": (entity_bomb, frozenset({"UNSAFE_XML"})),
    "external entity": (external_entity, frozenset({"UNSAFE_XML"})),
    "sixty million parquet rows": (huge_parquet, frozenset({"TABLE_TOO_LARGE"})),
    "lying parquet footer": (
        lying_footer,
        frozenset({"UNREADABLE_FILE", "TABLE_TOO_LARGE", "READER_CRASHED"}),
    ),
    "macros": (macros, frozenset({"UNSUPPORTED_FILE"})),
    "path traversal": (traversal, frozenset({"UNSAFE_PATH"})),
    "zip in zip": (nested_zip, frozenset({"UNSUPPORTED_FILE"})),
    "encrypted zip": (encrypted_zip, frozenset({"ENCRYPTED_FILE"})),
    "lying zip sizes": (lying_sizes, frozenset({"UNREADABLE_FILE"})),
    "deep xml": (
        deep_xml,
        frozenset({"READER_CRASHED", "EMPTY_FILE", "UNREADABLE_FILE", "NO_DATA_ROWS"}),
    ),
    "sav with a lying header": (
        sav_of_a_million_columns,
        frozenset({"UNREADABLE_FILE", "READER_CRASHED"}),
    ),
    "password": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        frozenset({"ENCRYPTED_FILE"}),
    ),
    "old excel": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 x",
        frozenset({"UNSUPPORTED_FILE"}),
    ),
    "NUL bytes": (lambda: b"a,b\n1,\x002\n", frozenset({"NUL_BYTES"})),
    "ten megabytes in a cell": (
        lambda: b'a,b\n"' + b"x" * 11_000_000 + b'",2\n',
        frozenset({"UNREADABLE_FILE"}),
    ),
    "too many columns": (lambda: b"a," * 30_000 + b"b\n1\n", frozenset({"TABLE_TOO_LARGE"})),
}


def formulas() -> bytes:
    """Formulas with a cached value, and a link to another file."""
    cell = inline("a") + inline("b")
    return workbook(
        f'<row r="1">{cell}</row><row r="2"><c r="A2"><v>7</v></c>'
        "<c r=\"B2\"><f>cmd|' /c calc'!A0</f><v>42</v></c></row>",
        ("xl/externalLinks/externalLink1.xml", b"<externalLink/>"),
    )
