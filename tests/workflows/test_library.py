"""The library: every questionnaire feeds its models, and what it would collect fits them."""

from __future__ import annotations

from pathlib import Path

import pytest

import survey_engine as se
from survey_engine.errors import Severity
from survey_engine.simulation.questionnaire import simulated_answers
from survey_engine.workflows.resources import load_instrument, load_model, preset_ids

WANTED = {
    "index": "acsi acsi-split ccsi cn6 csisg ecsi epsi hkcsi jcsi kcsi mcsi ncsb ncsi-kr "
    "scsb ukcsi",
    "research": "complaints factors future internal kano loyalty-types lsq scores servperf "
    "servqual touchpoints value",
    "sectors": "banking e-commerce hotel insurance logistics property restaurant retail "
    "telecom",
}  # fmt: skip
PAIRS = [(name, model) for name in preset_ids("instruments")
         for model in load_instrument(name).models]  # fmt: skip


def test_every_questionnaire_of_the_issue_ships() -> None:
    known = set(preset_ids("instruments"))
    for names in WANTED.values():
        assert set(names.split()) <= known
    modules = {f"sector-{name}" for name in WANTED["sectors"].split()}
    assert modules <= known
    assert {name for name in known if load_instrument(name).kind == "module"} == modules


def test_every_model_is_fed_by_a_questionnaire() -> None:
    assert {model for _, model in PAIRS} == set(preset_ids("models"))


def collected(folder: Path, name: str, model: str):
    """Simulated answers, written as an export and read back."""
    file = folder / "export.csv"
    answers = simulated_answers(load_instrument(name), load_model(model), n=600, seed=5)
    answers.to_csv(file, index=False)
    data = se.read(file, instrument=name)
    assert [d.code for d in data.diagnostics if d.severity is Severity.ERROR] == []
    return data


@pytest.mark.parametrize(("name", "model"), PAIRS)
def test_simulated_answers_fit_the_model(name: str, model: str, tmp_path: Path) -> None:
    data = collected(tmp_path, name, model)
    by_pls = se.Study(data, model=model, estimator="pls", resamples=0).run().to_dict()
    assert (by_pls["converged"], by_pls["admissible"]) == (True, "yes")
    assert 63 < by_pls["index"]["value"] < 73  # the population mean is 68 of 100
    assert by_pls["fit"]["srmr"] < 0.08
    by_ml = se.Study(data, model=model, estimator="ml", resamples=0).run().to_dict()
    assert (by_ml["converged"], by_ml["admissible"]) == (True, "yes")
    # Rounding to the scale is the only misfit: far inside the usual limits.
    assert by_ml["fit"]["cfi"] > 0.99
    assert by_ml["fit"]["rmsea"] < 0.03
    assert by_ml["fit"]["pvalue"] > 0.005


def test_answers_respect_scale_direction_and_routing() -> None:
    instrument = load_instrument("complaints")
    answers = simulated_answers(instrument, load_model("complaints"), n=400, seed=2)
    complained = answers["COM1"] == 1
    assert 0.3 < complained.mean() < 0.7
    assert answers.loc[~complained, "HOU1"].isna().all()
    assert answers.loc[complained, "HOU1"].between(1, 10).all()
    assert answers["SAT1"].notna().all()
    again = simulated_answers(instrument, load_model("complaints"), n=400, seed=2)
    assert answers.equals(again)
    turned = instrument.model_copy(
        update={
            "items": tuple(
                item.model_copy(update={"direction": "lower_is_better"})
                if item.id == "SAT1"
                else item
                for item in instrument.items
            )
        }
    )
    reversed_answers = simulated_answers(turned, load_model("complaints"), n=400, seed=2)
    assert (reversed_answers["SAT1"] == 11 - answers["SAT1"]).mean() > 0.99
