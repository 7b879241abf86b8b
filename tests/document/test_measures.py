"""Ticks, text widths, contrast, label places: what the charts stand on."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_engine.document.charts.axis import Scale, nice_domain, tick_labels, ticks
from survey_engine.document.charts.boxes import Box, text_box
from survey_engine.document.charts.colours import contrast, legible, mix, readable
from survey_engine.document.charts.font_metrics import (
    ADVANCES,
    UNITS_PER_EM,
    text_width,
    wrap_text,
)
from survey_engine.document.charts.labels import Anchor, lanes, place_labels, spread
from survey_engine.document.charts.svg import number
from survey_engine.report.fonts import font_faces, font_file


@pytest.mark.parametrize("weight", [400, 600])
def test_the_width_table_is_the_embedded_font(weight: int) -> None:
    from fontTools.ttLib import TTFont

    faces = font_faces("".join(ADVANCES[weight]), chinese=False)
    font = TTFont(io.BytesIO(faces.assets[f"se-sans-{weight}.ttf"]))
    names, widths = font.getBestCmap(), font["hmtx"].metrics
    assert font["head"].unitsPerEm == UNITS_PER_EM
    wrong = {
        character: (advance, widths[names[ord(character)]][0])
        for character, advance in ADVANCES[weight].items()
        if ord(character) in names and widths[names[ord(character)]][0] != advance
    }
    assert wrong == {}
    assert len(ADVANCES[weight].keys() & {chr(code) for code in names}) > 400


def test_chinese_signs_are_measured_as_one_em() -> None:
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(font_file("Noto Sans SC")), lazy=True)
    names, widths = font.getBestCmap(), font["hmtx"].metrics
    for character in "满意度指数，。：；（）“”—…":
        # Dashes are a little narrower; measuring them as one em errs on the safe side.
        assert 0.85 <= widths[names[ord(character)]][0] / font["head"].unitsPerEm <= 1
        assert text_width(f"满{character}", 10) == 20


def test_a_line_breaks_between_chinese_signs_but_not_before_a_comma() -> None:
    lines = wrap_text("以这样的质量，价格合理", 10, 60)
    assert lines == ("以这样的质", "量，价格合理")
    assert all(text_width(line, 10) <= 60 for line in lines)
    assert wrap_text("one two three", 10, 45) == ("one two", "three")
    assert wrap_text("", 10, 40) == ("",)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 12))
def test_ticks_are_inside_even_and_few(lower: float, span: float, count: int) -> None:
    values = ticks(lower, lower + span, count=count)
    assert len(values) <= count + 1
    assert all(lower - 1e-6 * span <= value <= lower + span * (1 + 1e-6) for value in values)
    assert len(set(tick_labels(values))) == len(values)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1), st.floats(-1e4, 1e4))
def test_a_domain_holds_every_value(values: list[float], minimum: float) -> None:
    low, high = nice_domain(values, minimum=minimum)
    assert low <= min(values) + 1e-6
    assert high >= max(values) - 1e-6
    assert low <= minimum + 1e-6
    assert low < high


def test_axis_labels_have_a_true_minus_and_just_enough_decimals() -> None:
    assert tick_labels(ticks(-1, 1, count=4)) == ("−1.0", "−0.5", "0.0", "0.5", "1.0")
    assert tick_labels(ticks(0, 1, count=4)) == ("0.00", "0.25", "0.50", "0.75", "1.00")
    assert Scale(0, 100, 20, 120)(50) == 70


def test_contrast_by_wcag() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"
    assert readable("#000000", "#111111", "#FFFFFF") == "#FFFFFF"
    with pytest.raises(ValueError, match="#RRGGBB, not 'red'"):
        contrast("red", "#FFFFFF")


@given(st.integers(0, 0xFFFFFF))
def test_every_fill_can_be_made_legible(code: int) -> None:
    fill = legible(f"#{code:06X}", "#0F1B33", "#FFFFFF")
    assert contrast(readable(fill, "#0F1B33", "#FFFFFF"), fill) >= 4.5


@given(st.lists(st.tuples(st.floats(0, 600), st.floats(5, 90)), max_size=6))
def test_labels_in_a_row_keep_their_distance(anchors: list[tuple[float, float]]) -> None:
    middles = spread(anchors, left=0, right=658, gap=8)
    if middles is None:
        return
    boxes = sorted(
        (middle - width / 2, middle + width / 2)
        for middle, (_, width) in zip(middles, anchors, strict=True)
    )
    assert all(one[1] + 8 <= other[0] + 1e-6 for one, other in zip(boxes, boxes[1:]))  # noqa: B905, RUF007
    assert all(left >= -1e-6 and right <= 658 + 1e-6 for left, right in boxes)


def test_labels_too_wide_for_a_row_are_stacked() -> None:
    anchors = [(50.0, 80.0), (55.0, 80.0), (60.0, 80.0)]
    assert spread(anchors, left=0, right=200, gap=8) is None
    assert [lane for _, lane in lanes(anchors, left=0, right=200, gap=8)] == [0, 1, 2]


def test_labels_leave_points_and_each_other_free() -> None:
    anchors = [Anchor(100 + dx, 100, 60, 11, 9) for dx in (0, 4, 8)]
    dots = [Box(a.x - 6, 94, a.x + 6, 106) for a in anchors]
    boxes = place_labels(anchors, hard=dots, soft=[], bounds=Box(0, 0, 300, 200))
    for index, box in enumerate(boxes):
        assert not any(box.overlap(dot) for dot in dots)
        assert not any(box.overlap(other) for other in boxes[index + 1 :])


def test_numbers_are_short_and_finite() -> None:
    assert [number(v) for v in (1.0, 1.25, -0.001, 1 / 3)] == ["1", "1.25", "0", "0.33"]
    with pytest.raises(ValueError, match="must be finite"):
        number(float("nan"))
    assert text_box("ab", 10, 10, 10, anchor="end").right == 10
