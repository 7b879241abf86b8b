"""The instruments that ship: complete in both languages, schema-valid, true to the data."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from survey_engine.instrument.schema_document import instrument_schema_text
from survey_engine.instrument.wording import item_text
from survey_engine.instrument.yaml_document import compose_document
from survey_engine.workflows.resources import load_instrument

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = sorted((REPOSITORY / "instruments").glob("*.yaml"))
SCHEMA = REPOSITORY / "survey_engine" / "instrument" / "schema" / "instrument-1.json"


def read(path: Path):
    return load_instrument(path.stem)


def test_the_three_presets_ship():
    assert {path.stem for path in FILES} >= {"acsi", "cn6", "ecsi"}


def test_the_published_schema_is_current():
    assert SCHEMA.read_text(encoding="utf-8") == instrument_schema_text()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_is_valid_and_complete(path):
    data = compose_document(path.read_text(encoding="utf-8"), file=path.name).data
    jsonschema.validate(json.loads(json.dumps(data)), json.loads(SCHEMA.read_text("utf-8")))
    instrument = read(path)
    assert instrument.id == path.stem
    for item in instrument.items:
        assert len(item.short["en"]) <= 28, item.id
        assert len(item.short["zh"]) <= 12, item.id
        assert "{" not in item_text(instrument, item.id, "en")
        chinese = item_text(instrument, item.id, "zh")
        assert "{" not in chinese
        assert not any("a" <= letter.lower() <= "z" for letter in chinese), chinese
        assert not any(mark in chinese for mark in ",?;:!()"), "Chinese punctuation"
        assert item.role != "indicator" or item.construct_name is not None


def test_ecsi_has_the_published_columns_and_blocks_that_run_one_way(mobi):
    instrument = read(REPOSITORY / "instruments" / "ecsi.yaml")
    assert {item.id for item in instrument.items} == set(mobi.columns)
    assert {item.direction for item in instrument.items} == {"higher_is_better"}
    blocks: dict[str, list[str]] = {}
    for item in instrument.items:
        blocks.setdefault(item.construct_name, []).append(item.id)
        scale = instrument.scale_of(item.id)
        assert (scale.minimum, scale.maximum) == (1, 10)
    assert [len(block) for block in blocks.values()] == [5, 3, 7, 2, 3, 1, 3]
    for block in blocks.values():
        for name in block:
            rest = [other for other in block if other != name]
            if rest:
                total = mobi[rest].mean(axis=1)
                assert np.corrcoef(mobi[name], total)[0, 1] > 0.05, name


def test_construct_names_follow_the_glossary():
    labels = {name: c.label["zh"] for name, c in read(Path("ecsi.yaml")).constructs.items()}
    assert labels == {
        "Image": "品牌形象",
        "Expectation": "预期质量",
        "Quality": "感知质量",
        "Value": "感知价值",
        "Satisfaction": "顾客满意度",
        "Complaints": "顾客抱怨",
        "Loyalty": "顾客忠诚度",
    }
