"""The Python face of engines side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survey_engine.errors import UsageProblem, diagnostic
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec

if TYPE_CHECKING:
    from survey_engine.workflows.reconcile import Reconciled

__all__ = ["reconcile"]


def reconcile(
    data: SurveyData,
    model: str | Path | ModelSpec,
    *,
    engines: Sequence[str] | None = None,
    **options: Any,
) -> Reconciled:
    """One model through every engine, with the reason for each difference.

    Parameters
    ----------
    data : SurveyData
    model : str, Path or ModelSpec
        A preset id, a file, or a model.
    engines : sequence of str, optional
        Of ``"pls"``, ``"plsc"``, ``"sum"``, ``"ml"``, ``"mlr"``, ``"fiml"``,
        ``"wlsmv"`` and ``"semopy"``; all without it.
    **options
        Fields of `StudySpec` that the engines share, such as ``metric``, ``scheme``,
        ``missing``, ``weights``, ``index``, ``likelihood`` or ``ordered`` (then WLSMV is
        run whatever the number of categories). With ``resamples``, maximum likelihood is
        refitted in so many resamples for the share that fails.

    Returns
    -------
    Reconciled
        With `explain`, `to_frame`, `to_dict` and `lead`.

    Raises
    ------
    SurveyEngineError
        The model cannot be read, or no engine can fit it to these answers.
    UsageProblem
        An option or an engine does not exist.
    """
    from survey_engine.api import Study
    from survey_engine.study.reconcile import ENGINES
    from survey_engine.workflows.reconcile import reconcile_data

    chosen = ENGINES if engines is None else tuple(engines)
    unknown = [name for name in chosen if name not in ENGINES]
    if unknown or not chosen:
        expected = ", ".join(ENGINES)
        found = ", ".join(unknown)
        raise UsageProblem(
            diagnostic("USAGE_BAD_VALUE", name="engines", found=found, expected=expected)
        )
    study = Study(data, model, **options)
    return reconcile_data(study.data, study.model, study.spec, engines=chosen)
