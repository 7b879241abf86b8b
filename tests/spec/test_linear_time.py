"""Reading model text looks at every character and token a fixed number of times.

Counted, not timed: a timer on a shared machine proves nothing.
"""

from __future__ import annotations

import pytest

from survey_engine.spec import model_text, tokens
from survey_engine.spec.identify import identify
from survey_engine.spec.model_text import parse_model_text
from survey_engine.spec.modifiers import Cursor


class CountingText(str):
    """Text that counts how often a character or slice is looked at."""

    looked = 0

    def __getitem__(self, place):
        type(self).looked += 1
        return super().__getitem__(place)


def looks(text: str) -> int:
    CountingText.looked = 0
    tokens.tokenize(CountingText(text), file="m")
    return CountingText.looked


SHAPES = {
    "terms": "f =~ x" + " + x1" * 50 + "\n",
    "nested quantifier": "y ~ " + "x" * 28 + "!" * 4 + "\n",
    "numbers": "y ~ 1e-3*x + 0.5*z\n",
    "brackets": "i := " + "(" * 40 + "a" + ")" * 40 + "\n",
    "comments": "# y ~ x\n" * 4,
    "blank lines": "y ~ x\n\n\n\n\n\n\n\n",
    "strings": 'f =~ "a"*x + label("b")*y\n',
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_characters_are_looked_at_a_fixed_number_of_times(shape):
    once, often = looks(shape * 10), looks(shape * 100)
    assert often <= 10 * once
    assert once <= 4 * len(shape * 10)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_tokens_are_taken_a_fixed_number_of_times(shape, monkeypatch):
    steps = 0
    original = Cursor.peek

    def counted(self, ahead=0):
        nonlocal steps
        steps += 1
        return original(self, ahead)

    monkeypatch.setattr(Cursor, "peek", counted)
    # other names on each line, so that no line repeats a parameter
    lines = [shape.replace("x", f"x{i}_").replace("i :=", f"i{i} :=") for i in range(60)]
    counts = []
    for size in (6, 60):
        steps = 0
        text = "".join(lines[:size]).replace("y ~ 1e", "y ~1\ny ~ 1e")
        parse_model_text(text + "\nend ~ x", file="m")
        counts.append((steps, len(tokens.tokenize(text, file="m"))))
    (few_steps, few), (many_steps, many) = counts
    assert many_steps / many <= few_steps / few * 1.5 + 1


def test_one_long_statement_costs_the_same_per_term(monkeypatch):
    adds = 0
    original = model_text._Collector.add

    def counted(self, term):
        nonlocal adds
        adds += 1
        original(self, term)

    monkeypatch.setattr(model_text._Collector, "add", counted)
    text = "f =~ " + "+".join(f"x{i}" for i in range(20_000))
    assert len(parse_model_text(text, file="m").constructs[0].indicators) == 20_000
    assert adds == 20_000


def test_deep_brackets_do_not_exhaust_the_stack():
    depth = 100_000
    text = "i := " + "(" * depth + "a" + ")" * depth
    assert parse_model_text(text, file="m").statements[0].rhs.count("(") == depth


@pytest.mark.parametrize(
    "line",
    ["f{i} =~ x{i}\nf{i} ~ f{j}\n", "a{i} == b{i}\n", "f{i} ~ g{i}\ng{i} ~ f{i}\n", "f =~ x\n"],
)
def test_faults_are_told_in_limited_number(line):
    text = "".join(line.format(i=i, j=i + 1) for i in range(2000))
    assert len(identify(parse_model_text(text, file="m"))) <= 101


def test_statements_that_multiply_are_limited(faults):
    wide = "+".join(f"v{i}" for i in range(400))
    other = "+".join(f"u{i}" for i in range(400))
    text = f"{wide} ~ {other}\n" * 2
    codes = {fault.code for fault in faults(parse_model_text, text, file="m")}
    assert codes == {"MODEL_TEXT_TOO_MANY_TERMS"}
