"""Shape of a model: each fault is named with the construct, the line and the remedy."""

from __future__ import annotations

import json

import pytest

from survey_engine.errors import Severity
from survey_engine.spec.degrees_of_freedom import degrees_of_freedom
from survey_engine.spec.identify import identify
from survey_engine.spec.model import Construct, ModelSpec, Path, Roles
from survey_engine.spec.parse import parse_model

MODEL = """\
id: m
constructs:
  - { name: Image, indicators: [i1, i2, i3] }
  - { name: Value, indicators: [v1, v2, v3] }
  - { name: Satisfaction, indicators: [s1, s2, s3] }
paths:
  - { from: Image, to: Value }
  - { from: Value, to: Satisfaction }
  - { from: Image, to: Satisfaction }
"""


def check(text: str, file: str = "m.yaml"):
    return identify(parse_model(text, file=file), file=file)


def test_a_sound_model_says_nothing():
    assert check(MODEL) == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "constructs"),
    [
        ("from: Value, to: S", "from: Valeu, to: S", "UNKNOWN_CONSTRUCT", 8, ("Valeu",)),
        ("to: Value", "to: Image", "SELF_PATH", 7, ("Image",)),
        ("from: Image, to: S", "from: Value, to: S", "DUPLICATE_PATH", 9, ()),
        ("from: Image, to: S", "from: Satisfaction, to: I", "SELF_PATH", 9, None),
        ("name: Value", "name: Image", "DUPLICATE_CONSTRUCT", 3, ("Image",)),
        ("[v1, v2, v3]", "[v1, v2, i3]", "DUPLICATE_INDICATOR", 4, ("Image", "Value")),
        ("[v1, v2, v3]", "[v1, v2, v1]", "DUPLICATE_TERM", 4, ()),
        ("[v1, v2, v3]", "[v1]", "SINGLE_INDICATOR", 4, ("Value",)),
    ],
)
def test_a_fault_is_named_with_its_line(old, new, code, line, constructs):
    assert old in MODEL
    if constructs is None:  # Image -> Value -> Satisfaction -> Image
        (fault,) = check(
            MODEL.replace("from: Image, to: Satisfaction", "from: Satisfaction, to: Image")
        )
        assert fault.code == "CYCLIC_MODEL"
        assert fault.parameters["cycle"] == "Image → Value → Satisfaction → Image"
        assert set(fault.where.constructs) == {"Image", "Value", "Satisfaction"}
        assert fault.where.file == "m.yaml"
        assert fault.where.line in (7, 8, 9)
        assert len(fault.where.parameters) == 3
        return
    found = [one for one in check(MODEL.replace(old, new, 1)) if one.code == code]
    assert [(one.where.line, one.where.constructs) for one in found] == [(line, constructs)]


def test_a_misspelt_construct_is_answered_with_the_closest_name():
    (fault, *_) = check(MODEL.replace("from: Image, to: S", "from: Imgae, to: S"))
    assert fault.severity is Severity.ERROR
    assert fault.parameters["suggestion"] == "Image"
    assert fault.parameters["known"] == ["Image", "Value", "Satisfaction"]
    assert fault.where.parameters == ("Satisfaction~Imgae",)


def test_an_unconnected_construct_is_an_error_beside_paths_only():
    lonely = MODEL.replace("paths:", "  - { name: Lonely, indicators: [l1, l2] }\npaths:")
    (fault,) = check(lonely)
    assert (fault.code, fault.where.line) == ("UNCONNECTED_CONSTRUCT", 6)
    assert fault.where.constructs == ("Lonely",)
    assert check("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3", "m.txt") == (), "a CFA has no paths"
    mimic = "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nA ~ B\nC ~ x"
    assert check(mimic, "m.txt") == (), "C depends on an observed variable"
    higher = "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nG =~ A + B\nC =~ c1 + c2 + c3\nA ~ C"
    assert check(higher, "m.txt") == (), "B takes part as an indicator of G, G through A"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("f =~ g\ng =~ f", ["CYCLIC_MODEL"]),
        ("y ~ x\nx ~ z\nz ~ y", ["CYCLIC_MODEL"]),
        ("y ~ x\nx ~ 0*y", []),
        ("f =~ x + y + z\nf <~ w", ["MIXED_MEASUREMENT"]),
        ("f =~ f + y + z", ["SELF_PATH"]),
        ("f =~ x + y + z\nx ~~ y\ny ~~ x", ["DUPLICATE_TERM"]),
        ("y ~ a*x\ni := a*b", ["UNKNOWN_LABEL"]),
        ("y ~ a*x + b*z\ni := a*b\nj := i + 1\na == b", []),
        ("f =~ x + y", ["NEGATIVE_DEGREES_OF_FREEDOM"]),
    ],
)
def test_model_text_is_checked_too(text, codes):
    found = [fault.code for fault in check(text, "m.txt")]
    assert [code for code in found if code != "SINGLE_INDICATOR"] == codes


def test_a_long_chain_does_not_exhaust_the_stack():
    chain = "\n".join(f"x{i} ~ x{i + 1}" for i in range(5000))
    assert check(chain, "m.txt") == ()
    (fault,) = check(chain + "\nx5000 ~ x0", "m.txt")
    assert fault.code == "CYCLIC_MODEL"


def test_a_model_made_in_python_is_checked_without_places():
    spec = ModelSpec(
        id="m",
        constructs=(
            Construct(name="A", indicators=("a", "b", "c")),
            Construct(name="B", indicators=()),
        ),
        paths=(Path(source="A", target="C"),),
        roles=Roles(index="D"),
        layout={"E": {"column": 0, "row": 0}},
    )
    assert {fault.code for fault in identify(spec)} == {
        "EMPTY_CONSTRUCT",
        "UNCONNECTED_CONSTRUCT",
        "UNKNOWN_CONSTRUCT",
        "UNKNOWN_ROLE",
        "UNKNOWN_LAYOUT",
    }
    assert all(fault.where.line is None for fault in identify(spec))


@pytest.mark.parametrize(
    ("file", "skipped"),
    [
        ("holzinger_cbsem_lavaan", {"ml_orthogonal", "ml_bifactor_s_minus_1"}),
        ("political_democracy_cbsem_lavaan", set()),
        ("mobi_cbsem_lavaan", set()),
    ],
)
def test_degrees_of_freedom_are_those_of_lavaan(shared_folder, file, skipped):
    golden = json.loads((shared_folder / "golden" / f"{file}.json").read_text("utf-8"))
    compared = 0
    for name, model in golden["models"].items():
        df = (model.get("fit_measures") or model.get("fit") or {}).get("df")
        if df is None or name in skipped:  # options outside the model text change the count
            continue
        assert degrees_of_freedom(parse_model(model["model_syntax"], file=name)) == df, name
        compared += 1
    assert compared >= 8


def test_degrees_of_freedom_of_textbook_models():
    assert degrees_of_freedom(parse_model("f =~ a + b + c", file="m")) == 0
    three = "f =~ a+b+c\ng =~ d+e+f1\nh =~ i+j+k"
    assert degrees_of_freedom(parse_model(three, file="m")) == 24
    assert degrees_of_freedom(parse_model("f <~ a + b + c", file="m")) is None
    assert degrees_of_freedom(parse_model("y ~ x\nz ~ y", file="m")) == 1
