"""Files read in chunks give the moments, and the findings, of the path in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey_engine.errors import ResponseError
from survey_engine.readers import large_sources
from survey_engine.readers.large import is_large, open_large
from survey_engine.readers.read import read_file
from survey_engine.responses.options import ResponseOptions
from survey_engine.responses.plain import plain_table
from survey_engine.responses.reduce import Reduction, reduce
from survey_engine.responses.streamed import StreamedReduction, reduce_streamed

ITEMS = ("a", "b", "c", "d")


def answers(n: int, seed: int = 7) -> pd.DataFrame:
    """Four items 1..10 with gaps in two of them, a weight and a branch."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((n, 1))
    values = np.clip(np.rint(6 + 1.5 * common + rng.standard_normal((n, 4))), 1, 10)
    frame = pd.DataFrame(values.astype(int), columns=list(ITEMS)).astype("Int64")
    for name in ("b", "d"):
        frame.loc[rng.random(n) < 0.02, name] = pd.NA
    frame["weight"] = rng.uniform(0.2, 3.0, n).round(3)
    frame["branch"] = rng.choice(["north", "south"], n)
    return frame


def written(frame: pd.DataFrame, path: Path) -> Path:
    """The frame as CSV or Parquet with small integers."""
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.astype(dict.fromkeys(ITEMS, "UInt8")).to_parquet(path, index=False)
    return path


def both(path: Path, **given: object) -> tuple[Reduction, StreamedReduction]:
    """The same file in memory and in chunks."""
    options = ResponseOptions(columns=ITEMS, scale=(1.0, 10.0), **given)  # type: ignore[arg-type]
    at_once = reduce(plain_table(read_file(path), options=options), ITEMS)
    return at_once, reduce_streamed(open_large(path, options=options))


