"""Mutated files of five formats leave no crash and no exception but a named refusal."""

from __future__ import annotations

import io
import random
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from survey_engine.errors import ResponseError
from survey_engine.readers import read_bytes

FORMATS = ("csv", "xlsx", "sav", "dta", "parquet")
FULL, TENTH = 2_000, 200


def frame() -> pd.DataFrame:
    chance = random.Random(7)  # noqa: S311
    rows = [
        {"rid": f"R{k:02d}", "q1": float(chance.randint(1, 10)), "q2": float(k % 5), "c": "gut"}
        for k in range(30)
    ]
    return pd.DataFrame(rows)


def seeds(folder: Path) -> dict[str, bytes]:
    import pyreadstat

    table = frame()
    made = {"csv": table.to_csv(index=False).encode()}
    book = openpyxl.Workbook()
    for row in [list(table.columns), *table.to_numpy().tolist()]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    made["xlsx"] = out.getvalue()
    labels = {"q1": {1.0: "poor", 10.0: "good"}}
    pyreadstat.write_sav(table, folder / "a.sav", variable_value_labels=labels)
    pyreadstat.write_dta(table, folder / "a.dta")
    table.to_parquet(folder / "a.parquet")
    return made | {
        kind: (folder / f"a.{kind}").read_bytes() for kind in ("sav", "dta", "parquet")
    }


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Bytes flipped, cut out, doubled, cut off, or overwritten by extremes."""
    out = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(4, max(5, len(out)))
        kind = chance.randrange(6)
        if kind == 0:
            out[at % len(out)] = chance.randrange(256)
        elif kind == 1:
            del out[at : at + chance.randrange(1, 40)]
        elif kind == 2:
            out[at:at] = out[at : at + chance.randrange(1, 60)]
        elif kind == 3:
            out[at : at + 4] = chance.choice(
                (b"\xff\xff\xff\xff", b"\x00" * 4, b"\x7f\xff\xff\xff")
            )
        elif kind == 4 and chance.random() < 0.3:
            del out[at:]
        else:
            out[at : at + 1] = bytes([out[at % len(out)] ^ (1 << chance.randrange(8))])
        if len(out) < 8:
            break
    return bytes(out)


def run(folder: Path, total: int) -> dict[str, int]:
    """Outcomes by code; anything but `ResponseError` fails the test with its seed."""
    made = seeds(folder)
    outcomes: dict[str, int] = {}
    for number in range(total):
        kind = FORMATS[number % len(FORMATS)]
        chance = random.Random(1_000_003 * 5 + number)  # noqa: S311
        content = mutated(made[kind], chance)
        try:
            read_bytes(content, name=f"upload.{kind}")
            code = "read"
        except ResponseError as problem:
            code = problem.diagnostics[0].code
        except Exception as problem:
            raise AssertionError(f"{kind}, number {number}: {problem!r}") from problem
        outcomes[code] = outcomes.get(code, 0) + 1
    return outcomes


@pytest.mark.parametrize(
    "total", [TENTH, pytest.param(FULL, marks=pytest.mark.slow)], ids=["tenth", "full"]
)
def test_mutated_files_end_in_answers_or_names(tmp_path: Path, total: int) -> None:
    outcomes = run(tmp_path, total)
    assert sum(outcomes.values()) == total
    # The mutations bite, and do not all bite.
    assert outcomes.get("read", 0) > total // 20
    assert outcomes.get("UNREADABLE_FILE", 0) > total // 20


def test_seeds_read_unharmed(tmp_path: Path) -> None:
    made = seeds(tmp_path)
    for kind in FORMATS:
        raw = read_bytes(made[kind], name=f"a.{kind}")
        assert raw.table.shape == (30, 4)
        assert float(raw.table["q2"].iloc[6]) == 1.0
