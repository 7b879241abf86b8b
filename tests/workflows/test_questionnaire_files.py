"""The printed questionnaire and the form: pages read back, a form filled in a browser."""

from __future__ import annotations

import html
import io
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pypdf
import pytest

import survey_engine as se
from survey_engine.cli import main
from survey_engine.errors import Severity, UsageProblem
from survey_engine.instrument.wording import item_text
from survey_engine.report.questionnaire_page import questionnaire_page
from survey_engine.responses.survey_data import AnswerStatus
from survey_engine.workflows.make_questionnaire import questionnaire_form, questionnaire_pdf
from survey_engine.workflows.resources import form_words, load_instrument, preset_ids

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUESTIONNAIRES = [
    name for name in preset_ids("instruments") if load_instrument(name).kind == "questionnaire"
]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize(
    ("name", "language"), [("servqual", "en"), ("complaints", "zh"), ("epsi", "de")]
)
def test_the_printed_pages_hold_every_question(name: str, language: str) -> None:
    instrument = load_instrument(name)
    content = questionnaire_pdf(instrument, language=language)
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    assert 1 <= len(pages) <= 4
    text = squeezed("".join(page.extract_text() for page in pages))
    for item in instrument.items:
        assert squeezed(item_text(instrument, item.id, language)) in text, item.id
    assert squeezed(form_words(language)["thanks"]) in text


def test_the_same_questionnaire_gives_the_same_bytes() -> None:
    scores = load_instrument("scores")
    assert questionnaire_pdf(scores, language="zh") == questionnaire_pdf(scores, language="zh")


@pytest.mark.parametrize("name", QUESTIONNAIRES)
def test_every_page_groups_all_questions_in_order(name: str) -> None:
    instrument = load_instrument(name)
    for language in instrument.languages:
        page = questionnaire_page(instrument, language, words=form_words(language))
        rows = [row for part in page.parts for group in part.groups for row in group.rows]
        assert [row.item for row in rows] == [item.id for item in instrument.items]
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        assert not any("{" in row.text for row in rows)


def test_routing_stands_in_words_before_and_behind() -> None:
    page = questionnaire_page(load_instrument("complaints"), "en", words=form_words("en"))
    groups = [group for part in page.parts for group in part.groups]
    assert groups[0].after == "→ If you answered otherwise, please go on to question 16."
    assert groups[1].condition == "→ Only if you answered “yes” to question 1:"
    assert [group.routed for group in groups[:5]] == [False, True, True, True, False]


def test_a_brand_s_name_fills_the_questions(tmp_path: Path) -> None:
    brand = tmp_path / "brand.yaml"
    brand.write_text('name: "Acme"\ncolours: { accent: "#7A1F5C" }\n', encoding="utf-8")
    out = tmp_path / "form.html"
    argv = ["instrument", "form", "scores", "-o", str(out), "--brand", str(brand)]
    assert main(argv) == 0
    text = out.read_text("utf-8")
    assert "how satisfied are you with Acme?" in text
    assert "--accent: #7A1F5C" in text


def test_a_language_the_questionnaire_lacks_is_refused() -> None:
    with pytest.raises(UsageProblem) as caught:
        questionnaire_pdf(load_instrument("ecsi"), language="de")
    (found,) = caught.value.diagnostics
    assert (found.code, found.parameters["known"]) == ("UNKNOWN_LANGUAGE", ("en", "zh"))


@pytest.mark.parametrize("name", QUESTIONNAIRES)
def test_forms_hold_everything_and_load_nothing(name: str) -> None:
    instrument = load_instrument(name)
    text = questionnaire_form(instrument, language="zh").decode("utf-8")
    assert re.search(r"""(?:src|href)=["'](?!data:)""", text) is None
    assert "http://" not in text
    assert "https://" not in text
    assert "default-src 'none'" in text
    for item in instrument.items:
        for language in instrument.languages:
            assert item_text(instrument, item.id, language) in text


def test_a_question_cannot_end_the_script() -> None:
    scores = load_instrument("scores")
    evil = {"en": "</script><script>alert(1)</script>", "zh": "</script>", "de": "</script>"}
    items = (scores.items[0].model_copy(update={"text": evil}), *scores.items[1:])
    form = questionnaire_form(scores.model_copy(update={"items": items}), language="en")
    assert form.decode("utf-8").count("<script>alert") == 0
    assert form.decode("utf-8").count("</script>") == 2


# Fills one person by clicks, the next by other answers, saves, and shows the saved file.
DRIVER = """
<pre id="out"></pre><script>
URL.createObjectURL = (blob) => {
  blob.text().then((text) => { document.getElementById("out").textContent = text; });
  return "#";
};
const pick = (name, value) => {
  const found = document.querySelector(`input[name="${name}"][value="${value}"]`);
  if (!found || found.closest("[hidden]")) throw new Error(`not asked: ${name}`);
  found.click();
};
const type = (name, text) => {
  const found = document.querySelector(`[name="${name}"]`);
  found.value = text;
  found.dispatchEvent(new Event("input", { bubbles: true }));
};
const click = (id) => document.getElementById(id).click();
const hidden = (name) => document.getElementById(`q-${name}`).hidden;
try {
%s
} catch (problem) { document.getElementById("out").textContent = String(problem); }
</script></body>"""


