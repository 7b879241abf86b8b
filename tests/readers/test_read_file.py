"""Files of every kind to `RawResponses`, and what is refused by name."""

from __future__ import annotations

import contextlib
import hashlib
import io
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from survey_engine.errors import ResponseError
from survey_engine.readers import read_file

Write = Callable[[str, bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return _write


def refused(path: Path, **options: str) -> tuple[str, dict[str, object], tuple[int, ...]]:
    with pytest.raises(ResponseError) as caught:
        read_file(path, **options)
    found = caught.value.diagnostics[0]
    assert found.where.file == path.name
    return found.code, dict(found.parameters), found.where.rows


def workbook(*sheets: tuple[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_any_separator_and_encoding(write: Write, separator: str, encoding: str) -> None:
    lines = (
        ["编号", "满意度", "意见"],
        ["007", "10", f"服务{separator}很好"],
        ["008", "", "网络"],
    )
    text = "\r\n".join(separator.join(f'"{cell}"' for cell in line) for line in lines)
    content = text.encode(encoding)
    raw = read_file(write("a.csv", content))
    assert raw.separator == separator
    assert raw.encoding == encoding
    assert list(raw.table.columns) == ["编号", "满意度", "意见"]
    assert raw.table.values.tolist() == [
        ["007", "10", f"服务{separator}很好"],
        ["008", None, "网络"],
    ]
    assert raw.table.index.tolist() == [1, 2]
    assert raw.sha256 == hashlib.sha256(content).hexdigest()


def test_western_code_page_is_guessed_and_told(write: Write) -> None:
    raw = read_file(write("a.csv", "q1;q2\nGröße;7,5\nmüde;3\n".encode("cp1252")))
    assert (raw.encoding, raw.separator) == ("cp1252", ";")
    assert raw.table["q1"].tolist() == ["Größe", "müde"]
    assert raw.table["q2"].tolist() == ["7,5", "3"]
    (told,) = raw.diagnostics
    assert told.code == "ENCODING_GUESSED"
    assert told.parameters["sample"] == "Größe müde"


def test_quoted_line_breaks_and_old_mac_line_ends(write: Write) -> None:
    raw = read_file(write("a.csv", b'a,b\r"one\rtwo",2\r3,4\r'))
    assert raw.table.values.tolist() == [["one\ntwo", "2"], ["3", "4"]]


def test_excel_separator_line_and_unnamed_first_column(write: Write) -> None:
    raw = read_file(write("a.csv", b"sep=;\n;a;b\n1;5;6\n2;7;8\n"))
    assert list(raw.table.columns) == ["column_1", "a", "b"]
    assert [(d.code, d.where.items) for d in raw.diagnostics] == [
        ("UNNAMED_COLUMN", ("column_1",))
    ]


def test_blank_rows_keep_the_row_numbers(write: Write) -> None:
    raw = read_file(write("a.csv", b"a,b\n1,2\n,\n\n3,4\n\n\n"))
    assert raw.table.index.tolist() == [1, 4]
    assert [(d.code, d.where.rows) for d in raw.diagnostics] == [("BLANK_ROWS", (2, 3))]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY_FILE"),
        (b"  \r\n \n", "EMPTY_FILE"),
        (b"\xef\xbb\xbf\n", "EMPTY_FILE"),
        (b"a,b,c\n", "NO_DATA_ROWS"),
        (b"a,b\n,\n", "NO_DATA_ROWS"),
        (b"a,b,a\n1,2,3\n", "DUPLICATE_COLUMN"),
        (b"a,b\n1,2\n\x001,2\n", "NUL_BYTES"),
        (b"a,,,\n1,2,3,4\n", "HEADER_UNCLEAR"),
        ("a,b\n1,2".encode("utf-16")[:-1], "UNREADABLE_ENCODING"),
        (b'a,b\n"' + b"x" * 200_000 + b"\n", "TRUNCATED_FILE"),
        (b'a,b\n"' + b"x" * 11_000_000 + b'",2\n', "UNREADABLE_FILE"),
        ("编号,意见\n1,服务很好\n2,网".encode()[:-1], "UNREADABLE_ENCODING"),
        (b"PAR1....", "TRUNCATED_FILE"),
        (b"<html><table><tr><td>1</td></tr></table>", "UNSUPPORTED_FILE"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 workbook", "UNSUPPORTED_FILE"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "ENCRYPTED_FILE",
        ),
        (b"PK\x03\x04 broken", "TRUNCATED_FILE"),
        (b"$FL2@(#) broken", "UNREADABLE_FILE"),
    ],
)
def test_bad_files_have_a_name(write: Write, content: bytes, code: str) -> None:
    assert refused(write("a.csv", content))[0] == code


def test_missing_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "no.csv")[0] == "FILE_NOT_FOUND"


def test_ragged_rows_are_named_by_number(write: Write) -> None:
    code, parameters, rows = refused(write("a.csv", b"a,b\n1,2\n1,2,3\n4\n5,6,\n"))
    assert (code, parameters, rows) == ("RAGGED_ROWS", {"n": 2, "columns": 2}, (2, 3))


def test_workbook_keeps_numbers_and_takes_the_first_sheet_with_rows(write: Write) -> None:
    content = workbook(("Empty", []), ("Data", [["id", "q1"], ["007", 8], ["008", 7.5]]))
    raw = read_file(write("a.xlsx", content))
    assert raw.platform == "xlsx"
    assert raw.sheet == "Data"
    assert raw.table.values.tolist() == [["007", 8], ["008", 7.5]]
    assert [(d.code, d.parameters["sheet"]) for d in raw.diagnostics] == [
        ("SHEET_CHOSEN", "Data")
    ]


def test_sheet_by_name(write: Write) -> None:
    path = write("a.xlsx", workbook(("One", [["a"], [1]]), ("Two", [["b"], [2]])))
    assert read_file(path, sheet="Two").table.values.tolist() == [[2]]
    code, parameters, _ = refused(path, sheet="Three")
    assert code == "SHEET_NOT_FOUND"
    assert parameters["sheets"] == "One, Two"
    assert refused(write("a.csv", b"a,b\n1,2\n"), sheet="Two")[0] == "SHEET_NOT_FOUND"


def test_far_cell_and_zip_bomb(write: Write) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "a", 1
    out = io.BytesIO()
    book.save(out)
    assert refused(write("far.xlsx", out.getvalue()))[0] == "TABLE_TOO_LARGE"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 30 * 2**20)
    code, parameters, _ = refused(write("bomb.xlsx", packed.getvalue()))
    assert (code, parameters["size"]) == ("FILE_TOO_LARGE", 30)


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ("xl/vbaProject.bin", "Excel .xlsm"),
        ("xl/workbook.bin", "Excel .xlsb"),
        ("notes.doc", "ZIP (.zip)"),
    ],
)
def test_other_archives_are_refused(write: Write, member: str, kind: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(member, b"x")
    code, parameters, _ = refused(write("a.xlsx", packed.getvalue()))
    assert (code, parameters["kind"]) == ("UNSUPPORTED_FILE", kind)


def test_spss_labels_and_user_missing(tmp_path: Path) -> None:
    import pandas as pd
    import pyreadstat

    path = tmp_path / "a.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"rid": ["01", "02"], "q1": [9.0, 99.0]}),
        path,
        column_labels={"q1": "Overall"},
        variable_value_labels={"q1": {99.0: "Don't know"}},
        missing_ranges={"q1": [{"lo": 97.0, "hi": 99.0}]},
    )
    raw = read_file(path)
    assert raw.platform == "spss"
    assert raw.table.values.tolist() == [["01", 9.0], ["02", 99.0]]
    assert raw.labels["q1"] == "Overall"
    assert raw.value_labels["q1"] == {99.0: "Don't know"}
    assert raw.missing_codes["q1"] == (97.0, 99.0)


def test_damaged_workbooks_never_raise_anything_else(write: Write) -> None:
    content = workbook(("Data", [["id", "q1"], ["007", 8], ["008", 7.5]]))
    for seed in range(60):
        chance = random.Random(seed)  # noqa: S311
        damaged = bytearray(content)
        if seed % 3 == 0:
            damaged = damaged[: chance.randrange(4, len(damaged))]
        for _ in range(5):
            damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
        with contextlib.suppress(ResponseError):
            read_file(write("a.xlsx", bytes(damaged)))


def test_importing_readers_loads_no_file_library() -> None:
    code = (
        "import sys, survey_engine.readers; "
        "heavy = ('openpyxl', 'pyreadstat', 'charset_normalizer', 'pyarrow', 'pandas'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    assert done.stdout.strip() == "[]"
