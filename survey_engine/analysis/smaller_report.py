"""What a report without an index model rests on."""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.analysis.item_scores import ItemScores
from survey_engine.analysis.overall_drivers import OverallDrivers
from survey_engine.analysis.supported_step import SupportedStep
from survey_engine.responses.survey_data import SurveyData


@dataclass(frozen=True, kw_only=True)
class SmallerReport:
    """The step of a file and the numbers it supports.

    Attributes
    ----------
    step : SupportedStep
    data : SurveyData
    scores : tuple[ItemScores, ...]
    drivers : OverallDrivers or None
        On the second step.
    confidence : float
    seed : int
    """

    step: SupportedStep
    data: SurveyData
    scores: tuple[ItemScores, ...]
    drivers: OverallDrivers | None
    confidence: float
    seed: int
