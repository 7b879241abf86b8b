"""The lint: every remark on a questionnaire made for it, and silence where there is none."""

from __future__ import annotations

import doctest

import pytest

from survey_engine.errors.questionnaire import QUESTIONNAIRE_CODES
from survey_engine.instrument.lint import constructs, expected_minutes, lexicon, lint
from survey_engine.instrument.lint.constructs import needed_items, projected_reliability
from survey_engine.instrument.parse import parse_instrument

AGREE = """{ id: agree, minimum: 1, maximum: 10, missing: { 99: dont_know },
    low: { en: fully disagree, zh: 完全不同意, de: stimme überhaupt nicht zu },
    high: { en: fully agree, zh: 完全同意, de: stimme voll und ganz zu },
    dont_know: { en: "don't know", zh: 不清楚, de: weiß nicht } }"""


def questionnaire(items: str, *, scales: str = AGREE, rest: str = ""):
    text = f"""schema: "1"
id: t
version: "1"
title: {{ en: T, zh: 题, de: F }}
languages: [en, zh, de]
constructs:
  Q: {{ label: {{ en: Quality, zh: 质量, de: Qualität }} }}
  S: {{ label: {{ en: Satisfaction, zh: 满意度, de: Zufriedenheit }} }}
scales:
  - {scales}
items:
{items}
{rest}
"""
    return parse_instrument(text, file="t.yaml")


def item(
    en: str = "It works.", zh: str = "好用。", de: str = "Es läuft.", *, name="A", more=""
):
    return (
        f'  - {{ id: {name}, construct: Q, scale: agree, text: {{ en: "{en}", zh: "{zh}", '
        f'de: "{de}" }}, short: {{ en: s, zh: 简, de: k }}{more} }}'
    )


def codes(found) -> list[str]:
    notes = {"LINT_SINGLE_ITEM", "LINT_TWO_ITEMS"}
    return [one.code for one in lint(found).remarks if one.code not in notes]


def said(items: str, **more: str) -> list[tuple[str, object]]:
    found = lint(questionnaire(items, **more)).remarks
    return [
        (one.code, one.parameters.get("found"))
        for one in found
        if one.code not in ("LINT_SINGLE_ITEM", "LINT_TWO_ITEMS")
    ]


def test_a_sound_question_is_left_alone():
    assert said(item()) == []


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"en": "The price and the quality are good."}, ("LINT_DOUBLE_BARRELLED", "and")),
        ({"zh": "价格和质量都好。"}, ("LINT_DOUBLE_BARRELLED", "和")),
        ({"de": "Preis und Qualität sind gut."}, ("LINT_DOUBLE_BARRELLED", "und")),
        ({"en": "Is it good? Is it cheap?"}, ("LINT_TWO_QUESTIONS", None)),
        ({"en": "Don't you think it works?"}, ("LINT_LEADING", "Don't you")),
        ({"en": "Our excellent staff help."}, ("LINT_LEADING", "Our excellent")),
        ({"zh": "难道您觉得好用？"}, ("LINT_LEADING", "难道")),
        ({"de": "Sicherlich läuft es."}, ("LINT_LEADING", "Sicherlich")),
        ({"en": "The staff are not rude."}, ("LINT_NEGATION", "not")),
        ({"zh": "员工不会失礼。"}, ("LINT_NEGATION", "不会")),
        ({"de": "Es gibt keine Pannen."}, ("LINT_NEGATION", "keine")),
        ({"en": "The service is too slow."}, ("LINT_REVERSED_UNMARKED", "is too slow")),
        ({"zh": "服务太慢。"}, ("LINT_REVERSED_UNMARKED", "太慢")),
        ({"de": "Der Service ist zu langsam."}, ("LINT_REVERSED_UNMARKED", "ist zu langsam")),
        ({"zh": "It works."}, ("LINT_UNTRANSLATED", None)),
        ({"en": "word " * 41}, ("LINT_LONG_QUESTION", None)),
    ],
)
def test_wordings_are_remarked_on(texts, expected):
    assert expected in said(item(**texts))


