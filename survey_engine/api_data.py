"""The Python face of answers before a study: weights and cleaning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey_engine.numerics.raking import TOLERANCE
from survey_engine.responses.survey_data import SurveyData
from survey_engine.responses.weighting import BOUND, Weighting, WeightingOptions

__all__ = ["weight"]


def weight(
    data: SurveyData,
    margins: str | Path | Mapping[str, Any],
    *,
    trim: float | None = BOUND,
    tolerance: float = TOLERANCE,
) -> Weighting:
    """Case weights that meet the margins of the population.

    Parameters
    ----------
    data : SurveyData
        Its case weights, if any, are the base weights.
    margins : str, Path or Mapping
        ``{"sex": {"f": 0.52, "m": 0.48}}`` or a YAML or CSV file of the same; shares,
        percentages or numbers of people. ``"sex * age"`` nests categories of crossed
        columns: alone it is post-stratification.
    trim : float or None
        c: weights stay within [1/c, c] of their mean; None does not trim.
    tolerance : float
        Largest relative error of a margin.

    Returns
    -------
    Weighting
        `data` is ready for `Study`; with `design_effect`, `n_effective`, `efficiency`,
        `to_frame` and `to_dict`.

    Raises
    ------
    SurveyEngineError
        The margins cannot be read or met: every category in the way is named.
    """
    from survey_engine.workflows.weight import weight_answers

    given = margins if isinstance(margins, Mapping) else Path(margins)
    options = WeightingOptions(bound=trim, tolerance=tolerance)
    return weight_answers(data, given, options=options)
