"""Every chart on random data: inside its box, no text on another, readable, repeatable."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from survey_engine.document.charts import (
    FlowBars,
    HeatTable,
    Histogram,
    IndexStrip,
    IntervalChart,
    LikertChart,
    PriorityMap,
    StackedShares,
    Theme,
)
from survey_engine.document.charts.base import Chart
from survey_engine.document.charts.model import (
    Band,
    Bar,
    HeatCell,
    IntervalRow,
    LikertRow,
    MapKey,
    MapMark,
    Mark,
)
from tests.document.geometry import assert_well_formed, read_drawing
from tests.report import sample

THEME = Theme()
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
WORDS = st.sampled_from(
    [
        "Image",
        "Perceived quality",
        "It is a reputable company that keeps its promises to customers",
        "感知质量",
        "以这样的质量,价格合理,值得向亲友推荐",
        "Satisfaction <1 & 2>",
        "NPS",
    ]
)
POINT = st.floats(0, 100).map(lambda value: round(value, 3))
WIDTH = st.floats(0.01, 12)


def english(one: str, _: str) -> str:
    return one


def chinese(_: str, other: str) -> str:
    return other


def all_charts(say: sample.Say) -> list[Chart]:
    return [
        sample.index_strip(say),
        sample.interval_chart(say),
        sample.score_chart(say),
        sample.priority_map(say),
        sample.path_diagram(say),
        sample.likert_chart(say),
        sample.stacked_shares(say),
        sample.flow_bars(say),
        sample.histogram(say),
        sample.heat_table(say),
    ]


@pytest.mark.parametrize("say", [english, chinese])
@pytest.mark.parametrize("index", range(10))
def test_sample_charts_are_well_formed_and_repeat(index: int, say: sample.Say) -> None:
    chart = all_charts(say)[index]
    svg = chart.draw(THEME, title="What it shows <&>")
    assert svg == all_charts(say)[index].draw(THEME, title="What it shows <&>")
    drawing = assert_well_formed(svg)
    assert drawing.title == "What it shows <&>"
    assert len(chart.frame()) > 0
    assert svg.index("<title>") == svg.index(">") + 1


@st.composite
def interval_rows(draw: st.DrawFn) -> IntervalRow:
    est, low, high = draw(POINT), draw(WIDTH), draw(WIDTH)
    bounded = draw(st.booleans())
    return IntervalRow(
        label=draw(WORDS),
        est=est - 50,
        lower=est - 50 - low if bounded else None,
        upper=est - 50 + high if bounded else None,
        text=f"{est:.1f} [{est - low:.1f}, {est + high:.1f}]",
        hollow=draw(st.booleans()),
        emphasis=draw(st.booleans()),
    )


@QUICK
@given(st.lists(interval_rows(), min_size=1, max_size=12), st.booleans(), st.booleans())
def test_interval_chart(rows: list[IntervalRow], zero: bool, reference: bool) -> None:
    chart = IntervalChart(
        rows=tuple(rows),
        axis_label="points",
        zero_line=zero,
        reference=Mark(value=rows[0].est, label="mean of all") if reference else None,
    )
    drawing = assert_well_formed(chart.draw(THEME, title="t"))
    assert sum(shape.role == "mark" for shape in drawing.shapes) == len(rows)
    assert list(chart.frame()["est"]) == [row.est for row in rows]


@QUICK
@given(POINT, WIDTH, WIDTH, st.lists(st.tuples(POINT, WORDS), max_size=6))
def test_index_strip(
    value: float, low: float, high: float, marks: list[tuple[float, str]]
) -> None:
    chart = IndexStrip(
        value=value,
        lower=value - low,
        upper=value + high,
        minimum=0,
        maximum=100,
        bands=(
            Band(lower=0, upper=60, label="at risk"),
            Band(lower=60, upper=75, label="fair"),
            Band(lower=75, upper=100, label="strong"),
        ),
        marks=tuple(Mark(value=place, label=label[:20]) for place, label in marks),
        value_text=f"{value:.1f}",
        interval_text=f"[{value - low:.1f}, {value + high:.1f}]",
    )
    drawing = assert_well_formed(chart.draw(THEME, title="t"))
    printed = [text.content for text in drawing.texts]
    assert all(label[:20] in printed for _, label in marks)


@st.composite
def map_marks(draw: st.DrawFn) -> MapMark:
    x, y = draw(st.floats(-1, 4)), draw(POINT)
    return MapMark(
        label=draw(WORDS)[:24],
        x=x,
        x_lower=x - 0.3,
        x_upper=x + 0.4,
        y=y,
        y_lower=y - 1,
        y_upper=y + 2,
        attention=draw(st.booleans()),
    )


@QUICK
@given(st.lists(map_marks(), min_size=1, max_size=8))
def test_priority_map(points: list[MapMark]) -> None:
    labels = {
        "improve_first": "Improve first",
        "keep_up": "Keep up",
        "secondary": "Secondary",
        "possible_overkill": "Possible overkill",
    }
    chart = PriorityMap(
        points=tuple(points),
        x_label="importance",
        y_label="performance",
        x_mean=sum(p.x for p in points) / len(points),
        y_mean=sum(p.y for p in points) / len(points),
        quadrant_labels=labels,
    )
    drawing = assert_well_formed(chart.draw(THEME, title="t"))
    names = [text for text in drawing.texts if text.role == "name"]
    dots = [shape for shape in drawing.shapes if shape.role == "mark"]
    assert [text.content for text in names] == [point.label for point in points]
    assert not any(name.box.overlap(dot.box) > 0.5 for name in names for dot in dots)


@QUICK
@given(
    st.lists(map_marks(), min_size=1, max_size=6),
    st.lists(st.floats(0, 0.6), min_size=6, max_size=6),
)
def test_a_map_of_bubbles(points: list[MapMark], shares: list[float]) -> None:
    """Bubbles stay on the drawing, with area after their share; the key is readable."""
    marks = tuple(
        replace(point, share=share, hollow=False)
        for point, share in zip(points, shares, strict=False)
    )
    chart = PriorityMap(
        points=marks,
        x_label="importance",
        y_label="performance",
        x_mean=1,
        y_mean=50,
        quadrant_labels=dict.fromkeys(
            ("improve_first", "keep_up", "secondary", "possible_overkill"), ""
        ),
        key=MapKey(filled="necessary", hollow="not necessary", sizes=((0.1, "10%"),)),
    )
    drawing = assert_well_formed(chart.draw(THEME, title="t"))
    assert chart.frame()["share"].tolist() == [mark.share for mark in marks]
    printed = [text.content for text in drawing.texts]
    assert {"necessary", "not necessary", "10%"} <= set(printed)


def test_priority_map_needs_its_words() -> None:
    with pytest.raises(ValueError, match="quadrants without a label: keep_up"):
        PriorityMap(
            points=(),
            x_label="x",
            y_label="y",
            x_mean=0,
            y_mean=0,
            quadrant_labels={"improve_first": "", "secondary": "", "possible_overkill": ""},
        )


@st.composite
def share_rows(draw: st.DrawFn, groups: int = 5) -> LikertRow:
    parts = draw(st.lists(st.integers(0, 40), min_size=groups, max_size=groups))
    total = max(sum(parts), 1)
    shares = tuple(part / total for part in parts)
    return LikertRow(
        label=draw(WORDS),
        shares=shares,
        share_labels=tuple(f"{100 * share:.0f}%" for share in shares),
        n_text="1,234",
        mean_text="7.9",
        extra_text="0.4%",
    )


@QUICK
@given(st.lists(share_rows(), min_size=1, max_size=10), st.sampled_from([None, 0, 2, 4]))
def test_likert_chart(rows: list[LikertRow], neutral: int | None) -> None:
    chart = LikertChart(
        rows=tuple(rows),
        category_labels=("1–2", "3–4", "5–6", "7–8", "9–10"),
        neutral=neutral,
        mean_label="mean",
        extra_label="don’t know",
    )
    assert_well_formed(chart.draw(THEME, title="t"))


def test_likert_rows_must_match_the_groups() -> None:
    row = LikertRow(label="Q1", shares=(1.0,), share_labels=("100",), n_text="", mean_text="")
    with pytest.raises(ValueError, match="'Q1' has not one share and label a category"):
        LikertChart(rows=(row,), category_labels=("a", "b"), neutral=None)


@QUICK
@given(st.lists(st.tuples(share_rows(groups=3), interval_rows()), min_size=1, max_size=6))
def test_stacked_shares(pairs: list[tuple[LikertRow, IntervalRow]]) -> None:
    chart = StackedShares(
        rows=tuple(row for row, _ in pairs),
        category_labels=("detractors 0–6", "passives 7–8", "promoters 9–10"),
        intervals=tuple(row for _, row in pairs),
        interval_label="NPS",
    )
    assert_well_formed(chart.draw(THEME, title="t"))


@QUICK
@given(st.lists(st.tuples(WORDS, st.floats(0, 1e6)), min_size=1, max_size=8))
@example([("Image", 5e-324)])
def test_flow_bars(bars: list[tuple[str, float]]) -> None:
    chart = FlowBars(
        bars=tuple(Bar(label=label, value=value, text=f"{value:,.0f}") for label, value in bars)
    )
    assert_well_formed(chart.draw(THEME, title="t"))


@QUICK
@given(st.lists(st.floats(0, 500), min_size=1, max_size=24), st.lists(POINT, max_size=3))
def test_histogram(heights: list[float], marks: list[float]) -> None:
    chart = Histogram(
        bars=tuple(Bar(label="", value=height, text=f"{height:.0f}") for height in heights),
        axis_label="score",
        marks=tuple(Mark(value=value, label=f"mean {value:.1f}") for value in marks),
        lower=0,
        upper=100,
    )
    drawing = assert_well_formed(chart.draw(THEME, title="t"))
    verticals = [s for s in drawing.shapes if s.kind == "line" and s.box.width == 0]
    for text in drawing.texts:
        assert not any(line.box.grown(0.01).overlap(text.box) > 0.05 for line in verticals)


def test_histogram_marks_need_an_axis() -> None:
    with pytest.raises(ValueError, match="need its lower and upper end"):
        Histogram(bars=(), axis_label="", marks=(Mark(value=1, label="m"),))


@QUICK
@given(st.lists(WORDS, min_size=1, max_size=9), st.floats(-1, 1), st.booleans())
def test_heat_table(labels: list[str], start: float, diverging: bool) -> None:
    size = len(labels)
    cells = tuple(
        tuple(
            HeatCell(value=start + i * j / 9, text=f"{start + i * j / 9:.2f}", flag=i == j)
            for j in range(size)
        )
        for i in range(size)
    )
    chart = HeatTable(
        row_labels=tuple(labels),
        column_labels=tuple(labels),
        cells=cells,
        middle=0.2 if diverging else None,
    )
    assert_well_formed(chart.draw(THEME, title="t"))


def test_bars_are_in_proportion() -> None:
    chart = FlowBars(
        bars=(Bar(label="a", value=200, text="200"), Bar(label="b", value=50, text="50"))
    )
    marks = [s for s in read_drawing(chart.draw(THEME, title="t")).shapes if s.role == "mark"]
    assert marks[0].box.width == pytest.approx(4 * marks[1].box.width, rel=1e-3)
