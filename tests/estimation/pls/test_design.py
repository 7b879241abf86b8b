from __future__ import annotations

import pytest

from survey_engine.errors import EstimationError
from survey_engine.estimation.pls.design import design_of
from survey_engine.spec.model import Construct, ModelSpec, Path, Statement


def spec_of(paths: list[tuple[str, str]], **blocks: tuple[str, ...]) -> ModelSpec:
    return ModelSpec(
        id="m",
        constructs=tuple(Construct(name=n, indicators=items) for n, items in blocks.items()),
        paths=tuple(Path.model_validate({"from": a, "to": b}) for a, b in paths),
    )


def refused(spec: ModelSpec, modes: dict[str, str] | None = None) -> dict:
    with pytest.raises(EstimationError) as caught:
        design_of(spec, modes)
    return {problem.code: problem.where for problem in caught.value.diagnostics}


def test_blocks_arrows_and_order(ecsi: ModelSpec) -> None:
    design = design_of(ecsi)
    assert design.sizes.tolist() == [5, 3, 7, 2, 3, 1, 3]
    assert design.members[2] == slice(8, 15)
    assert design.adjacency.sum() == 12
    assert [r.targets.tolist() for r in design.regressions] == [[1, 2, 5], [3], [6], [4]]
    position = {k: i for i, k in enumerate(design.order)}
    for source, target in zip(*design.adjacency.nonzero(), strict=True):
        assert position[source] < position[target]


def test_mode_by_request_then_construct_then_kind() -> None:
    constructs = (
        Construct(name="a", indicators=("a1", "a2"), kind="composite"),
        Construct(name="b", indicators=("b1", "b2"), kind="composite", mode="A"),
        Construct(name="c", indicators=("c1", "c2")),
        Construct(name="d", indicators=("d1",), kind="composite"),
    )
    arrows = tuple(Path.model_validate({"from": x, "to": "d"}) for x in "abc")
    spec = ModelSpec(id="m", constructs=constructs, paths=arrows)
    assert design_of(spec).modes == ("B", "A", "A", "A")
    assert design_of(spec).corrected == (False, False, True, False)
    asked = design_of(spec, {"b": "B", "c": "B"})
    assert asked.modes == ("B", "B", "B", "A")
    assert asked.corrected == (False, False, False, False)


def test_what_pls_refuses_is_named_all_at_once() -> None:
    spec = spec_of([("a", "b")], a=("a1",), b=("b1", "a1"), c=("c1",), d=("a", "b"))
    problems = refused(spec, {"b": "B", "a": "C"})  # c is unconnected too, d comes last
    assert problems["UNCONNECTED_CONSTRUCT"].constructs == ("d",)
    assert problems["INDICATOR_SHARED"].items == ("a1",)
    assert problems["INDICATOR_SHARED"].constructs == ("a", "b")
    assert problems["PLS_HIGHER_ORDER"].constructs == ("d",)
    assert problems["MODE_UNKNOWN"].constructs == ("a",)


def test_cycles_are_named_without_the_constructs_beside_them() -> None:
    spec = spec_of(
        [("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")],
        a=("a1",),
        b=("b1",),
        c=("c1",),
        d=("d1",),
    )
    where = refused(spec)["CYCLIC_MODEL"]
    assert where.constructs == ("b", "c")
    assert where.parameters == ("c~b", "b~c")


def test_modes_of_unknown_constructs_are_refused() -> None:
    spec = spec_of([("a", "b")], a=("a1",), b=("b1",))
    assert refused(spec, {"x": "A"})["MODE_UNKNOWN"].constructs == ("x",)


def test_interactions_are_refused() -> None:
    spec = spec_of([("a", "b"), ("a:b", "b")], a=("a1",), b=("b1",))
    assert refused(spec)["PLS_INTERACTION"].parameters == ("a:b",)


def test_columns_in_regressions_are_refused_not_ignored() -> None:
    spec = spec_of([("a", "b")], a=("a1",), b=("b1",))
    statements = (
        Statement(lhs="b", op="~", rhs="a"),
        Statement(lhs="b", op="~", rhs="age", line=3, column=11),
    )
    where = refused(spec.model_copy(update={"statements": statements}))["PLS_OBSERVED_VARIABLE"]
    assert where.items == ("age",)
    assert where.parameters == ("b~age",)
    assert (where.line, where.column) == (3, 11)
