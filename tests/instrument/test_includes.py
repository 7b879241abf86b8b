"""``include``: what comes in, in which order and languages, and every way it can go wrong."""

from __future__ import annotations

import pytest

from survey_engine.instrument.dump import dump_instrument
from survey_engine.instrument.parse import parse_instrument

HEAD = """schema: "1"
id: {id}
version: "1"
title: {{ en: T, zh: 题 }}
languages: [en, zh]
"""
CORE = (
    HEAD.format(id="core")
    + """
scales:
  - { id: ten, minimum: 1, maximum: 10 }
  - { id: five, minimum: 1, maximum: 5 }
constructs:
  Q: { label: { en: Quality, zh: 质量 } }
  S: { label: { en: Satisfaction, zh: 满意度 } }
items:
  - { id: A, construct: Q, scale: ten, text: { en: "A?", zh: "甲？" } }
  - { id: B, construct: Q, scale: five, text: { en: "B?", zh: "乙？" } }
  - { id: C, construct: S, scale: ten, text: { en: "C?", zh: "丙？" } }
scores:
  - { id: s, label: { en: S, zh: 分 }, parts: [{ items: [C] }] }
accepted:
  - { code: LINT_MIXED_SCALES, items: [A, B], because: "known" }
"""
)
OTHER = (
    HEAD.format(id="other")
    + """
scales: [{ id: ten, minimum: 1, maximum: 7 }]
constructs: { O: { label: { en: Other, zh: 其他 } } }
items: [{ id: A, construct: O, scale: ten, text: { en: "O?", zh: "另？" } }]
"""
)
FILES = {
    "core": CORE,
    "other": OTHER,
    "ring": HEAD.format(id="ring") + "include: [{ from: loop }]\n",
    "loop": HEAD.format(id="loop") + "include: [{ from: ring }]\n",
}


def library(name: str):
    return (FILES[name], f"{name}.yaml") if name in FILES else None


def parse(include: str, *, own: str = "", languages: str = "[en, zh]"):
    text = HEAD.format(id="new").replace("[en, zh]", languages) + include + own
    if languages == "[en]":
        text = text.replace("{ en: T, zh: 题 }", "{ en: T }")
    return parse_instrument(text, file="new.yaml", library=library)


def test_everything_comes_with_what_it_stands_on():
    found = parse("include: [{ from: core }]\n")
    assert [item.id for item in found.items] == ["A", "B", "C"]
    assert [scale.id for scale in found.scales] == ["ten", "five"]
    assert list(found.constructs) == ["Q", "S"]
    assert [score.id for score in found.scores] == ["s"]
    assert found.accepted[0].items == ("A", "B")
    assert found.include == ()
    assert parse_instrument(dump_instrument(found), file="again.yaml") == found


def test_named_items_in_the_order_asked_for_and_nothing_else():
    found = parse("include: [{ from: core, items: [C, A] }]\n")
    assert [item.id for item in found.items] == ["C", "A"]
    assert [scale.id for scale in found.scales] == ["ten"]
    assert found.accepted[0].items == ("A",)


OWN = 'items: [{ id: X, scale: five, role: other, text: { en: "X?", zh: "己？" } }]\n'


def test_own_questions_stand_last_or_where_this_stands():
    scales = "{ from: core, scales: [five] }"
    last = parse(f"include: [{scales}, {{ from: core, items: [A, C] }}]\n", own=OWN)
    assert [item.id for item in last.items] == ["A", "C", "X"]
    middle = "{ from: core, items: [A] }, { from: this }, { from: core, items: [C] }"
    found = parse(f"include: [{scales}, {middle}]\n", own=OWN)
    assert [item.id for item in found.items] == ["A", "X", "C"]
    assert [scale.id for scale in found.scales] == ["five", "ten"]


def test_only_the_languages_of_the_questionnaire_come_in():
    found = parse("include: [{ from: core }]\n", languages="[en]")
    assert found.items[0].text == {"en": "A?"}
    assert found.constructs["Q"].label == {"en": "Quality"}


def test_the_file_s_own_construct_goes_before_the_included_one():
    own = "constructs: { Q: { label: { en: Mine, zh: 我的 } } }\n"
    assert parse("include: [{ from: core }]\n", own=own).constructs["Q"].label["en"] == "Mine"


