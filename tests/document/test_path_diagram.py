"""The path diagram: no arrow through a strange box, no label on anything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey_engine.document.charts import PathDiagram, Theme, layered_grid
from survey_engine.document.charts.boxes import Box
from survey_engine.document.charts.model import Edge, Node
from tests.document.geometry import Drawing, assert_well_formed
from tests.report import sample

THEME = Theme()
ACSI = {
    "EXPE": (0, 0),
    "QUAL": (1, 1),
    "VAL": (0, 2),
    "CUSA": (2, 1),
    "COMP": (3, 0),
    "LOY": (3, 2),
}
ACSI_PATHS = (
    ("EXPE", "QUAL"),
    ("EXPE", "VAL"),
    ("EXPE", "CUSA"),
    ("QUAL", "VAL"),
    ("QUAL", "CUSA"),
    ("VAL", "CUSA"),
    ("CUSA", "COMP"),
    ("CUSA", "LOY"),
    ("COMP", "LOY"),
)


def inside(curve: np.ndarray, box: Box) -> bool:
    x, y = curve[:, 0], curve[:, 1]
    hit = (x > box.left) & (x < box.right) & (y > box.top) & (y < box.bottom)
    return bool(hit.any())


def check(diagram: PathDiagram) -> Drawing:
    drawing = assert_well_formed(diagram.draw(THEME, title="t"))
    boxes = [shape.box for shape in drawing.shapes if shape.role == "node"]
    labels = [text for text in drawing.texts if text.role == "coefficient"]
    assert len(boxes) == len(diagram.nodes)
    assert [label.content for label in labels] == [edge.label for edge in diagram.edges]
    for curve in drawing.edges:
        assert not any(inside(curve, box) for box in boxes)
    for label in labels:
        assert not any(label.box.overlap(box) > 0 for box in boxes), label
        assert not any(inside(curve, label.box.grown(-1)) for curve in drawing.edges), label
    return drawing


def diagram(
    grid: dict[str, tuple[float, float]], paths: tuple[tuple[str, str], ...]
) -> PathDiagram:
    return PathDiagram(
        nodes=tuple(
            Node(id=name, label=name, second_line="70.1 · R² .40", column=column, row=row)
            for name, (column, row) in grid.items()
        ),
        edges=tuple(
            Edge(
                source=source,
                target=target,
                value=0.1 + 0.07 * (index % 9),
                label=f".{10 + 7 * (index % 9)}",
                significant=index % 4 != 3,
            )
            for index, (source, target) in enumerate(paths)
        ),
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_european_model(language: str) -> None:
    drawing = check(sample.path_diagram(lambda en, zh: zh if language == "zh" else en))
    assert "−.06" in [text.content for text in drawing.texts]


def test_the_american_model() -> None:
    check(diagram(ACSI, ACSI_PATHS))


def test_grid_of_the_european_model_without_its_own() -> None:
    paths = tuple((source, target) for source, target, _ in sample.PATHS)
    grid = layered_grid(list(sample.GRID), paths)
    assert grid["IMAG"][1] == 0  # seven layers: top to bottom
    assert grid["CUSL"][1] == 6
    check(diagram(grid, paths))


def test_a_cycle_still_gets_a_grid() -> None:
    grid = layered_grid(["A", "B"], [("A", "B"), ("B", "A")])
    assert {column for column, _ in grid.values()} == {0.0, 1.0}


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[str], tuple[tuple[str, str], ...]]:
    count = draw(st.integers(2, 7))
    names = [f"C{i}" for i in range(count)]
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=9, unique=True))
    return names, tuple(chosen)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs())
def test_random_models_on_their_own_grid(
    graph: tuple[list[str], tuple[tuple[str, str], ...]],
) -> None:
    names, paths = graph
    grid = layered_grid(names, paths)
    assert len(set(grid.values())) == len(names)
    check(diagram(grid, paths))


def test_width_follows_size_and_weak_paths_are_dashed() -> None:
    nodes = tuple(
        Node(id=name, label=name, second_line="", column=column, row=0)
        for column, name in enumerate("AB")
    )

    def draw(value: float, *, significant: bool = True) -> str:
        label = f"{value:.2f}".replace("-", "−")
        edge = Edge(source="A", target="B", value=value, label=label, significant=significant)
        return PathDiagram(nodes=nodes, edges=(edge,)).draw(THEME, title="t")

    assert 'stroke-width="2.4"' in draw(0.4)
    assert 'stroke-width="4.8"' in draw(0.8)
    assert f'stroke="{THEME.negative}"' in draw(-0.4)
    assert "stroke-dasharray" in draw(0.4, significant=False)
    assert f'stroke="{THEME.accent}"' not in draw(0.4, significant=False)


def test_a_negative_path_must_say_so() -> None:
    nodes = tuple(Node(id=n, label=n, second_line="", column=0, row=0) for n in "AB")
    with pytest.raises(ValueError, match="path A -> B hides its sign"):
        PathDiagram(
            nodes=nodes,
            edges=(Edge(source="A", target="B", value=-0.2, label=".20", significant=True),),
        )
    with pytest.raises(ValueError, match="path A -> Z has no node"):
        PathDiagram(
            nodes=nodes,
            edges=(Edge(source="A", target="Z", value=0.2, label=".20", significant=True),),
        )
