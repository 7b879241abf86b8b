"""Model text: lavaan's language, read into statements, constructs and paths."""

from __future__ import annotations

import pytest

from survey_engine.spec.model import Path
from survey_engine.spec.model_text import parse_model_text
from survey_engine.spec.parse import parse_model


def terms(text: str) -> list[tuple[str, str, str]]:
    spec = parse_model_text(text, file="m.txt")
    return [(s.lhs, s.op, s.rhs) for s in spec.statements]


def only(text: str):
    (statement,) = parse_model_text(text, file="m.txt").statements
    return statement


def test_constructs_and_paths_come_from_the_statements():
    spec = parse_model_text(
        "A =~ a1 + a2\nB <~ b1 + b2\nC =~ c1\nG =~ A + B\nC ~ A + 0*B + x\nC ~~ A\nA =~ a3",
        file="folder/my model.txt",
    )
    assert spec.id == "my model"
    assert [(c.name, c.kind, c.indicators) for c in spec.constructs] == [
        ("A", "reflective", ("a1", "a2", "a3")),
        ("B", "composite", ("b1", "b2")),
        ("C", "single_item", ("c1",)),
        ("G", "higher_order", ("A", "B")),
    ]
    assert spec.paths == (Path(source="A", target="C"),), "0*B is no path, x no construct"


def test_a_model_of_observed_variables_needs_no_constructs():
    spec = parse_model_text("y ~ x + z\nz ~ x", file="m")
    assert spec.constructs == ()
    assert spec.paths == ()
    assert len(spec.statements) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b ~ c + d", [("a", "~", "c"), ("a", "~", "d"), ("b", "~", "c"), ("b", "~", "d")]),
        ("y ~1; z ~ 1 + x", [("y", "~1", ""), ("z", "~1", ""), ("z", "~", "x")]),
        ("y ~ x # comment ~ z\n! all of it", [("y", "~", "x")]),
        ("y ~\n x +\n\n  z", [("y", "~", "x"), ("y", "~", "z")]),
        ("y ~ x\n + z\n", [("y", "~", "x"), ("y", "~", "z")]),
        ("f =~ x\n f ~~ f", [("f", "=~", "x"), ("f", "~~", "f")]),
        ("满意.1 =~ 题_1 + 题_2", [("满意.1", "=~", "题_1"), ("满意.1", "=~", "题_2")]),
        ("y ~ A:B + A", [("y", "~", "A:B"), ("y", "~", "A")]),
        ("u | t1 + t2", [("u", "|", "t1"), ("u", "|", "t2")]),
        ("i := (a+b) * exp( -c )^2", [("i", ":=", "(a + b)*exp(-c)^2")]),
        (
            "a + b == 1\na > 0; b < 2**3",
            [("a + b", "==", "1"), ("a", ">", "0"), ("b", "<", "2^3")],
        ),
        ("y ~ c(\n1,\n2)*x", [("y", "~", "x")]),
        ("y~x\r\nz~x\r\n", [("y", "~", "x"), ("z", "~", "x")]),
    ],
)
def test_statements(text, expected):
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("term", "fixed", "start", "label"),
    [
        ("0.8*x", (0.8,), (), ()),
        ("-1e-3*x", (-0.001,), (), ()),
        ("NA*x", (None,), (), ()),
        ("a*x", (), (), ("a",)),
        ('"a"*x', (), (), ("a",)),
        ('label("a")*x', (), (), ("a",)),
        ("start(.5)*x", (), (0.5,), ()),
        ("0.5?x", (), (0.5,), ()),
        ("c(a, b)*x", (), (), ("a", "b")),
        ("c(NA, 1)*x", (None, 1.0), (), ()),
        ("start(c(1, -2))*x", (), (1.0, -2.0), ()),
        ("NA*x + start(.5)*x + a*x", (None,), (0.5,), ("a",)),
        ("x\nf =~ a*x", (), (), ("a",)),
    ],
)
def test_modifiers(term, fixed, start, label):
    statement = only(f"f =~ {term}")
    assert (statement.fixed, statement.start, statement.label) == (fixed, start, label)


def test_intercepts_take_modifiers_and_zero():
    spec = parse_model_text("y ~ a*1\nz ~ 0\nw ~ 0*1", file="m")
    assert [(s.op, s.fixed, s.label) for s in spec.statements] == [
        ("~1", (), ("a",)),
        ("~1", (0.0,), ()),
        ("~1", (0.0,), ()),
    ]


def test_equal_gives_both_parameters_one_label():
    spec = parse_model_text('f =~ x + y + equal("f =~ y")*z + b*v + equal("f=~v")*w', file="m")
    assert [s.label for s in spec.statements] == [
        (),
        ("equal.1",),
        ("equal.1",),
        ("b",),
        ("b",),
    ]


def test_statements_know_their_place():
    spec = parse_model_text("# head\nf =~ x +\n  2*y", file="m")
    assert [(s.line, s.column) for s in spec.statements] == [(2, 6), (3, 3)]


def test_yaml_and_model_text_are_told_apart():
    text = "id: m\nconstructs:\n  - { name: A, indicators: [a, b] }\n"
    assert parse_model(text, file="noending").construct_names == ("A",)
    assert parse_model("A =~ a + b", file="noending").construct_names == ("A",)
    assert parse_model("! x\nA =~ a + b", file="noending").construct_names == ("A",)


def test_yaml_takes_further_statements_as_text():
    text = (
        "id: m\nconstructs:\n  - { name: A, indicators: [a, b, c] }\n"
        "statements: |\n  A =~ 0.5*b\n  a ~~ b\n"
    )
    spec = parse_model(text, file="m.yaml")
    assert [(s.lhs, s.op, s.rhs, s.fixed, s.line) for s in spec.statements] == [
        ("A", "=~", "a", (), 3),
        ("A", "=~", "c", (), 3),
        ("A", "=~", "b", (0.5,), 5),
        ("a", "~~", "b", (), 6),
    ]
