"""Sample exports of one survey, read by one questionnaire, against the truth table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey_engine.instrument.model import Instrument, Item, ResponseScale, Routing
from survey_engine.responses.survey_data import AnswerStatus as S
from survey_engine.workflows.read_export import read_export

WITHOUT_LOSS = (
    "kobo_xml_values.csv",
    "redcap_labels.csv",
    "wenjuanxing_text.xlsx",
    "spss.sav",
    "plain_de_semicolon_cp1252.csv",
    "plain_en_tab_utf16.txt",
)
DONT_KNOW_IS_BLANK = (
    "google_forms_download.csv",
    "google_forms_sheet.csv",
    "microsoft_forms.xlsx",
)
REASONS = {
    "DK": {S.DONT_KNOW},
    "NOTASKED": {S.NOT_ASKED},
    "": {S.SKIPPED, S.NOT_REACHED},
}


@pytest.fixture(scope="module")
def folder(shared_folder: Path) -> Path:
    return shared_folder / "samples" / "exports"


def scale_of(name: str, given: dict[str, Any]) -> ResponseScale:
    ends = given.get("endpoints", {})
    words = given.get("labels", {})
    last = given.get("max", 2)
    labels = {
        code: {lang: of[code - 1] for lang, of in words.items()}
        for code in (range(1, last + 1) if words else ())
    }
    unknown = given.get("dont_know", {})
    return ResponseScale(
        id=name,
        minimum=given.get("min", 1),
        maximum=last,
        low={lang: of[0].split(" - ")[1] for lang, of in ends.items()},
        high={lang: of[1].split(" - ")[1] for lang, of in ends.items()},
        labels=labels,
        missing={unknown["code"]: "dont_know"} if unknown else {},
        dont_know=unknown.get("labels", {}),
    )


@pytest.fixture(scope="module")
def northline(folder: Path) -> Instrument:
    given = json.loads((folder / "instrument.example.json").read_text())
    roles = {"single": "segment", "text": "open", "number": "other", "multi": "other"}
    items = []
    for one in given.get("questions") or given["items"]:
        stem = one["stem"] or {}
        text = {lang: f"{stem.get(lang, '')} {words}" for lang, words in one["text"].items()}
        routing = Routing(item="complained", values=(1,)) if "asked_if" in one else None
        items.append(
            Item(
                id=one["id"],
                text=text,
                scale=one["scale"],
                construct=one["construct"],
                role=roles.get(one["scale"], "indicator"),
                aliases=tuple(one["text"].values()),
                asked_if=routing,
            )
        )
    scales = tuple(
        scale_of(name, one)
        for name, one in given["scales"].items()
        if {"min", "codes"} & set(one)
    )
    return Instrument(
        id="northline",
        version="1",
        title={"en": "Northline"},
        languages=("en", "de", "zh"),
        scales=scales,
        items=tuple(items),
    )


@pytest.mark.parametrize("name", WITHOUT_LOSS + DONT_KNOW_IS_BLANK)
def test_the_truth_comes_back(folder: Path, northline: Instrument, name: str) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    ids = next(one["rids"] for one in manifest["files"] if one["file"] == name)
    truth = pd.read_csv(folder / "expected.csv", dtype=str, keep_default_na=False)
    truth = truth.set_index("rid").loc[ids]
    data = read_export(folder / name, instrument=northline)
    assert data.n == len(ids)
    assert [d.code for d in data.diagnostics if d.severity == "error"] == []
    assert len(data.columns) == 19
    for j, item in enumerate(data.columns):
        for i, word in enumerate(truth[item]):
            value, status = data.values[i, j], S(data.status[i, j])
            if word in REASONS:
                allowed = set(REASONS[word])
                if word == "DK" and name in DONT_KNOW_IS_BLANK:
                    allowed.add(S.SKIPPED)
                assert status in allowed, (item, ids[i])
                assert np.isnan(value)
            else:
                expected = {"yes": 1.0, "no": 2.0}.get(word)
                assert value == (float(word) if expected is None else expected), (item, ids[i])
