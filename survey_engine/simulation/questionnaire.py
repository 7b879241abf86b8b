"""Seeded answers to a questionnaire: on its own scales, with its own codes and routing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from survey_engine.instrument.model import Instrument, Item
from survey_engine.numerics.moments import Array
from survey_engine.simulation.population import Population
from survey_engine.simulation.survey import SurveyDesign, simulate
from survey_engine.spec.model import ModelSpec

_UNIT = SurveyDesign(scale=(0.0, 1.0), rounded=False)


def simulated_answers(
    instrument: Instrument,
    spec: ModelSpec,
    *,
    n: int,
    seed: int,
    population: Population | None = None,
) -> pd.DataFrame:
    """What an export of this questionnaire would hold.

    Parameters
    ----------
    instrument : Instrument
    spec : ModelSpec
        A model the questionnaire feeds; its items follow it, other numbers are random.
    n, seed : int
    population : Population, optional
        Plausible defaults without one.

    Returns
    -------
    DataFrame
        One column an item with a number, whole answers on its scale, turned round where
        low is good, empty where routing skips the question.

    Raises
    ------
    EstimationError
        POPULATION_IMPOSSIBLE.
    """
    data = simulate(spec, n=n, seed=seed, population=population, design=_UNIT)
    modelled = dict(zip(data.columns, data.values.T, strict=True))
    random = np.random.default_rng(np.random.SeedSequence(seed).spawn(5)[4])
    answers: dict[str, Array] = {}
    for item in instrument.items:
        other = random.random(n)  # drawn for every item, so that models do not shift others
        if item.type in ("multiple", "text") or not item.scale:
            continue
        answers[item.id] = _on_scale(instrument, item, modelled.get(item.id, other))
    for item in instrument.items:
        routing = item.asked_if
        if routing is not None and item.id in answers and routing.item in answers:
            asked = np.isin(answers[routing.item], routing.values)
            answers[item.id] = np.where(asked, answers[item.id], np.nan)
    return pd.DataFrame(answers)


def _on_scale(instrument: Instrument, item: Item, share: Array) -> Array:
    """Whole answers from shares of the scale's range above its minimum."""
    scale = instrument.scale_of(item.id)
    span = scale.maximum - scale.minimum
    place = 1 - share if item.direction == "lower_is_better" else share
    return np.clip(np.rint(scale.minimum + place * span), scale.minimum, scale.maximum)
