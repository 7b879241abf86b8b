"""The Python face of simulated surveys: `simulate`.

Examples
--------
>>> import survey_engine as se
>>> data = se.simulate("ecsi", n=200, design=se.SurveyDesign(scale=(1, 5), skewness=-1))
>>> data.n
200
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from survey_engine import simulation
from survey_engine.simulation import Population, SurveyDesign
from survey_engine.spec.model import ModelSpec

if TYPE_CHECKING:
    import pandas as pd

    from survey_engine.responses.survey_data import SurveyData

__all__ = ["Population", "SurveyDesign", "population_moments", "simulate"]


def simulate(
    model: str | Path | ModelSpec,
    *,
    n: int,
    seed: int = 1,
    population: Population | None = None,
    design: SurveyDesign | None = None,
) -> SurveyData:
    """Seeded answers from a population with known parameters, ready for `Study`.

    Parameters
    ----------
    model : str, Path or ModelSpec
        A preset id, a file, or a model.
    n, seed : int
    population : Population, optional
        Loadings, paths and correlations; plausible ones without it. Its exact means and
        covariances: ``se.population_moments(model, population)``.
    design : SurveyDesign, optional
        Scale, rounding to whole answers, skewness, skipped and "don't know" answers,
        weights, segments.

    Returns
    -------
    SurveyData

    Raises
    ------
    SurveyEngineError
        The model cannot be read; POPULATION_IMPOSSIBLE.
    """
    return simulation.simulate(
        _model(model), n=n, seed=seed, population=population, design=design
    )


def population_moments(
    model: str | Path | ModelSpec,
    population: Population | None = None,
    *,
    scale: tuple[float, float] = (1.0, 10.0),
) -> tuple[pd.Series, pd.DataFrame]:
    """Means and covariances that a population implies, before rounding.

    Parameters
    ----------
    model : str, Path or ModelSpec
    population : Population, optional
        Plausible parameters without it.
    scale : (float, float)
        Lowest and highest answer.

    Returns
    -------
    means : Series
        By item.
    covariances : DataFrame
        Items by items.

    Raises
    ------
    SurveyEngineError
        The model cannot be read; POPULATION_IMPOSSIBLE.
    """
    import pandas as pd

    spec = _model(model)
    mean, covariance = simulation.population_moments(
        spec, population or Population(), scale=scale
    )
    items = list(simulation.observed_items(spec))
    return pd.Series(mean, items), pd.DataFrame(covariance, items, items)


def _model(model: str | Path | ModelSpec) -> ModelSpec:
    from survey_engine.workflows.resources import load_model

    return model if isinstance(model, ModelSpec) else load_model(str(model))
