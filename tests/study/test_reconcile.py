"""Engines side by side: data of known truth, one thing wrong at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from survey_engine.errors import EstimationError, Scope
from survey_engine.numerics.moments import Array
from survey_engine.responses.survey_data import SurveyData
from survey_engine.simulation.population import Population
from survey_engine.simulation.survey import SurveyDesign, simulate
from survey_engine.spec.model import Construct, ModelSpec, Path, Roles
from survey_engine.study.reconcile import ENGINES, reconcile
from survey_engine.study.reconciliation import Difference, Reconciliation
from survey_engine.study.result import StudySpec
from survey_engine.study.run import run_study

ITEMS = {"Quality": "q", "Value": "v", "Satisfaction": "s"}
TRUE_PATHS = {
    ("Quality", "Value"): 0.6,
    ("Quality", "Satisfaction"): 0.45,
    ("Value", "Satisfaction"): 0.3,
}
EXACT = {
    f"{letter}{j}": value
    for letter in ITEMS.values()
    for j, value in enumerate((0.80, 0.70, 0.75), start=1)
}


@pytest.fixture(scope="module")
def model() -> ModelSpec:
    return ModelSpec(
        id="three",
        constructs=tuple(
            Construct(name=name, indicators=tuple(f"{letter}{j}" for j in (1, 2, 3)))
            for name, letter in ITEMS.items()
        ),
        paths=tuple(Path(**{"from": a, "to": b}) for a, b in TRUE_PATHS),
        roles=Roles(index="Satisfaction"),
    )


def answers(
    model: ModelSpec, n: int, *, seed: int = 3, loadings: dict[str, float] | None = None
) -> SurveyData:
    """Continuous normal answers of the population above, on a declared scale of 1-10."""
    population = Population(loadings=loadings or EXACT, paths=TRUE_PATHS)
    data = simulate(
        model, n=n, seed=seed, population=population, design=SurveyDesign(rounded=False)
    )
    return replace(data, ranges=dict.fromkeys(data.columns, (1.0, 10.0)))


def with_values(data: SurveyData, values: Array) -> SurveyData:
    return replace(data, values=values)


def named_first(found: Difference) -> tuple[str, float]:
    assert found.reasons, f"{found.first} and {found.second} on {found.quantity}: {found}"
    return found.reasons[0].code, found.reasons[0].share


def test_attenuation(model: ModelSpec) -> None:
    """PLS and sum scores are below the truth; the consistent correction closes the gap."""
    found = reconcile(answers(model, 2000), model, engines=("pls", "plsc", "sum", "ml"))
    weakest = min(TRUE_PATHS, key=lambda key: TRUE_PATHS[key])
    for engine in ("plsc", "ml"):
        for key, truth in TRUE_PATHS.items():
            assert found.engine(engine).facts.paths[key] == pytest.approx(truth, abs=0.08)
    for engine in ("pls", "sum"):
        assert found.engine(engine).facts.paths[("Quality", "Value")] < 0.52, weakest
    for pair in (("pls", "ml"), ("sum", "ml"), ("pls", "plsc")):
        code, share = named_first(found.difference(*pair))
        assert code == "attenuation", pair
        assert share > 0.8, pair
    assert found.difference("plsc", "ml").verdict == "none"
    assert found.difference("pls", "plsc", "index").verdict == "none"


def test_scaling(model: ModelSpec) -> None:
    """One wide, poor item rules sums of raw answers; PLS of mixed scales standardises."""
    poor = {**EXACT, "q1": 0.35, "v1": 0.35, "s1": 0.35}
    data = answers(model, 1000, loadings=poor)
    wide = np.array([item.endswith("1") for item in data.columns])
    values = np.where(wide, (data.values - 1) / 9 * 100, data.values)
    ranges = {
        item: (0.0, 100.0) if big else (1.0, 10.0)
        for item, big in zip(data.columns, wide, strict=True)
    }
    found = reconcile(
        replace(data, values=values, ranges=ranges), model, engines=("pls", "sum")
    )
    assert found.engine("pls").metric == "standardised"
    assert found.engine("sum").metric == "raw"
    code, share = named_first(found.difference("sum", "pls"))
    assert code == "scaling"
    assert share > 0.5
    told = found.difference("sum", "pls").reasons[0].parameters
    assert told["ratio"] == pytest.approx(100 / 9, rel=0.15)


def test_weighting(model: ModelSpec) -> None:
    """Equal weights let a poor item in that PLS weights down."""
    poor = {**EXACT, "q1": 0.15, "v1": 0.15, "s1": 0.15}
    found = reconcile(answers(model, 1000, loadings=poor), model, engines=("pls", "sum"))
    code, share = named_first(found.difference("sum", "pls"))
    assert code == "weighting"
    assert share > 0.9


def test_index_weights(model: ModelSpec) -> None:
    """Items of unequal level and quality: the index depends on who weights them."""
    uneven = {**EXACT, "s1": 0.95, "s2": 0.40, "s3": 0.40}
    data = answers(model, 2000, loadings=uneven)
    shift = np.array([2.0 if item == "s1" else 0.0 for item in data.columns])
    found = reconcile(with_values(data, data.values - shift), model, engines=("pls", "ml"))
    code, share = named_first(found.difference("pls", "ml", "index"))
    assert code == "index_weights"
    assert share == pytest.approx(1.0, abs=1e-9)
    told = found.difference("pls", "ml", "index").reasons[0].parameters
    assert told["item"] == "s1"
    assert told["first"] < told["second"]


def asked_directly(model: ModelSpec, columns: tuple[str, ...], values: Array) -> Any:
    """Semopy's own fit of the same rows, measures by its own formulas."""
    import pandas as pd
    import semopy

    lines = [f"{c.name} =~ {' + '.join(c.indicators)}" for c in model.constructs]
    lines += [f"{b} ~ {a}" for a, b in TRUE_PATHS]
    theirs = semopy.Model("\n".join(lines))
    theirs.fit(pd.DataFrame(values, columns=list(columns)), obj="MLW")
    return semopy.calc_stats(theirs).iloc[0]


