"""Questions with the company's name in them are recognised; two companies are asked about."""

from __future__ import annotations

import pandas as pd
import pytest

from survey_engine.responses.mapping import map_columns
from survey_engine.responses.measured_brand import measured_brands
from survey_engine.responses.survey_data import RawResponses
from survey_engine.workflows.resources import load_instrument


def _raw(titles: list[str]) -> RawResponses:
    table = pd.DataFrame({title: [3, 5, 9] for title in titles})
    return RawResponses(table=table, source="x.csv", platform="plain", labels={}, sha256="")


@pytest.mark.parametrize(
    ("titles", "language", "names"),
    [
        (["Acme does what it says.", "2. ACME is firmly established. *"], "en", ("acme",)),
        (["1、某某说到做到。", "2、某某经营稳健。【单选题】"], "zh", ("某某",)),
        (["Acme does what it says.", "Age"], "en", ()),
        (["Acme does what it says.", "Brix is firmly established."], "en", ()),
    ],
)
def test_a_name_is_believed_when_two_questions_agree(
    titles: list[str], language: str, names: tuple[str, ...]
) -> None:
    assert measured_brands(titles, load_instrument("ecsi"))[language] == names


def test_two_companies_in_one_file_are_a_question_to_the_user() -> None:
    titles = [
        f"{brand} {rest}"
        for brand in ("Acme", "Brix")
        for rest in ("does what it says.", "is firmly established.")
    ]
    found = map_columns(_raw(titles), load_instrument("ecsi"))
    asked = {one.item: one.candidates for one in found.items if one.evidence == "ambiguous"}
    assert asked == {"IMAG1": (titles[0], titles[2]), "IMAG2": (titles[1], titles[3])}
    (first, _) = (one for one in found.diagnostics if one.code == "AMBIGUOUS_MAPPING")
    assert first.where.items == ("IMAG1",)


def test_a_text_that_a_format_cut_off_is_recognised_with_the_name_in_it() -> None:
    """SPSS keeps 80 characters of a label; the longest questions name the company, too."""
    instrument = load_instrument("ecsi")
    name = "Northline Telecommunications"
    full = {i.id: i.text["en"].replace("{brand}", name) for i in instrument.items}
    full = {item: text.replace("{customer}", "customer") for item, text in full.items()}
    labels = {f"V{k}": text[:80] for k, text in enumerate(full.values())}
    table = pd.DataFrame({column: [3, 5, 9] for column in labels})
    raw = RawResponses(table=table, source="x.sav", platform="spss", labels=labels, sha256="")
    found = {one.item: one for one in map_columns(raw, instrument).items}
    long = [item for item, text in full.items() if len(text) > 80 and name in text[:80]]
    assert long == ["CUSL2"]
    assert {found[item].evidence for item in long} == {"question_text_cut"}
    assert [one.column for one in found.values()] == list(labels)
