"""The automatic choices, and what is refused by name."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.errors import EstimationError
from survey_engine.estimation.parameter_table import ParameterTable, parameter_table
from survey_engine.spec.model import Construct, ModelSpec, Statement
from survey_engine.spec.parse import parse_model_text


def _rows(table: ParameterTable, *, free: bool | None = None) -> list[str]:
    return [
        f"{e.lhs}{e.op}{e.rhs}" for e in table.entries if free is None or bool(e.free) == free
    ]


def _table(text: str, **options: bool) -> ParameterTable:
    return parameter_table(parse_model_text(text, file="m"), **options)


def test_rows_as_written_then_added_in_lavaans_order() -> None:
    table = _table("F =~ a + b\nG =~ c + d\nH =~ e + f\nH ~ F\na ~~ c")
    assert _rows(table) == [
        *("F=~a", "F=~b", "G=~c", "G=~d", "H=~e", "H=~f", "H~F", "a~~c"),
        *("a~~a", "b~~b", "c~~c", "d~~d", "e~~e", "f~~f"),
        *("F~~F", "G~~G", "H~~H", "F~~G"),
    ]
    assert _rows(table, free=False) == ["F=~a", "G=~c", "H=~e"]
    assert (table.npar, table.df) == (15, 6)


def test_residuals_of_final_outcomes_covary_but_not_those_of_mediators() -> None:
    table = _table("F =~ a+b\nM =~ c+d\nG =~ e+f\nH =~ g+h\nM ~ F\nG ~ M\nH ~ M")
    covariances = [
        r for r in _rows(table) if "~~" in r and r.split("~~")[0] != r.split("~~")[1]
    ]
    assert covariances == ["G~~H"]


def test_exogenous_observed_predictors_are_taken_from_the_sample() -> None:
    text = "F =~ a + b + c\nF ~ x + z"
    fixed, free = _table(text), _table(text, fixed_x=False)
    assert _rows(fixed)[-3:] == ["x~~x", "x~~z", "z~~z"]
    assert [e.from_sample for e in fixed.entries[-3:]] == [1.0, 1.0, 1.0]
    assert free.npar == fixed.npar + 3
    assert free.df == fixed.df


def test_a_single_indicator_has_no_error_unless_a_reliability_says_so() -> None:
    spec = ModelSpec(
        id="m",
        constructs=(
            Construct(name="F", indicators=("a", "b", "c")),
            Construct(name="S", indicators=("s",), kind="single_item", reliability=0.8),
        ),
    )
    (error,) = [e for e in parameter_table(spec).entries if e.lhs == e.rhs == "s"]
    assert error.from_sample == pytest.approx(0.2)
    assert error.free == 0
    (error,) = [e for e in _table("F =~ a+b+c\nS =~ s").entries if e.lhs == e.rhs == "s"]
    assert (error.value, error.free) == (0.0, 0)


def test_std_lv_and_freed_markers() -> None:
    table = _table("F =~ a + b + c", std_lv=True)
    assert _rows(table, free=False) == ["F~~F"]
    table = _table("F =~ NA*a + b + c\nF ~~ 1*F")
    assert _rows(table, free=False) == ["F~~F"]


def test_labels_share_a_number_and_equations_remove_parameters() -> None:
    table = _table("F =~ a + l*b + l*c + k*d\nk == 2*l")
    numbers = {f"{e.lhs}{e.op}{e.rhs}": e.free for e in table.entries}
    assert numbers["F=~b"] == numbers["F=~c"] != numbers["F=~d"]
    assert table.n_free == table.npar + 1
    np.testing.assert_allclose(table.basis.T @ table.basis, np.eye(table.npar), atol=1e-12)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("F =~ a + b + c\nF ~1", "F ~1"),
        ("F =~ a + b + c\na | t1", "a | t1"),
        ("F <~ a + b + c\nG =~ d + e + f\nG ~ F", "F <~ a"),
        ("F =~ a + l*b + c\nl > 0", "l > 0"),
        ("F =~ a + l*b + k*c\nl == k^2", "l == k^2"),
        ("F =~ a + c(1, 2)*b + c", "F =~ b"),
    ],
)
def test_what_it_cannot_do_is_refused_by_name(text: str, what: str) -> None:
    with pytest.raises(EstimationError) as caught:
        _table(text)
    first = caught.value.diagnostics[0]
    assert first.code == "NOT_SUPPORTED_YET"
    assert first.parameters["what"] == what
    assert first.where.parameters == (what,)


def test_impossible_constraints_unknown_labels_and_duplicates() -> None:
    cases = {
        "F =~ a + l*b + c\nl == 1\nl == 2": "CONSTRAINT_IMPOSSIBLE",
        "F =~ a + l*b + c\nx := l * nothing": "BAD_EXPRESSION",
        "F =~ a + l*b + c\nl == nothing": "BAD_EXPRESSION",
    }
    for text, code in cases.items():
        with pytest.raises(EstimationError) as caught:
            _table(text)
        assert caught.value.diagnostics[0].code == code, text
    twice = tuple(Statement(lhs="F", op="=~", rhs=item) for item in ("a", "b", "a"))
    spec = ModelSpec(id="m", constructs=(), statements=twice)
    with pytest.raises(EstimationError) as caught:
        parameter_table(spec)
    assert caught.value.diagnostics[0].code == "DUPLICATE_PARAMETER"