@pytest.mark.parametrize("likelihood", ["normal", "wishart"])
def test_divisor(model: ModelSpec, likelihood: str) -> None:
    """The same minimum: n or n - 1 is all that stands between the two programs."""
    n = 150
    data = answers(model, n)
    values = data.values.copy()
    values[:, 1] += 0.7 * values[:, 4]  # some misfit, so that RMSEA is not 0
    spec = StudySpec(likelihood=likelihood)  # type: ignore[arg-type]
    found = reconcile(with_values(data, values), model, spec, engines=("ml", "semopy"))
    assert found.difference("semopy", "ml").verdict == "none"
    difference = found.difference("semopy", "ml", "test")
    code, share = named_first(difference)
    assert code == "divisor"
    assert share > 0.99
    ours, theirs = found.engine("ml").facts.test, found.engine("semopy").facts.test
    assert theirs[("rmsea",)] > 0
    if likelihood == "wishart":
        # S has divisor n - 1 as well, which the scale-invariant F does not see.
        ratio = ours[("chisq",)] / theirs[("chisq",)]
        assert ratio == pytest.approx((n - 1) / n, rel=1e-5)
    else:
        stats = asked_directly(model, data.columns, values)
        # semopy's ordinary stop leaves about five digits of F.
        assert theirs["chisq",] == pytest.approx(stats["chi2"], rel=1e-4)
        assert theirs["rmsea",] == pytest.approx(stats["RMSEA"], rel=1e-3)
        assert ours[("chisq",)] == pytest.approx(theirs[("chisq",)], rel=1e-6)
        ratio = ours[("rmsea",)] / theirs[("rmsea",)]
        assert ratio == pytest.approx(np.sqrt((n - 1) / n), rel=1e-5)


def test_missing_answers(model: ModelSpec) -> None:
    """MAR: those content with quality and value skip the rest: a selection answers all."""
    data = answers(model, 1500)
    values = data.values.copy()
    level = values[:, :6].mean(axis=1)
    lost = level > np.quantile(level, 0.4)
    values[np.ix_(np.flatnonzero(lost), [6, 7, 8])] = np.nan
    found = reconcile(with_values(data, values), model, engines=("ml", "fiml"))
    fiml, ml = found.engine("fiml"), found.engine("ml")
    assert (fiml.n, ml.n) == (1500, int((~lost).sum()))
    truth = TRUE_PATHS["Quality", "Value"]
    assert fiml.facts.paths["Quality", "Value"] == pytest.approx(truth, abs=0.06)
    assert ml.facts.paths["Quality", "Value"] < truth - 0.1
    code, share = named_first(found.difference("fiml", "ml"))
    assert code == "missing_answers"
    assert share > 0.99