def assert_same_bits(one: Reduction, other: StreamedReduction) -> None:
    """Every number equal to the last bit, the cell named."""
    assert other.moments.n == one.moments.n
    assert other.moments.n_effective == one.moments.n_effective
    for j, name in enumerate(ITEMS):
        assert other.moments.mean[j] == one.moments.mean[j], f"mean of {name}"
        for k, beside in enumerate(ITEMS):
            mine, theirs = other.moments.covariance[j, k], one.moments.covariance[j, k]
            assert mine == theirs, f"covariance of {name} and {beside}: {mine!r}, {theirs!r}"


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("given", [{}, {"weights": "weight"}], ids=["plain", "weighted"])
def test_fifty_thousand_rows_have_the_bits_of_the_path_in_memory(
    tmp_path: Path, ending: str, given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of 65,536 rows are crossed by 150,000; small batches, so chunks do not match."""
    monkeypatch.setattr(large_sources, "BATCH_ROWS", 7_001)
    monkeypatch.setattr(large_sources, "BLOCK_BYTES", 2**17)
    path = written(answers(50_000), tmp_path / f"answers.{ending}")
    at_once, streamed = both(path, **given)
    assert_same_bits(at_once, streamed)
    assert streamed.n_read == 50_000
    codes = {found.code for found in streamed.diagnostics}
    assert {"READ_IN_CHUNKS", "LISTWISE_DELETION"} <= codes
    told = next(f for f in streamed.diagnostics if f.code == "LISTWISE_DELETION")
    assert told == next(f for f in at_once.diagnostics if f.code == "LISTWISE_DELETION")


def test_fractions_go_through_the_same_blocks(tmp_path: Path) -> None:
    """No whole numbers, more than two blocks of rows: still the same bits."""
    frame = answers(150_000)
    frame["a"] = frame["a"].astype(float) / 3
    path = tmp_path / "answers.parquet"
    frame.to_parquet(path, index=False)
    options = ResponseOptions(columns=ITEMS)
    streamed = reduce_streamed(open_large(path, options=options))
    values = frame[list(ITEMS)].to_numpy(dtype=float, na_value=np.nan)
    kept = values[~np.isnan(values).any(axis=1)]
    from survey_engine.responses.row_moments import mean_and_covariance

    mean, covariance = mean_and_covariance(kept, None)
    assert np.array_equal(streamed.moments.mean, mean)
    assert np.array_equal(streamed.moments.covariance, covariance)
    blocks = list(streamed.rows.chunks())
    assert [block.shape[0] for block, _ in blocks[:-1]] == [65_536] * (len(blocks) - 1)
    assert np.array_equal(np.concatenate([block for block, _ in blocks]), kept)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_answers_off_the_scale_and_codes_are_told_as_in_memory(
    tmp_path: Path, ending: str
) -> None:
    frame = answers(3_000)
    frame.loc[[4, 40, 400], "a"] = 99
    frame.loc[[5], "c"] = 0
    frame.loc[[6, 7], "d"] = 88
    path = written(frame, tmp_path / f"answers.{ending}")
    at_once, streamed = both(path, na_codes=(88.0,))
    assert_same_bits(at_once, streamed)
    options = ResponseOptions(columns=ITEMS, scale=(1.0, 10.0), na_codes=(88.0,))
    in_memory = plain_table(read_file(path), options=options).diagnostics
    for code in ("OUT_OF_RANGE", "MISSING_CODE_PROPOSED", "MISSING_ANSWERS_READ"):
        theirs = [found for found in in_memory if found.code == code]
        assert theirs, code
        assert [found for found in streamed.diagnostics if found.code == code] == theirs
    assert streamed.missing.tolist() == [
        int((~frame[name].between(1, 10).fillna(False)).sum()) for name in ITEMS
    ]


def test_words_among_the_numbers_of_a_text_file(tmp_path: Path) -> None:
    frame = answers(2_000).astype(object)
    frame.loc[[3, 9], "b"] = "rather good"
    frame.loc[[11], "b"] = "n/a"
    path = written(frame, tmp_path / "answers.csv")
    at_once, streamed = both(path)
    assert_same_bits(at_once, streamed)
    words = next(found for found in streamed.diagnostics if found.code == "NON_NUMERIC_ITEM")
    assert words.where.rows == (4, 10)
    assert words.parameters["found"] == "rather good × 2"
    read = next(found for found in streamed.diagnostics if found.code == "MISSING_ANSWERS_READ")
    assert read.parameters["n"] == 1


def test_moments_by_group(tmp_path: Path) -> None:
    frame = answers(20_000)
    path = written(frame, tmp_path / "answers.parquet")
    options = ResponseOptions(columns=ITEMS, scale=(1.0, 10.0), group=("branch",))
    streamed = reduce_streamed(open_large(path, options=options))
    assert list(streamed.groups) == list(dict.fromkeys(frame["branch"]))
    complete = frame.dropna(subset=list(ITEMS))
    for label, moments in streamed.groups.items():
        rows = complete.loc[complete["branch"] == label, list(ITEMS)].astype(float)
        assert moments.n == len(rows)
        np.testing.assert_allclose(moments.mean, rows.mean(), rtol=1e-13)
        np.testing.assert_allclose(moments.covariance, rows.cov(ddof=0), rtol=1e-11)


def test_groups_with_weights_are_refused_by_name(tmp_path: Path) -> None:
    path = written(answers(500), tmp_path / "answers.csv")
    options = ResponseOptions(columns=ITEMS, weights="weight", group=("branch",))
    with pytest.raises(ResponseError) as caught:
        reduce_streamed(open_large(path, options=options))
    assert [found.code for found in caught.value.diagnostics] == ["LARGE_NEEDS_ROWS"]


def test_rows_of_another_width_are_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("a,b,c,d\n" + "1,2,3,4\n3,4,4,1\n5,5,5,5,9\n2,1,2,3\n", encoding="utf-8")
    found = reduce_streamed(open_large(path))
    assert found.moments.n == 3
    told = next(one for one in found.diagnostics if one.code == "LARGE_ROWS_UNREAD")
    assert (told.parameters["n"], told.parameters["columns"]) == (1, 4)


def test_weights_that_are_none_are_counted(tmp_path: Path) -> None:
    frame = answers(1_000)
    frame.loc[[1, 2], "weight"] = -1.0
    frame.loc[[3], "weight"] = 0.0
    at_once, streamed = both(written(frame, tmp_path / "a.csv"), weights="weight")
    assert_same_bits(at_once, streamed)
    told = {found.code: found.parameters.get("n") for found in streamed.diagnostics}
    assert (told["INVALID_WEIGHT"], told["ZERO_WEIGHT"]) == (2, 1)
    assert streamed.n_read == 997


def test_unknown_columns_other_encodings_and_damage_are_refused(tmp_path: Path) -> None:
    path = written(answers(100), tmp_path / "answers.csv")
    with pytest.raises(ResponseError) as caught:
        open_large(path, options=ResponseOptions(columns=("a", "zz")))
    assert caught.value.diagnostics[0].parameters["column"] == "zz"
    latin = tmp_path / "latin.csv"
    latin.write_bytes("größe,b\n1,2\n".encode("cp1252"))
    with pytest.raises(ResponseError) as caught:
        open_large(latin)
    assert caught.value.diagnostics[0].code == "LARGE_ENCODING"
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(ResponseError) as caught:
        open_large(broken)
    assert caught.value.diagnostics[0].code == "UNREADABLE_FILE"


def test_the_size_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from survey_engine.readers import large

    path = written(answers(1_000), tmp_path / "answers.parquet")
    text = written(answers(1_000), tmp_path / "answers.csv")
    assert not is_large(path)
    assert not is_large(text)
    monkeypatch.setattr(large, "MAX_CELLS", 5_000)
    monkeypatch.setattr(large, "SMALL_TEXT", 10_000)
    assert is_large(path)
    assert is_large(text)
