"""The models that ship: valid, sound, true to their source, drawn without overlap."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import jsonschema
import pytest

from survey_engine.instrument.yaml_document import compose_document
from survey_engine.spec.bind import bind
from survey_engine.spec.identify import identify
from survey_engine.spec.parse import parse_model
from survey_engine.spec.schema_document import model_schema_text
from survey_engine.workflows.resources import load_instrument

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = sorted((REPOSITORY / "models").glob("*.yaml"))
SCHEMA = REPOSITORY / "survey_engine" / "spec" / "schema" / "model-1.json"


def read(name: str):
    path = REPOSITORY / "models" / f"{name}.yaml"
    return parse_model(path.read_text(encoding="utf-8"), file=path.name)


def test_the_published_schema_is_current():
    assert SCHEMA.read_text(encoding="utf-8") == model_schema_text()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_model_is_valid_and_fits_its_instrument(path):
    text = path.read_text(encoding="utf-8")
    data = compose_document(text, file=path.name).data
    jsonschema.validate(json.loads(json.dumps(data)), json.loads(SCHEMA.read_text("utf-8")))
    spec = read(path.stem)
    assert spec.id == path.stem
    single = any(construct.kind == "single_item" for construct in spec.constructs)
    codes = {fault.code for fault in identify(spec)}
    assert codes == ({"SINGLE_INDICATOR"} if single else set())
    instrument = load_instrument(path.stem)
    assert path.stem in instrument.models
    assert (
        bind(spec, columns=[item.id for item in instrument.items], instrument=instrument) == ()
    )
    for construct in spec.constructs:
        known = instrument.constructs[construct.name].label
        assert construct.label.items() <= known.items()
        for item in construct.indicators:
            assert instrument.item(item).construct_name == construct.name


def test_ecsi_is_the_published_model(shared_folder):
    source = shared_folder / "published" / "ecsi_mobi_tenenhaus2005.json"
    published = json.loads(source.read_text("utf-8"))["model"]
    spec = read("ecsi")
    assert {c.name: list(c.indicators) for c in spec.constructs} == published["blocks"]
    assert [[path.source, path.target] for path in spec.paths] == published["paths"]


@pytest.mark.parametrize(
    ("name", "constructs", "paths"), [("ecsi", 7, 12), ("acsi", 6, 9), ("cn6", 6, 9)]
)
def test_size_and_roles(name, constructs, paths):
    spec = read(name)
    assert (len(spec.constructs), len(spec.paths)) == (constructs, paths)
    assert spec.roles.index == "Satisfaction"
    assert (spec.roles.loyalty, spec.roles.complaints) == ("Loyalty", "Complaints")
    assert set(spec.roles.drivers) == set(spec.construct_names[: constructs - 3])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_arrow_of_the_path_diagram_runs_over_a_construct(path):
    spec = read(path.stem)
    places = {name: (cell.column, cell.row) for name, cell in spec.layout.items()}
    assert set(places) == set(spec.construct_names)
    for one, other in combinations(places.values(), 2):
        assert one != other
    for arrow in spec.paths:
        for name, place in places.items():
            if name not in (arrow.source, arrow.target):
                gap = distance(place, places[arrow.source], places[arrow.target])
                assert gap >= 0.45, (arrow, name, gap)
        assert places[arrow.source][0] <= places[arrow.target][0], "causes stand left"


def distance(point, start, end) -> float:
    """From a point to the segment between two others."""
    (px, py), (ax, ay), (bx, by) = point, start, end
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = max(0.0, min(1.0, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length))
    return ((px - ax - along * (bx - ax)) ** 2 + (py - ay - along * (by - ay)) ** 2) ** 0.5


def test_the_team_s_broken_surveys_have_sound_models(shared_folder):
    files = sorted((shared_folder / "samples" / "degenerate").glob("*.model.txt"))
    assert len(files) == 12
    for path in files:
        spec = parse_model(path.read_text(encoding="utf-8"), file=path.name)
        codes = {fault.code for fault in identify(spec)}
        single = path.name.startswith("d07")
        assert codes == ({"SINGLE_INDICATOR"} if single else set()), path.name