@pytest.mark.parametrize(
    "texts",
    [
        {"en": "I would recommend it to a friend or colleague."},
        {"en": "The staff understand what I need."},
        {"en": "The brand is grand."},
        {"en": "The notes help me."},
        {"zh": "与同行相比，它更好。"},
        {"zh": "与员工打交道让我放心。"},
        {"zh": "帮助很及时。"},
        {"zh": "它不断创新。"},
        {"zh": "它不同于别家。"},
        {"de": "Das Personal ist rundum freundlich."},
        {"de": "Ich empfehle es einem Freund oder Kollegen."},
    ],
)
def test_harmless_wordings_raise_no_false_alarm(texts):
    assert said(item(**texts)) == []


SCALE = "{{ id: agree, minimum: {low}, maximum: {high}, missing: {{ {missing} }}, {words} }}"
KNOWN = "dont_know: { en: x, zh: 不, de: w }"
ENDS = "low: {{ en: {0}, zh: 低一, de: d }}, high: {{ en: {1}, zh: 高二, de: e }}"


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        (SCALE.format(low=1, high=10, missing="98: refused", words=ENDS.format("a", "b")),
         ["LINT_NO_DONT_KNOW"]),
        (SCALE.format(low=1, high=10, missing="99: dont_know", words=ENDS.format("a", "b")),
         ["LINT_DONT_KNOW_UNWORDED"]),
        (SCALE.format(low=1, high=10, missing="99: dont_know", words=KNOWN),
         ["LINT_ANCHORS_MISSING"]),
        (SCALE.format(low=1, high=3, missing="99: dont_know",
                      words=f"{KNOWN}, {ENDS.format('a', 'b')}"), ["LINT_FEW_POINTS"]),
        (SCALE.format(low=1, high=10, missing="99: dont_know",
                      words=f"{KNOWN}, {ENDS.format('dissatisfied', 'very satisfied')}"),
         ["LINT_UNEVEN_ANCHORS"]),
        (SCALE.format(low=1, high=10, missing="99: dont_know",
                      words=f"{KNOWN}, {ENDS.format('very satisfied', 'very dissatisfied')}"),
         ["LINT_SCALE_RUNS_DOWN"]),
        (SCALE.format(low=1, high=10, missing="99: dont_know",
                      words=f"{KNOWN}, {ENDS.format('not at all likely', 'extremely likely')}"),
         []),
        (SCALE.format(low=1, high=5, missing="99: dont_know", words=KNOWN + """,
          labels: { 1: { en: excellent, zh: 一, de: a }, 2: { en: very good, zh: 二, de: b },
          3: { en: good, zh: 三, de: c }, 4: { en: fair, zh: 四, de: d },
          5: { en: poor, zh: 五, de: e } }"""), ["LINT_UNBALANCED_LABELS"]),
        (SCALE.format(low=1, high=5, missing="99: dont_know", words=KNOWN + """,
          labels: { 1: { en: very poor, zh: 一, de: a }, 2: { en: poor, zh: 二, de: b },
          3: { en: neither, zh: 三, de: c }, 4: { en: good, zh: 四, de: d },
          5: { en: very good, zh: 五, de: e } }"""), []),
    ],
)  # fmt: skip
def test_scales_are_remarked_on(scale, expected):
    assert codes(questionnaire(item(), scales=scale)) == expected


def test_names_and_shorts():
    twins = item(name="sat") + "\n" + item(name="SAT")
    assert codes(questionnaire(twins)) == ["LINT_ID_TWINS"]
    assert codes(questionnaire(item(name="q-1"))) == ["LINT_ID_CHARACTERS"]
    assert codes(questionnaire(item(name="a" * 33))) == ["LINT_ID_LONG"]
    bare = item().replace(", short: { en: s, zh: 简, de: k }", "")
    assert codes(questionnaire(bare)) == ["LINT_NO_SHORT"]
    long = item().replace("en: s,", f"en: {'s' * 29},").replace("简", "简" * 13)
    assert codes(questionnaire(long)) == ["LINT_SHORT_TOO_LONG"] * 2


