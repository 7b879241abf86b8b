"""The Python face of covariance-based models side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survey_engine.errors import UsageProblem, diagnostic
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec

if TYPE_CHECKING:
    from survey_engine.assessment.model_tests.nested import Difference
    from survey_engine.workflows.compare import Compared

__all__ = ["compare"]


def compare(
    data: SurveyData,
    models: Mapping[str, str | Path | ModelSpec],
    *,
    difference: Difference | None = None,
    constraints: Sequence[str] = (),
    **options: Any,
) -> Compared:
    """Difference tests of nested models, a table of rivals, Wald and score tests.

    Parameters
    ----------
    data : SurveyData
    models : Mapping of str to str, Path or ModelSpec
        By name: presets, files or models of the same items.
    difference : str, optional
        Of robust chi-squares: ``"satorra-bentler-2001"`` (the default),
        ``"satorra-bentler-2010"`` or ``"satorra-2000"`` (the default of mean-and-variance
        adjusted ones, and the only one of ordered answers).
    constraints : sequence of str
        Of labels of the first model, such as ``"a == b"``: tested together (Wald).
    **options
        Fields of `StudySpec`; `estimator` is ``"ml"`` without it.

    Returns
    -------
    Compared
        With ``to_frame("nested")``, ``"rivals"``, ``"wald"``, ``"equality_tests"``, and
        `to_dict`.

    Raises
    ------
    SurveyEngineError
        A model cannot be read or fitted, or the models are of different items.
    UsageProblem
        An option does not exist or has no such value.
    """
    from survey_engine.study.comparison import DIFFERENCES
    from survey_engine.workflows.compare import compare_data
    from survey_engine.workflows.options import study_spec
    from survey_engine.workflows.resources import load_model

    if not models:
        usage = "se.compare(data, {NAME: MODEL, …})"
        raise UsageProblem(diagnostic("USAGE_MISSING_ARGUMENT", names="models", usage=usage))
    if difference not in (None, *DIFFERENCES):
        expected = ", ".join(DIFFERENCES)
        raise UsageProblem(
            diagnostic(
                "USAGE_BAD_VALUE", name="difference", found=difference, expected=expected
            )
        )
    spec = study_spec({"estimator": "ml", **options})
    known = {
        name: one if isinstance(one, ModelSpec) else load_model(str(one))
        for name, one in models.items()
    }
    return compare_data(data, known, spec, difference=difference, constraints=constraints)