@pytest.mark.parametrize(
    ("include", "code", "parameters", "place"),
    [
        ("include: [{ from: cor }]\n", "INCLUDE_UNKNOWN", {"name": "cor"}, (6, 13)),
        ("include:\n  - { from: ring }\n", "INCLUDE_CYCLE",
         {"cycle": "new → ring → loop → ring"}, (6, 13)),
        ("include:\n  - { from: new }\n", "INCLUDE_CYCLE", {"cycle": "new → new"}, (7, 7)),
        ("include:\n  - { from: core, items: [Z] }\n", "INCLUDE_UNKNOWN_ITEM",
         {"origin": "core"}, (7, 27)),
        ("include:\n  - { from: core }\n  - { from: other }\n", "INCLUDE_DUPLICATE_ITEM",
         {"origin": "other", "other": "core"}, (8, 5)),
        ("include:\n  - { from: core, items: [C] }\n  - { from: other, items: [A] }\n",
         "INCLUDE_CONFLICT", {"name": "ten"}, (8, 5)),
        ("include:\n  - { from: core, scales: [tenn] }\n", "UNKNOWN_SCALE",
         {"suggestion": "ten"}, (7, 28)),
        ("include: [core]\n", "EXPECTED_MAPPING", {}, (6, 11)),
        ("include: [{ from: core, item: [A] }]\n", "UNKNOWN_KEY", {"key": "item"}, (6, 25)),
    ],
)  # fmt: skip
def test_what_cannot_be_included_is_named_with_its_line(
    faults, include, code, parameters, place
):
    found = next(one for one in faults(parse, include) if one.code == code)
    assert parameters.items() <= dict(found.parameters).items()
    if code != "INCLUDE_CYCLE" or "new" not in include:
        assert found.where.file == ("loop.yaml" if "ring" in include else "new.yaml")
    assert (found.where.line, found.where.column) == place


def test_faults_of_own_questions_keep_their_line(faults):
    own = 'items:\n  - { id: X, scale: tenn, role: other, text: { en: "X?", zh: "己？" } }\n'
    found = faults(parse, "include: [{ from: core }, { from: this }]\n", own=own)
    assert [(one.code, one.where.line, one.where.items) for one in found] == [
        ("UNKNOWN_SCALE", 8, ("X",))
    ]


def test_a_fault_of_the_included_file_is_told_in_that_file(faults):
    FILES["broken"] = CORE.replace("scale: five, text", "scale: fve, text")
    found = faults(parse, "include: [{ from: broken }]\n")
    assert [(one.code, one.where.file) for one in found] == [("UNKNOWN_SCALE", "broken.yaml")]


@pytest.mark.parametrize(
    ("own", "code"),
    [
        ('{ id: X, type: choice, scale: ten, role: other, text: { en: "X?", zh: "己？" } }',
         "CHOICE_WITHOUT_LABELS"),
        ('{ id: X, type: text, text: { en: "X?", zh: "己？" } }', "TYPE_NEEDS_ROLE"),
        ('{ id: X, block: no, scale: ten, role: other, text: { en: "X?", zh: "己？" } }',
         "UNKNOWN_BLOCK"),
        ('{ id: X, block: sum, scale: ten, role: other, text: { en: "X?", zh: "己？" } }',
         "CONSTANT_SUM_NUMBERS"),
        ('{ id: X, role: other, text: { en: "X?", zh: "己？" } }', "MISSING_KEY"),
    ],
)  # fmt: skip
def test_types_and_blocks_are_checked(faults, own, code):
    text = (
        "include: [{ from: core }]\n"
        "blocks: { sum: { total: 100, intro: { en: Share, zh: 分配 } } }\n"
        f"items:\n  - {own.replace('block: no', 'block: noo')}\n"
    )
    assert [one.code for one in faults(parse, text)] == [code]


@pytest.mark.parametrize(
    ("score", "code"),
    [
        ("{ id: s, label: { en: S, zh: 分 }, parts: [{ items: [C] }] }", "DUPLICATE_SCORE"),
        ("{ id: t, label: { en: S, zh: 分 }, parts: [{ items: [Z] }] }", "SCORE_UNKNOWN_ITEM"),
        ("{ id: t, label: { en: S, zh: 分 }, rule: net, top: 9, parts: [{ items: [C] }] }",
         "SCORE_NEEDS_LIMIT"),
    ],
)  # fmt: skip
def test_scores_are_checked(faults, score, code):
    text = f"include: [{{ from: core }}]\nscores:\n  - {score}\n"
    assert [one.code for one in faults(parse, text)] == [code]
