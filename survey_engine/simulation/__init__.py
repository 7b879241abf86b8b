"""Seeded survey data and moments from known parameters."""

from __future__ import annotations

from survey_engine.simulation.population import (
    Population,
    ecsi_population,
    observed_items,
    population_moments,
)
from survey_engine.simulation.survey import SurveyDesign, simulate, simulated_table

__all__ = [
    "Population",
    "SurveyDesign",
    "ecsi_population",
    "observed_items",
    "population_moments",
    "simulate",
    "simulated_table",
]
