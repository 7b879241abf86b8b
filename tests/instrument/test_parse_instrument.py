"""Instrument files: faults are named with key, line and remedy; dumping loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_engine.instrument.dump import dump_instrument
from survey_engine.instrument.model import Instrument, Item, ResponseScale, Routing
from survey_engine.instrument.parse import parse_instrument
from survey_engine.instrument.wording import construct_label, item_label, item_text

GOOD = """\
schema: "1"
id: shop
version: "1"
title: { en: Shop survey, zh: 门店调查 }
languages: [en, zh]
customer_word: { en: customer, zh: 顾客 }
brand: { en: the shop, zh: 本店 }
scales:
  - id: ten
    minimum: 1
    maximum: 10
    missing: { 99: dont_know }
items:
  - id: S1
    construct: Satisfaction
    scale: ten
    text: { en: "{brand} pleases its {customer}s.", zh: "{品牌}让{顾客}满意。" }
  - id: S2
    scale: ten
    text: { en: Why?, zh: 为什么? }
    short: { en: Reason, zh: 原因 }
    asked_if: { item: S1, values: [1, 2] }
constructs:
  Satisfaction:
    label: { en: Satisfaction, zh: 顾客满意度 }
"""


def test_a_good_file_is_read():
    instrument = parse_instrument(GOOD, file="shop.yaml")
    assert instrument.item("S1").construct_name == "Satisfaction"
    assert instrument.scale_of("S2").missing == {99: "dont_know"}
    assert parse_instrument(dump_instrument(instrument), file="x") == instrument


def test_placeholders_are_filled_in_each_language():
    instrument = parse_instrument(GOOD, file="shop.yaml")
    assert item_text(instrument, "S1", "en") == "The shop pleases its customers."
    assert item_text(instrument, "S1", "en", brand="iCafé") == "iCafé pleases its customers."
    assert item_text(instrument, "S1", "zh-CN", brand="和记") == "和记让顾客满意。"
    assert item_label(instrument, "S2", "zh") == "原因"
    assert construct_label(instrument, "Satisfaction", "zh") == "顾客满意度"
    assert construct_label(instrument, "Other", "zh") == "Other"


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "parameters"),
    [
        (
            "    scale: ten\n    text: { en: Why",
            "    scael: ten\n    text: { en: Why",
            "UNKNOWN_KEY",
            19,
            {"key": "scael", "suggestion": "scale"},
        ),
        (
            "    scale: ten\n    text: { en: Why",
            "    text: { en: Why",
            "MISSING_KEY",
            18,
            {"key": "scale", "inside": "items.1"},
        ),
        (
            'version: "1"',
            "version: 1.0",
            "EXPECTED_TEXT",
            3,
            {"key": "version", "found": "1.0"},
        ),
        ("minimum: 1", 'minimum: "1"', "EXPECTED_NUMBER", 10, {"found": '"1"'}),
        (
            "{ 99: dont_know }",
            "{ x: dont_know }",
            "EXPECTED_WHOLE_NUMBER",
            12,
            {"found": '"x"'},
        ),
        ("languages: [en, zh]", "languages: en", "EXPECTED_LIST", 5, {"found": '"en"'}),
        ("title: { en: Shop survey, zh: 门店调查 }", "title: Shop", "EXPECTED_MAPPING", 4, {}),
        ("id: shop", 'id: ""', "EMPTY_VALUE", 2, {"key": "id"}),
        ("99: dont_know", "99: unknown", "NOT_ALLOWED_VALUE", 12, {"found": '"unknown"'}),
        ("id: S2", "id: S1", "DUPLICATE_ITEM", 18, {"name": "S1", "other": "S1"}),
        (
            "    scale: ten\n    text: { en: Why",
            "    scale: tem\n    text: { en: Why",
            "UNKNOWN_SCALE",
            19,
            {"found": "tem", "suggestion": "ten"},
        ),
        (
            "construct: Satisfaction",
            "construct: Satisfation",
            "UNKNOWN_ITEM_CONSTRUCT",
            15,
            {"suggestion": "Satisfaction"},
        ),
        (
            "item: S1, values",
            "item: S9, values",
            "ROUTING_UNKNOWN_ITEM",
            22,
            {"suggestion": "S1"},
        ),
        ("values: [1, 2]", "values: [1, 12]", "ROUTING_OFF_SCALE", 22, {"asked": "S1"}),
        ("maximum: 10", "maximum: 1", "SCALE_RANGE", 10, {"scale": "ten"}),
        ("99: dont_know", "10: dont_know", "MISSING_CODE_ON_SCALE", 12, {"scale": "ten"}),
        (", zh: 原因", "", "MISSING_TRANSLATION", 21, {"languages": ["zh"]}),
        (
            "short: { en: Reason,",
            "short: { fr: x, en: Reason,",
            "UNDECLARED_LANGUAGE",
            21,
            {"languages": ["fr"]},
        ),
        (
            "{brand} pleases",
            "{company} pleases",
            "UNKNOWN_PLACEHOLDER",
            17,
            {"found": "{company}"},
        ),
        (
            "为什么",
            "用户为什么",
            "MIXED_CUSTOMER_WORD",
            20,
            {"word": "顾客", "found": ["用户"]},
        ),
    ],
)
def test_a_fault_is_named_with_its_line(old, new, code, line, parameters, faults):
    assert old in GOOD
    (fault, *others) = faults(parse_instrument, GOOD.replace(old, new, 1), file="shop.yaml")
    assert (fault.code, fault.where.line) == (code, line)
    # the route of S2 points at S1 and its answers: it suffers with them
    assert {other.code for other in others} <= {"ROUTING_UNKNOWN_ITEM", "ROUTING_OFF_SCALE"}
    assert parameters.items() <= dict(fault.parameters).items()


def test_every_fault_is_reported_at_once(faults):
    text = GOOD.replace("scale: ten", "scale: tem").replace("item: S1", "item: S9")
    assert [fault.code for fault in faults(parse_instrument, text, file="f")] == [
        "UNKNOWN_SCALE",
        "UNKNOWN_SCALE",
        "ROUTING_UNKNOWN_ITEM",
    ]


def test_a_list_instead_of_a_mapping_is_refused(faults):
    assert faults(parse_instrument, "- a\n- b\n", file="f")[0].code == "EXPECTED_MAPPING"


WORDS = st.text(
    alphabet=st.characters(
        blacklist_categories=("Cs", "Cc"), blacklist_characters="{}顾客用户"
    ),
    min_size=1,
    max_size=12,
).filter(str.strip)


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    names = draw(st.lists(WORDS, min_size=1, max_size=4, unique=True))
    low = draw(st.integers(-5, 5))
    scale = ResponseScale(
        id=draw(WORDS),
        minimum=low,
        maximum=low + draw(st.floats(0.5, 20.0)),
        missing=draw(st.dictionaries(st.integers(90, 99), st.just("dont_know"), max_size=2)),
    )
    items = tuple(
        Item(
            id=name,
            text={"en": draw(WORDS)},
            scale=scale.id,
            direction=draw(st.sampled_from(["higher_is_better", "lower_is_better", "none"])),
            asked_if=Routing(item=names[0], values=(scale.minimum,)) if place else None,
            short=draw(st.just({}) | st.builds(lambda w: {"en": w}, WORDS)),
        )
        for place, name in enumerate(names)
    )
    return Instrument(
        id=draw(WORDS),
        version=draw(WORDS),
        title={"en": draw(WORDS)},
        languages=("en",),
        scales=(scale,),
        items=items,
    )


@given(instruments())
def test_parsing_what_was_dumped_is_identity(instrument):
    assert parse_instrument(dump_instrument(instrument), file="f") == instrument


def test_names_of_python_fields_are_not_keys_of_files(faults):
    text = GOOD.replace("    construct: Satis", "    construct_name: Satis")
    (fault,) = faults(parse_instrument, text, file="f")
    assert (fault.code, fault.where.line) == ("UNKNOWN_KEY", 15)
    assert fault.parameters["suggestion"] == "construct"
