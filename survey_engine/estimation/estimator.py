"""The one Protocol every estimator follows."""

from __future__ import annotations

from typing import Protocol

from survey_engine.estimation.fit_result import FitResult
from survey_engine.numerics.moments import Moments
from survey_engine.spec.model import ModelSpec


class Estimator(Protocol):
    """Turns a model and moments into a fit; a frozen value that holds its options."""

    def fit(self, spec: ModelSpec, moments: Moments) -> FitResult:
        """Estimate `spec` from `moments`.

        Raises
        ------
        EstimationError
            If the model cannot be estimated by this method or from these moments.
        """
        ...