def test_coarse_answers(model: ModelSpec) -> None:
    """Four skewed answers: numbers understate what polychoric correlations see."""
    data = answers(model, 2000)
    z = (data.values - data.values.mean(axis=0)) / data.values.std(axis=0)
    coarse = 1.0 + np.digitize(z, [-1.5, -1.0, -0.3])
    data = replace(data, values=coarse, ranges=dict.fromkeys(data.columns, (1.0, 4.0)))
    found = reconcile(data, model, engines=("ml", "wlsmv"))
    code, share = named_first(found.difference("wlsmv", "ml", "loadings"))
    assert code == "coarse_answers"
    assert share > 0.8
    told = found.difference("wlsmv", "ml", "loadings").reasons[0].parameters
    assert told["categories"] == 4
    truth = np.array(list(EXACT.values()))
    loadings = found.engine("wlsmv").facts.loadings
    seen = np.array(
        [loadings[c, f"{letter}{j}"] for c, letter in ITEMS.items() for j in (1, 2, 3)]
    )
    assert np.abs(seen - truth).max() < 0.05


def test_non_normality(model: ModelSpec) -> None:
    """Heavy tails (multivariate t, 5 df): estimates stay, errors and test are corrected."""
    data = answers(model, 800)
    centre = data.values.mean(axis=0)
    width = np.sqrt(5 / np.random.default_rng(7).chisquare(5, size=(data.n, 1)))
    heavy = with_values(data, centre + (data.values - centre) * width)
    found = reconcile(heavy, model, engines=("ml", "mlr"))
    assert found.difference("mlr", "ml").verdict == "none"
    for quantity in ("errors", "test"):
        code, share = named_first(found.difference("mlr", "ml", quantity))
        assert code == "non_normality", quantity
        assert share > 0.5, quantity
    told = found.difference("mlr", "ml", "errors").reasons[0].parameters
    assert told["factor"] > 1.2
    assert told["ratio"] > 1.1


def test_normal_answers_need_no_correction(model: ModelSpec) -> None:
    found = reconcile(answers(model, 800), model, engines=("ml", "mlr"))
    for quantity in ("paths", "errors", "test"):
        assert found.difference("mlr", "ml", quantity).verdict == "none", quantity


def test_engines_with_nothing_to_add_say_so(model: ModelSpec) -> None:
    found = reconcile(answers(model, 300), model, engines=("pls", "fiml", "wlsmv", "semopy"))
    told = {one.engine: [r.code for r in one.reasons] for one in found.engines}
    assert told == {
        "pls": [],
        "fiml": ["RECONCILE_NOTHING_MISSING"],
        "wlsmv": ["RECONCILE_NOT_COARSE"],
        "semopy": ["RECONCILE_NEEDS_ML"],
    }
    assert (found.lead, found.lead_code) == ("pls", "ml_not_fitted")


def test_an_engine_that_cannot_fit_is_a_row(model: ModelSpec) -> None:
    """Fourteen respondents: polychoric weights cannot be had, the others go on."""
    data = answers(model, 14)
    z = (data.values - data.values.mean(axis=0)) / data.values.std(axis=0)
    coarse = 1.0 + np.digitize(z, [-0.5, 0.5])
    data = replace(data, values=coarse, ranges=dict.fromkeys(data.columns, (1.0, 3.0)))
    found = reconcile(data, model, engines=("pls", "wlsmv"))
    failed = found.engine("wlsmv")
    assert failed.status == "failed"
    assert failed.reasons
    assert {one.scope for one in failed.reasons} == {Scope.ENGINE}
    assert found.engine("pls").status == "fitted"


def test_no_engine_at_all_is_refused(model: ModelSpec) -> None:
    data = answers(model, 100)
    values = data.values.copy()
    values[:, 0] = 3.0
    with pytest.raises(EstimationError) as refused:
        reconcile(with_values(data, values), model, engines=("pls", "ml"))
    codes = [one.code for one in refused.value.diagnostics]
    assert codes[0] == "RECONCILE_NO_ENGINE"
    assert "ZERO_VARIANCE_ITEM" in codes


@pytest.mark.parametrize("missing", ["pairwise", "em"])
def test_other_treatments_of_missing_answers_are_named(model: ModelSpec, missing: str) -> None:
    data = answers(model, 400)
    values = data.values.copy()
    lost = values[:, :6].mean(axis=1) > np.quantile(values[:, :6].mean(axis=1), 0.5)
    values[np.ix_(np.flatnonzero(lost), [7, 8])] = np.nan
    values[np.ix_(np.flatnonzero(lost)[::2], [6])] = np.nan
    spec = StudySpec(missing=missing)  # type: ignore[arg-type]
    found = reconcile(with_values(data, values), model, spec, engines=("ml", "fiml"))
    assert found.engine("ml").status == "fitted"
    for one in found.differences:
        if one.verdict != "none":
            assert named_first(one)[0] == "missing_answers", one.quantity
    if missing == "pairwise":
        told = found.difference("fiml", "ml", "loadings").reasons[0].parameters
        assert told["n"] == int((~lost).sum())