def filled(folder: Path, name: str, steps: str) -> str:
    """What the form saves after `steps`, run in a browser without a network."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: the form cannot be tried in a browser")
    form = questionnaire_form(load_instrument(name), language="en").decode("utf-8")
    page = folder / "form.html"
    page.write_text(form.replace("</body>", DRIVER % steps), encoding="utf-8")
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
        "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=4000",
        "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, timeout=120, check=True).stdout
    found = re.search(r'<pre id="out">(.*?)</pre>', shown.decode("utf-8"), re.DOTALL)
    assert found is not None
    out = html.unescape(found.group(1))
    assert not out.startswith(("Error", "TypeError")), out
    return out


def read_back(folder: Path, name: str, text: str):
    """The saved file as `read` understands it."""
    path = folder / "answers.csv"
    path.write_text(text, encoding="utf-8", newline="")
    data = se.read(path, instrument=name)
    assert [d.code for d in data.diagnostics if d.severity is Severity.ERROR] == []
    return data


def test_a_form_filled_in_a_browser_reads_back_equal(tmp_path: Path) -> None:
    steps = """
    if (!hidden("HOU1") || !hidden("CHA")) throw new Error("routed questions shown at first");
    pick("COM1", 1);
    pick("COM3", 0); pick("CHA", 4);
    for (const name of ["HOU1","HOU2","HOU3","HPR1","HPR2","HPR3"]) pick(name, 7);
    for (const name of ["HTR1","HTR2","HTR3","HSA1","HSA2","HSA3"]) pick(name, 3);
    pick("SAT1", 8); pick("SAT2", "dont_know"); pick("SAT3", 6);
    document.getElementById("language").value = "zh";
    document.getElementById("language").dispatchEvent(new Event("change"));
    pick("LOY1", 10); pick("LOY3", 9); pick("LOY5", 1); pick("NPS", 0);
    click("next");
    pick("COM1", 1); pick("HOU1", 2); pick("COM1", 0);
    if (!hidden("HOU1")) throw new Error("routing does not follow a changed answer");
    pick("SAT1", 5); pick("NPS", 10);
    click("save");
    const told = document.getElementById("message").textContent;
    if (!told.includes("还有5题")) throw new Error(`unanswered questions not told: ${told}`);
    click("save");
    """
    saved = filled(tmp_path, "complaints", steps)
    table = pd.read_csv(io.StringIO(saved.lstrip("\ufeff")), dtype=str)
    assert list(table["language"]) == ["zh", "zh"]
    data = read_back(tmp_path, "complaints", saved)
    answers = pd.DataFrame(data.values, columns=list(data.columns))
    assert data.n == 2
    expected = {
        "COM1": (1, 0), "HOU1": (7, None), "HPR3": (7, None), "HTR1": (3, None),
        "HSA3": (3, None), "SAT1": (8, 5), "SAT2": (None, None), "SAT3": (6, None),
        "LOY1": (10, None), "LOY5": (1, None), "NPS": (0, 10),
    }  # fmt: skip
    for name, values in expected.items():
        found = [None if pd.isna(value) else value for value in answers[name]]
        assert found == list(values), name
    status = pd.DataFrame(data.status, columns=list(data.columns))
    assert status["SAT2"].tolist() == [AnswerStatus.DONT_KNOW, AnswerStatus.SKIPPED]
    assert status["HOU1"].tolist() == [AnswerStatus.ANSWERED, AnswerStatus.NOT_ASKED]
    assert data.extra["CHA"].iloc[0] == "online"
    assert list(data.reasons["CHA"]) == [AnswerStatus.ANSWERED, AnswerStatus.NOT_ASKED]


def test_words_sums_and_formulas_of_a_form(tmp_path: Path) -> None:
    steps = """
    pick("NPS", 9); type("WHY", '=SUM(A1), "quoted"'); pick("SAT1", 9); pick("CES", 7);
    click("save");
    """
    saved = filled(tmp_path, "scores", steps)
    table = pd.read_csv(io.StringIO(saved.lstrip("\ufeff")), dtype=str)
    assert table.loc[0, "WHY"] == '\'=SUM(A1), "quoted"'
    assert table.loc[0, ["NPS", "SAT1", "CES"]].tolist() == ["9", "9", "7"]


def test_a_constant_sum_must_add_up(tmp_path: Path) -> None:
    steps = """
    for (const k of [1, 2, 3, 4]) type(`W${k}`, "20");
    type("W5", "10");
    click("save"); click("save");
    const told = document.getElementById("message").textContent;
    document.getElementById("out").textContent = told;
    """
    told = filled(tmp_path, "servqual", steps)
    assert told == "The numbers add up to 90, not to 100."
