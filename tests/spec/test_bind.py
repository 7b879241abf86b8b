"""A model and its columns."""

from __future__ import annotations

from survey_engine.instrument.model import Instrument, Item, ResponseScale
from survey_engine.spec.bind import bind, observed_variables
from survey_engine.spec.parse import parse_model

TEXT = "Image =~ IMAG1 + IMAG2\nValue =~ PERV1\nValue ~ Image + age\n"


def test_a_model_whose_columns_are_all_there_says_nothing():
    spec = parse_model(TEXT, file="m.txt")
    assert observed_variables(spec) == ("IMAG1", "IMAG2", "PERV1", "age")
    assert bind(spec, columns=["PERV1", "IMAG2", "IMAG1", "age", "other"]) == ()


def test_a_missing_column_is_named_once_with_its_line_and_the_closest():
    spec = parse_model(TEXT.replace("PERV1", "PERV9"), file="m.txt")
    (fault,) = bind(spec, columns=["IMAG1", "IMAG2", "PERV1", "age"], file="m.txt")
    assert fault.code == "UNKNOWN_INDICATOR"
    assert (fault.where.items, fault.where.file, fault.where.line) == (("PERV9",), "m.txt", 2)
    assert fault.parameters["suggestion"] == "PERV1"
    assert fault.parameters["available"] == ["IMAG1", "IMAG2", "PERV1", "age"]


def test_a_misspelt_construct_in_a_formula_is_called_so():
    spec = parse_model(TEXT.replace("~ Image", "~ Imgae"), file="m.txt")
    (fault,) = bind(spec, columns=["IMAG1", "IMAG2", "PERV1", "age"])
    assert (fault.code, fault.where.constructs) == ("UNKNOWN_CONSTRUCT", ("Imgae",))
    assert (fault.where.line, fault.parameters["suggestion"]) == (3, "Image")


def test_a_question_the_data_lack_is_told_from_a_misspelling():
    instrument = Instrument(
        id="i",
        version="1",
        title={"en": "t"},
        languages=("en",),
        scales=(ResponseScale(id="s", minimum=1, maximum=10),),
        items=(Item(id="PERV1", text={"en": "?"}, scale="s"),),
    )
    spec = parse_model(TEXT, file="m.txt")
    (fault,) = bind(spec, columns=["IMAG1", "IMAG2", "age"], instrument=instrument)
    assert (fault.code, fault.where.items) == ("INDICATOR_NOT_IN_DATA", ("PERV1",))


def test_interactions_need_their_parts():
    spec = parse_model("y ~ a:b + c", file="m.txt")
    assert observed_variables(spec) == ("a", "b", "y", "c")
