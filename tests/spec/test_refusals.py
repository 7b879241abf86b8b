"""What model text and model files refuse: code, line, column and the offending piece."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_engine.errors import AuthoringError
from survey_engine.spec.expression import parse_expression
from survey_engine.spec.identify import identify
from survey_engine.spec.model_text import parse_model_text
from survey_engine.spec.parse import parse_model


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "found"),
    [
        ('y ~ start(system("rm -rf"))*x', "MODEL_TEXT_FUNCTION", 1, 11, "system"),
        ("y ~ x\nz ~ exec(1)*x", "MODEL_TEXT_FUNCTION", 2, 5, "exec"),
        ("i := __import__(a)", "MODEL_TEXT_FUNCTION", 1, 6, "__import__"),
        ('a == system("x")', "MODEL_TEXT_FUNCTION", 1, 6, "system"),
        ("y ~ x$1", "MODEL_TEXT_CHARACTER", 1, 6, "$"),
        ("y ~ x\x00", "MODEL_TEXT_CHARACTER", 1, 6, "U+0000"),
        ("质量 \uff5e 形象", "MODEL_TEXT_FULLWIDTH", 1, 4, "\uff5e"),
        ("f =~ x \uff0b y", "MODEL_TEXT_FULLWIDTH", 1, 8, "\uff0b"),
        ('f =~ "abc\n*x', "MODEL_TEXT_STRING", 1, 6, '"abc'),
        ("f =~ 1.2.3*x", "MODEL_TEXT_NUMBER", 1, 6, "1.2.3"),
        ("f =~ 1e999*x", "MODEL_TEXT_NUMBER", 1, 6, "1e999"),
        ("y x", "MODEL_TEXT_NO_OPERATOR", 1, 1, "y"),
        ("y = x", "MODEL_TEXT_OPERATOR", 1, 3, "="),
        ("a <= 1", "MODEL_TEXT_OPERATOR", 1, 3, "<="),
        ("y ~ x +", "MODEL_TEXT_NAME", 1, 8, "…"),
        ("~ x", "MODEL_TEXT_NAME", 1, 1, "~"),
        ("f =~ 1", "MODEL_TEXT_NAME", 1, 6, "1"),
        ("A:B =~ x", "MODEL_TEXT_NAME", 1, 1, "A:B"),
        ("a + 1 := b", "MODEL_TEXT_NAME", 1, 1, "a"),
        ("y ~ x1 x2", "MODEL_TEXT_UNEXPECTED", 1, 8, "x2"),
        ("y ~ x ~ z", "MODEL_TEXT_UNEXPECTED", 1, 7, "~"),
        ("y ~ c(a, 1)*x", "MODEL_TEXT_MODIFIER", 1, 7, "a"),
        ('y ~ "two words"*x', "MODEL_TEXT_MODIFIER", 1, 5, "two words"),
        ("y ~ 2^2*x", "MODEL_TEXT_NAME", 1, 5, "2"),
        ("y ~ a*x + b*x", "MODEL_TEXT_MODIFIER_CONFLICT", 1, 11, "y ~ x"),
        ("y ~ c(a,b)*x + c(1,2,3)*x", "MODEL_TEXT_MODIFIER_CONFLICT", 1, 16, "y ~ x"),
        ('f =~ x1 + equal("f=~x9")*x2', "MODEL_TEXT_EQUAL_TARGET", 1, 11, "f =~ x2"),
        ("i := a + * b", "MODEL_TEXT_EXPRESSION", 1, 10, "*"),
        ("i := (a + b", "MODEL_TEXT_EXPRESSION", 1, 12, "…"),
        ("i := a b", "MODEL_TEXT_EXPRESSION", 1, 8, "b"),
        ("level: 1\ny ~ x", "MODEL_TEXT_BLOCK", 1, 1, "level"),
    ],
)
def test_refused_with_its_place(text, code, line, column, found, faults):
    fault = faults(parse_model_text, text, file="m.txt")[0]
    assert (fault.code, fault.where.line, fault.where.column) == (code, line, column)
    assert fault.parameters["found"] == found
    assert fault.where.file == "m.txt"


def test_an_empty_text_and_a_huge_one_are_refused(faults):
    assert faults(parse_model_text, "# nothing\n", file="m")[0].code == "NOTHING_WRITTEN"
    assert faults(parse_model_text, "x" * 2**21, file="m")[0].code == "TEXT_TOO_LARGE"
    wide = "+".join(f"x{i}" for i in range(1000))
    assert faults(parse_model_text, f"{wide} ~~ {wide}", file="m")[0].code == (
        "MODEL_TEXT_TOO_MANY_TERMS"
    )


def test_every_faulty_statement_is_reported(faults):
    found = faults(parse_model_text, "y ~ x +;\nf =~ x1\nz ~ a b\nq", file="m")
    assert [(fault.code, fault.where.line) for fault in found] == [
        ("MODEL_TEXT_NAME", 1),
        ("MODEL_TEXT_UNEXPECTED", 3),
        ("MODEL_TEXT_NO_OPERATOR", 4),
    ]


def test_yaml_faults_name_the_line(faults):
    head = "id: m\nconstructs:\n"
    cases = [
        ("  - { name: A, indicator: [a] }\n", "UNKNOWN_KEY", 3),
        ("  - { name: A, indicators: a }\n", "EXPECTED_LIST", 3),
        ("  - { name: A, indicators: [] }\n", "EMPTY_CONSTRUCT", 3),
        ("  - { name: A, indicators: [a], kind: formative }\n", "NOT_ALLOWED_VALUE", 3),
        ("  - { name: A, indicators: [a], reliability: 2 }\n", "NUMBER_OUT_OF_BOUNDS", 3),
        ("  - { name: A, indicators: [a] }\nroles:\n  index: B\n", "UNKNOWN_ROLE", 5),
        ("  - { name: A, indicators: [a] }\nstatements: [1]\n", "EXPECTED_TEXT", 4),
        ("  - { name: A, indicators: [a] }\nstatements: |\n  A =~ b\n",
         "STATEMENTS_BEYOND_MODEL", 5),
        ("  - { name: A, indicators: [a] }\nstatements: |\n  A ~~~ b\n", "MODEL_TEXT_NAME", 5),
    ]  # fmt: skip
    for tail, code, line in cases:
        fault = faults(parse_model, head + tail, file="m.yaml")[0]
        assert (fault.code, fault.where.line) == (code, line)


@given(
    st.text(max_size=200) | st.text(alphabet="abxf12.0 \n;~=<>:|+-*/^(),?\"'#!NAc", max_size=60)
)
def test_any_text_is_read_or_refused_by_name(text):
    for parse in (parse_model_text, parse_model):
        try:
            spec = parse(text, file="m.txt")
        except AuthoringError as refused:
            faults = refused.diagnostics
        else:
            faults = identify(spec)
        assert all((fault.where.line or 1) >= 1 for fault in faults)


@given(st.text(alphabet="ab1.+-*/^() ", max_size=40))
def test_canonical_expressions_are_stable(text):
    try:
        first = parse_expression(text)
    except AuthoringError:
        return
    assert parse_expression(first.text) == first


@pytest.mark.parametrize(
    ("text", "postfix"),
    [
        ("a+b*c", "a b c * +"),
        ("-a^2", "a 2 ^ neg"),
        ("a^b^c", "a b c ^ ^"),
        ("a-b-c", "a b - c -"),
        ("a^-b+c", "a b neg ^ c +"),
        ("exp(a+b)*2", "a b + exp() 2 *"),
        ("sqrt(abs(a))/log(b)", "a abs() sqrt() b log() /"),
        ("-(a+b)*c", "a b + neg c *"),
    ],
)
def test_expressions_in_postfix_order(text, postfix):
    assert parse_expression(text).postfix == tuple(postfix.split())
