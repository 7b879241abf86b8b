"""YAML with places: what is read, what is refused, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_engine.errors import AuthoringError
from survey_engine.instrument.dump import dump_plain
from survey_engine.instrument.yaml_document import MAX_DEPTH, compose_document


def test_values_keep_their_type_and_place():
    document = compose_document("a: 1\nb:\n  - x\n  - 'no'\nc: 1:10\nd: 010\n", file="f")
    assert document.data == {"a": 1, "b": ["x", "no"], "c": "1:10", "d": "010"}
    assert document.position(("b", "1")) == (4, 5)
    assert document.position(("c",)) == (5, 1)
    assert document.position(("b", "7")) == (2, 1), "the nearest parent that stands there"


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\na: 2\n", "YAML_DUPLICATE_KEY", 2, 1),
        ("a: yes\n", "YAML_BOOLEAN", 1, 4),
        ("a:\n  OFF: 1\n", "YAML_BOOLEAN", 2, 3),
        ("a: &x 1\nb: *x\n", "YAML_ALIAS", 1, 4),
        ("a: !!python/object/apply:os.system ['x']\n", "YAML_TAG", 1, 4),
        ("a: 1\n--- \nb: 2\n", "YAML_SEVERAL_DOCUMENTS", 2, 1),
        ("a:\n\t- b\n", "YAML_TAB", 2, 1),
        ("a: b: c\n", "YAML_SYNTAX", 1, 5),
        ("? [a, b]\n: 1\n", "YAML_KEY", 1, 3),
        ("1.5: a\n", "YAML_KEY", 1, 1),
        ("# nothing\n", "NOTHING_WRITTEN", 1, 1),
        ("", "NOTHING_WRITTEN", 1, 1),
        ("a: \ud800", "TEXT_NOT_UNICODE", 1, 1),
        ("a: [" + "[" * MAX_DEPTH + "\n", "YAML_TOO_DEEP", 1, MAX_DEPTH + 4),
    ],
)
def test_refused_with_its_place(text, code, line, column, faults):
    (fault,) = faults(compose_document, text, file="f.yaml")
    assert (fault.code, fault.where.file) == (code, "f.yaml")
    assert (fault.where.line, fault.where.column) == (line, column)


def test_duplicate_key_names_the_first_line(faults):
    (fault,) = faults(compose_document, "b: 0\na: 1\nc: 2\na: 2\n", file="f")
    assert dict(fault.parameters) == {"key": "a", "first": 2}


def test_an_alias_bomb_is_refused_before_anything_is_built(faults):
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
    )
    assert faults(compose_document, bomb, file="f")[0].code == "YAML_ALIAS"


def test_limits_on_size_and_number_of_values(faults):
    assert faults(compose_document, "a: " + "x" * 1_000_001, file="f")[0].code == (
        "TEXT_TOO_LARGE"
    )
    many = "a: [" + "1," * 100_001 + "]"
    assert faults(compose_document, many, file="f")[0].code == "YAML_TOO_MANY_VALUES"


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), PLAIN, min_size=1, max_size=4))
def test_reading_what_was_dumped_is_identity(data):
    assert compose_document(dump_plain(data), file="f").data == data


@given(st.text(max_size=300) | st.text(alphabet="ab:-[]{}&*!#'\" \n\t?|>%@,0", max_size=80))
def test_any_text_is_read_or_refused_by_name(text):
    faults = ()
    try:
        compose_document(text, file="f")
    except AuthoringError as refused:
        faults = refused.diagnostics
    assert all(fault.where.line >= 1 for fault in faults)
