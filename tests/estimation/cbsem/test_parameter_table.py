"""The automatic choices, and what is refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from survey_engine.errors import EstimationError
from survey_engine.estimation.cbsem.choices import Choices
from survey_engine.estimation.parameter_table import ParameterTable, parameter_table
from survey_engine.spec.model import Construct, ModelSpec, Statement
from survey_engine.spec.parse import parse_model_text


def _rows(table: ParameterTable, *, free: bool | None = None) -> list[str]:
    return [
        f"{e.lhs}{e.op}{e.rhs}" for e in table.entries if free is None or bool(e.free) == free
    ]


def _table(text: str, **options: Any) -> ParameterTable:
    return parameter_table(parse_model_text(text, file="m"), Choices(**options))


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
        ("F =~ a + b + c\nG =~ d + e + f\nG ~ F:F", "G ~ F:F"),
        ("F =~ a + l*b + k*c\nl == k^2\nl > 0", "l == k^2"),
        ("F =~ a + l*b + k*c\nl > k^2", "l > k^2"),
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


def test_intercepts_are_free_and_latent_means_zero_where_means_are_modelled() -> None:
    table = _table("F =~ a + b + c\nF ~ x\na ~ 1", meanstructure=None)
    means = {e.lhs: (e.free > 0, e.value, e.from_sample) for e in table.entries if e.op == "~1"}
    assert means == {
        "a": (True, None, None),
        "b": (True, None, None),
        "c": (True, None, None),
        "x": (False, None, 1.0),
        "F": (False, 0.0, None),
    }
    # 3 + 3 + 3 ... : 3 means and 9 of the 10 second moments (x's own is taken).
    assert (table.moments, table.df) == (12, 12 - table.npar)


def test_growth_turns_intercepts_and_latent_means_round() -> None:
    table = _table("i =~ 1*a + 1*b + 1*c\ns =~ 0*a + 1*b + 2*c", kind="growth")
    free = [e.lhs for e in table.entries if e.op == "~1" and e.free]
    assert free == ["i", "s"]


def test_group_equal_shares_numbers_and_frees_what_it_identifies() -> None:
    text = "F =~ a + b + c + d"
    groups = ("north", "south")
    plain = _table(text, groups=groups)
    metric = _table(text, groups=groups, group_equal=("loadings",))
    scalar = _table(text, groups=groups, group_equal=("loadings", "intercepts"))
    partial = _table(
        text,
        groups=groups,
        group_equal=("loadings", "intercepts"),
        group_partial=("d ~ 1", "F=~c"),
    )
    assert [t.npar for t in (plain, metric, scalar, partial)] == [24, 21, 18, 20]
    assert [t.df for t in (plain, metric, scalar, partial)] == [4, 7, 10, 8]
    latent = [e for e in scalar.entries if e.lhs == "F" and e.op == "~1"]
    assert [(e.group, e.free > 0, e.value) for e in latent] == [
        (1, False, 0.0),
        (2, True, None),
    ]
    labels = {e.text: e.label for e in metric.rows if e.label}
    assert labels == {"F =~ b": ".p2.", "F =~ c": ".p3.", "F =~ d": ".p4."}
    variances = _table(text, groups=groups, group_equal=("loadings",), std_lv=True)
    own = [e.free > 0 for e in variances.entries if e.text == "F ~~ F"]
    assert own == [False, True]


def test_modifiers_per_group_fix_label_and_start() -> None:
    text = "F =~ a + c(x, y)*b + c(1, NA)*d + start(0.5)*e"
    table = _table(text, groups=("g", "h"))
    of = {(e.text, e.group): e for e in table.entries}
    assert [of["F =~ b", g].label for g in (1, 2)] == ["x", "y"]
    assert (of["F =~ d", 1].value, of["F =~ d", 1].free) == (1.0, 0)
    assert of["F =~ d", 2].free > 0
    assert [of["F =~ e", g].start for g in (1, 2)] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("text", "options", "code", "named"),
    [
        ("F =~ a + c(1, 2)*b + c", {}, "GROUP_MODIFIERS_DIFFER", "F =~ b"),
        ("F =~ a + b + c", {"group_equal": ("slopes",)}, "GROUP_EQUAL_UNKNOWN", "slopes"),
        ("F =~ a + b + c", {"group_partial": ("z~1",)}, "GROUP_PARTIAL_UNKNOWN", "z~1"),
    ],
)
def test_group_options_that_fit_nothing_are_refused(
    text: str, options: dict[str, Any], code: str, named: str
) -> None:
    with pytest.raises(EstimationError) as caught:
        _table(text, **options)
    first = caught.value.diagnostics[0]
    assert (first.code, first.parameters["what"]) == (code, named)


def test_inequalities_and_bounds_become_rows_of_at_least() -> None:
    table = _table("F =~ a + l*b + k*c\nl > 0.2\nk < 2*l", bounds=True)
    position = {e.label: e.free - 1 for e in table.entries if e.label}
    first, second = table.at_least[:2]
    assert first[position["l"]] == 1.0
    assert (second[position["l"]], second[position["k"]]) == (2.0, -1.0)
    np.testing.assert_allclose(table.bound[:2], [0.2, 0.0])
    # Three error variances and that of F.
    assert table.at_least.shape == (2 + 4, table.n_free)