def test_a_negative_variance_is_one_semopy_does_not_allow(model: ModelSpec) -> None:
    """Thirty respondents, a Heywood case: with bounds both programs agree."""
    found = reconcile(answers(model, 30, seed=10), model, engines=("ml", "semopy"))
    assert found.engine("ml").admissible == "no"
    assert "HEYWOOD_CASE" in [one.code for one in found.engine("ml").reasons]
    code, share = named_first(found.difference("semopy", "ml", "loadings"))
    assert code == "bounds"
    assert share > 0.9


def test_higher_order_and_modes(model: ModelSpec) -> None:
    """Engines for which a model is none are rows; composites of mode B are not corrected."""
    data = answers(model, 300)
    higher = model.model_copy(
        update={
            "constructs": (
                *model.constructs,
                Construct(name="Offer", indicators=("Quality", "Value"), kind="higher_order"),
            ),
            "paths": (Path(**{"from": "Offer", "to": "Satisfaction"}),),
        }
    )
    found = reconcile(data, higher, engines=("pls", "plsc", "sum", "ml"))
    assert found.engine("pls").facts.paths["Offer", "Satisfaction"] > 0.4
    assert found.engine("plsc").reasons[0].code == "PLS_STAGES_NOT_CONSISTENT"
    spec = StudySpec(modes={"Quality": "B", "Value": "B", "Satisfaction": "B"})
    plain = reconcile(data, model, spec, engines=("pls", "plsc"))
    assert plain.difference("pls", "plsc").verdict == "none"


@pytest.fixture(scope="module")
def of_mobi(mobi_survey: SurveyData, ecsi: ModelSpec) -> Reconciliation:
    return reconcile(mobi_survey, ecsi)


def test_mobi_pls_leads_because_constructs_are_hardly_told_apart(
    of_mobi: Reconciliation,
) -> None:
    assert [one.engine for one in of_mobi.engines] == list(ENGINES)
    assert (of_mobi.lead, of_mobi.lead_code) == ("pls", "ml_doubtful")
    assert [one.code for one in of_mobi.lead_reasons] == ["NEAR_SINGULAR_LATENTS"]
    assert of_mobi.engine("plsc").admissible == "no"
    code, share = named_first(of_mobi.difference("pls", "ml"))
    assert code == "near_singular"
    assert share > 0.5
    code, _ = named_first(of_mobi.difference("mlr", "ml", "errors"))
    assert code == "non_normality"
    assert of_mobi.difference("semopy", "ml").verdict == "none"


def test_mobi_table_has_paths_index_and_ranks_of_every_engine(of_mobi: Reconciliation) -> None:
    table = of_mobi.to_frame().set_index(["quantity", "from", "to"])
    # lavaan 0.6-20 and seminr on the same data (golden numbers of the main job).
    index = table.loc[("index", "Satisfaction", "Satisfaction")]
    assert index["pls"] == pytest.approx(71.169, abs=1e-3)
    assert table.loc["paths"].shape == (12, 6)
    assert sorted(table.loc["ranks"]["pls"]) == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("estimator", ["pls", "plsc", "ml", "mlr"])
def test_engines_have_the_numbers_of_their_study(
    of_mobi: Reconciliation, mobi_survey: SurveyData, ecsi: ModelSpec, estimator: str
) -> None:
    """The same request by itself gives the same digits, cell by cell."""
    spec = StudySpec(estimator=estimator, resamples=0)  # type: ignore[arg-type]
    study = run_study(mobi_survey, ecsi, spec)
    facts = of_mobi.engine(estimator).facts
    for row in study.paths:
        cell = (row.source, row.target)
        assert facts.paths[cell] == row.est, f"{estimator} {cell}: {row.est}"
    for loading in study.loadings:
        place = (loading.construct, loading.item)
        assert facts.loadings[place] == loading.est, f"{estimator} {place}: {loading.est}"
    if study.index is not None:
        assert facts.index["Satisfaction",] == study.index.est
    if study.drivers is not None:
        assert facts.ranks == {(one.source,): one.rank for one in study.drivers.drivers}
