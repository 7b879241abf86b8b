"""Formats that describe data, not a form: exactly what they lose, and all they keep."""

from __future__ import annotations

import pytest
from defusedxml import ElementTree

from survey_engine.errors import ResponseError
from survey_engine.exchange.convert import export_instrument, import_instrument
from survey_engine.exchange.words import shown
from survey_engine.instrument.dump import plain
from survey_engine.instrument.model import Instrument, Item, Routing
from survey_engine.workflows.resources import load_instrument, preset_ids


def has_roles(item: Item) -> bool:
    usual = "open" if item.type == "text" else "other"
    return bool(item.construct_name) or item.direction != "none" or item.role != usual


def expected_losses(one: Instrument, *, one_language: bool) -> dict[str, tuple[str, ...]]:
    """From the instrument alone, without asking the code under test."""
    used = {item.scale for item in one.items}
    scales = {scale.id: scale for scale in one.scales}
    language = one.languages[0]
    tests = {
        "EXCHANGE_LOST_ROUTING": lambda item: item.asked_if,
        "EXCHANGE_LOST_ROLES": has_roles,
        "EXCHANGE_LOST_DETAILS": lambda item: item.short,
        "EXCHANGE_LOST_BLOCKS": lambda item: item.block,
        "EXCHANGE_LOST_SCALE_NAMES": lambda item: item.scale,
        "EXCHANGE_LOST_CODES": lambda item: (
            item.scale and "refused" in scales[item.scale].missing.values()
        ),
        "EXCHANGE_LOST_TYPES": lambda item: (
            (one_language and item.type == "text")
            or (item.type == "rating" and scales[item.scale].labels)
        ),
        "EXCHANGE_LOST_WORDINGS": lambda item: (
            item.stem
            or (
                "{" in item.text[language]
                if one_language
                else any("{" in text for text in item.text.values())
            )
        ),
    }
    found = {
        code: tuple(item.id for item in one.items if test(item))[:50]
        for code, test in tests.items()
    }
    found = {code: items for code, items in found.items() if items}
    found["EXCHANGE_LOST_ABOUT"] = ()
    if one_language:
        found["EXCHANGE_LANGUAGES_LEFT_OUT"] = ()
    if set(scales) - used:
        found["EXCHANGE_LOST_UNUSED_SCALES"] = ()
    return found


CASES = [("triple-s", name) for name in preset_ids("instruments")] + [
    ("spss", name) for name in ("ecsi", "kano", "complaints", "loyalty-types", "scores")
]


@pytest.mark.parametrize(("format_id", "name"), CASES)
def test_what_is_lost_is_named_and_the_rest_comes_back(format_id: str, name: str) -> None:
    one = load_instrument(name)
    single = format_id == "spss"
    made = export_instrument(one, format_id)
    lost = {loss.code: loss.where.items for loss in made.losses}
    assert lost == expected_losses(one, one_language=single)
    back = import_instrument(made.content, file=name)
    assert back.format == format_id
    read = back.instrument
    kept = one.languages[:1] if single else one.languages
    assert set(read.languages) == set(kept)
    assert [item.id for item in read.items] == [item.id for item in one.items]
    for item, other in zip(one.items, read.items, strict=True):
        wanted = {code: shown(item.text, plain(one))[code] for code in kept}
        assert other.text == wanted, item.id
        if not item.scale:
            assert other.scale == ""
            continue
        scale, mine = one.scale_of(item.id), read.scale_of(item.id)
        ends = (scale.minimum, scale.maximum)
        assert (mine.minimum, mine.maximum) == ends, item.id
        for key in ("low", "high", "dont_know"):
            words = {code: text for code, text in getattr(scale, key).items() if code in kept}
            assert getattr(mine, key) == words, (item.id, key)
        labels = {
            code: {key: text for key, text in label.items() if key in kept}
            for code, label in scale.labels.items()
        }
        assert mine.labels == labels, item.id
        assert set(mine.missing.values()) <= (
            {"dont_know", "skipped"} if single else {"dont_know"}
        )


def test_the_spss_syntax_says_what_the_file_cannot() -> None:
    made = export_instrument(load_instrument("complaints"), "spss")
    syntax = made.companions[".sps"].decode("utf-8-sig")
    assert "MISSING VALUES HSA3 (99, 98)." in syntax
    assert "VALUE LABELS COM1 0 'no' 1 'yes' 99 'don''t know'." in syntax
    lines = syntax.splitlines()
    sat = next(line for line in lines if "VARIABLES=SAT1 " in line)
    assert "construct('Satisfaction') direction('higher_is_better')" in sat
    assert (
        "VARIABLE ATTRIBUTE VARIABLES=NPS "
        "ATTRIBUTE=direction('higher_is_better') role('nps')." in lines
    )


