"""Plain layouts among the sample exports: the cells that were written come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey_engine.readers import read_file


@pytest.mark.parametrize(
    ("name", "platform", "encoding", "separator", "shape"),
    [
        ("plain_de_semicolon_cp1252.csv", "csv", "cp1252", ";", (14, 26)),
        ("plain_en_tab_utf16.txt", "csv", "utf-16", "\t", (14, 26)),
        ("wenjuanxing_codes_gb18030.csv", "csv", "gb18030", ",", (14, 34)),
        ("limesurvey_full_de.csv", "csv", "utf-8-sig", ";", (15, 38)),
        ("microsoft_forms.xlsx", "xlsx", None, None, (14, 30)),
        ("spss.sav", "spss", "UTF-8", None, (15, 33)),
    ],
)
def test_sample_is_read(
    shared_folder: Path, name: str, platform: str, encoding: str, separator: str, shape: tuple
) -> None:
    raw = read_file(shared_folder / "samples" / "exports" / name)
    assert (raw.platform, raw.encoding, raw.separator) == (platform, encoding, separator)
    assert raw.table.shape == shape


def test_user_missing_codes_of_the_sample(shared_folder: Path) -> None:
    raw = read_file(shared_folder / "samples" / "exports" / "spss.sav")
    assert raw.missing_codes["comp1"] == (97.0, 99.0)
    assert raw.missing_codes["exp2"] == (99.0,)
    assert raw.value_labels["comp1"][97.0] == "Not asked"
    assert raw.table["rid"].iloc[0] == "R01"