def test_spearman_brown_by_hand():
    # three parallel items of correlation .5: 3 * .5 / (1 + 2 * .5)
    assert projected_reliability(3, 0.5) == pytest.approx(0.75)
    assert projected_reliability(1, 0.4) == pytest.approx(0.4)
    # .7 = k r / (1 + (k - 1) r) at r = .3 gives k = 5.44
    assert needed_items(0.3) == 6
    assert needed_items(0.7) == 1
    assert projected_reliability(needed_items(0.3), 0.3) >= 0.7
    assert projected_reliability(needed_items(0.3) - 1, 0.3) < 0.7


def test_constructs_with_few_questions():
    def remarks(count: int, **options: float):
        items = "\n".join(item(name=f"A{k}") for k in range(count))
        return [
            (one.code, one.parameters.get("projected"))
            for one in lint(questionnaire(items), **options).remarks
        ]

    assert remarks(1) == [("LINT_SINGLE_ITEM", "0.79")]
    assert remarks(2) == [("LINT_TWO_ITEMS", "0.71")]
    assert remarks(3) == []
    assert remarks(2, correlation=0.3) == [("LINT_LOW_RELIABILITY", "0.46")]
    found = lint(questionnaire(item(name="A1") + "\n" + item(name="A2")), correlation=0.3)
    assert found.remarks[0].parameters["needed"] == 6


def test_scales_and_directions_within_a_construct():
    seven = AGREE.replace("id: agree", "id: seven").replace("maximum: 10", "maximum: 7")
    other = item(name="B").replace("scale: agree", "scale: seven")
    third = item(name="C", more=", direction: lower_is_better")
    found = questionnaire("\n".join((item(), other, third)), scales=AGREE + "\n  - " + seven)
    assert [(r.code, r.where.constructs, r.where.items) for r in lint(found).remarks] == [
        ("LINT_MIXED_SCALES", ("Q",), ("A", "B", "C")),
        ("LINT_REVERSED_MIX", ("Q",), ("C",)),
    ]


def test_a_filter_question_must_come_first():
    late = item(name="A", more=", asked_if: { item: B, values: [1] }")
    assert codes(questionnaire(late + "\n" + item(name="B"))) == ["LINT_ROUTED_BACKWARD"]
    assert codes(questionnaire(item(name="B") + "\n" + late)) == []


def test_languages_and_length():
    short = questionnaire(item())
    assert [r.code for r in lint(short, languages=["fr"]).remarks][:1] == [
        "LINT_LANGUAGE_ABSENT"
    ]
    # 20 s welcome + 2 words / 4 + 3.5 s + 2 s for the new scale
    assert expected_minutes(short, "en") == pytest.approx((20 + 0.5 + 3.5 + 2) / 60)
    assert expected_minutes(short, "zh") == pytest.approx((20 + 3 / 6 + 3.5 + 2) / 60)
    many = questionnaire("\n".join(item(name=f"A{k}") for k in range(150)))
    assert "LINT_LONG" in codes(many)


def test_accepted_remarks_are_set_apart_and_idle_entries_told():
    bad = item(en="The price and the quality are good.")
    entry = "accepted: [{ code: LINT_DOUBLE_BARRELLED, items: [A], because: known }]"
    report = lint(questionnaire(bad, rest=entry))
    assert [(one.code, why) for one, why in report.accepted] == [
        ("LINT_DOUBLE_BARRELLED", "known")
    ]
    assert codes(questionnaire(bad, rest=entry)) == []
    assert codes(questionnaire(item(), rest=entry)) == ["LINT_ACCEPTED_UNUSED"]
    elsewhere = item() + "\n" + item(name="B")
    other = entry.replace("[A]", "[B]")
    assert "LINT_DOUBLE_BARRELLED" in codes(
        questionnaire(elsewhere.replace("It works.", "Price and quality.", 1), rest=other)
    )


def test_every_lint_code_is_given_by_the_lint(repository):
    folders = ("survey_engine/instrument/lint", "survey_engine/workflows")
    source = "".join(
        path.read_text("utf-8") for f in folders for path in (repository / f).glob("*.py")
    )
    for code in QUESTIONNAIRE_CODES:
        if code.startswith("LINT_"):
            assert f'"{code}"' in source, code


def test_examples_in_the_pages_of_the_lint():
    for module in (constructs, lexicon):
        assert doctest.testmod(module).failed == 0