def test_a_ddi_codebook() -> None:
    one = load_instrument("complaints")
    root = ElementTree.fromstring(export_instrument(one, "ddi").content)
    names = {"d": "ddi:codebook:2_5"}
    assert root.tag == "{ddi:codebook:2_5}codeBook"
    assert root.get("version") == "2.5"
    variables = root.findall("d:dataDscr/d:var", names)
    assert [var.get("name") for var in variables] == [item.id for item in one.items]
    sat = next(var for var in variables if var.get("name") == "SAT1")
    order = ["labl", "qstn", "valrng", "invalrng", "universe", "catgry", "concept", "varFormat"]
    for var in variables:
        found = list(dict.fromkeys(child.tag.partition("}")[2] for child in var))
        assert found == [tag for tag in order if tag in found]
    span = sat.find("d:valrng/d:range", names)
    assert span is not None
    assert span.attrib == {"min": "1", "max": "10"}
    missing = sat.findall("d:catgry[@missing='Y']", names)
    assert [one.findtext("d:catValu", "", names) for one in missing] == ["99", "98"]
    assert sat.findtext("d:concept", "", names) == "Satisfaction"
    com3 = next(var for var in variables if var.get("name") == "COM3")
    assert com3.findtext("d:universe", "", names) == "COM1 = 1"


TRIPLE_S = b"""<?xml version="1.0"?>
<sss version="1.2"><survey><title>Bus</title><record ident="V">
<variable ident="1" type="quantity" use="serial"><name>id</name></variable>
<variable ident="2" type="single"><name>q1</name><label>Clean?</label>
<values><value code="1">Yes</value><value code="2">No</value>
<value code="9">Refused</value></values></variable>
<variable ident="3" type="quantity"><name>q2</name><label>Rides</label>
<values><range from="0" to="50"/></values></variable>
<variable ident="4" type="date"><name>q3</name><label>When</label></variable>
</record></survey></sss>"""


def test_a_foreign_triple_s_file() -> None:
    found = import_instrument(TRIPLE_S, file="bus.xml")
    one = found.instrument
    assert [(item.id, item.type) for item in one.items] == [
        ("q1", "choice"), ("q2", "number"), ("q3", "text"),
    ]  # fmt: skip
    assert one.scale_of("q1").missing == {9: "refused"}
    assert (one.scale_of("q2").minimum, one.scale_of("q2").maximum) == (0.0, 50.0)
    assert {loss.code for loss in found.losses} == {
        "EXCHANGE_READ_AS_TEXT",
        "EXCHANGE_CODES_READ",
        "EXCHANGE_NO_ROLES",
    }


LSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<document><LimeSurveyDocType>Survey</LimeSurveyDocType><DBVersion>400</DBVersion>
<answers><rows>
<row><aid>1</aid><qid>1</qid><code>A1</code><sortorder>1</sortorder></row>
<row><aid>2</aid><qid>1</qid><code>A2</code><sortorder>2</sortorder></row></rows></answers>
<answer_l10ns><rows>
<row><aid>1</aid><answer>Bad</answer><language>en</language></row>
<row><aid>2</aid><answer>Good</answer><language>en</language></row></rows></answer_l10ns>
<groups><rows><row><gid>7</gid><group_order>1</group_order></row></rows></groups>
<group_l10ns><rows/></group_l10ns>
<questions><rows>
<row><qid>1</qid><gid>7</gid><type>L</type><title>SAT</title><question_order>1</question_order>
<parent_qid>0</parent_qid><relevance>1</relevance></row>
<row><qid>2</qid><gid>7</gid><type>T</type><title>WHY</title><question_order>2</question_order>
<parent_qid>0</parent_qid><relevance>((SAT.NAOK == "A1"))</relevance></row>
<row><qid>3</qid><gid>7</gid><type>B</type><title>M</title><question_order>3</question_order>
<parent_qid>0</parent_qid><relevance>1</relevance></row></rows></questions>
<subquestions><rows><row><qid>4</qid><parent_qid>3</parent_qid><gid>7</gid><type>B</type>
<title>SQ1</title><question_order>1</question_order></row></rows></subquestions>
<question_l10ns><rows>
<row><qid>1</qid><question><![CDATA[<p>How was it?</p>]]></question>
<language>en</language></row>
<row><qid>2</qid><question>Why?</question><language>en</language></row>
<row><qid>3</qid><question>Rate</question><language>en</language></row>
<row><qid>4</qid><question>the food</question><language>en</language></row>
</rows></question_l10ns>
<surveys><rows><row><sid>123</sid><language>en</language></row></rows></surveys>
<surveys_languagesettings><rows><row><surveyls_title>Visit</surveyls_title>
<surveyls_language>en</surveyls_language></row></rows></surveys_languagesettings></document>"""


def test_a_limesurvey_structure() -> None:
    found = import_instrument(LSS, file="limesurvey_survey_123.lss")
    one = found.instrument
    assert (found.format, one.id, one.title) == ("lss", "123", {"en": "Visit"})
    assert [item.id for item in one.items] == ["SAT", "WHY", "M_SQ1"]
    assert one.item("SAT").text == {"en": "How was it?"}
    assert one.scale_of("SAT").labels == {1: {"en": "Bad"}, 2: {"en": "Good"}}
    assert one.scale_of("SAT").names == {1: ("A1",), 2: ("A2",)}
    assert one.item("WHY").asked_if == Routing(item="SAT", values=(1.0,))
    assert one.item("M_SQ1").stem == {"en": "Rate"}
    assert (one.scale_of("M_SQ1").minimum, one.scale_of("M_SQ1").maximum) == (1.0, 10.0)


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa">]>'


@pytest.mark.parametrize("content", [BOMB + TRIPLE_S[21:], BOMB + LSS[38:]])
def test_entities_are_refused(content: bytes) -> None:
    with pytest.raises(ResponseError) as caught:
        import_instrument(content, file="x")
    assert caught.value.diagnostics[0].code == "UNSAFE_XML"
