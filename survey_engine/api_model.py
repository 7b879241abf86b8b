"""The Python face of models written for other programs: `export_model`.

Examples
--------
>>> import tempfile, survey_engine as se
>>> with tempfile.TemporaryDirectory() as folder:
...     se.export_model("ecsi", "lavaan", f"{folder}/ecsi.R").files[0].name
'ecsi.R'
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from survey_engine.errors import UsageProblem, diagnostic
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.workflows.export_model import (
    DATA_FILE,
    FORMATS,
    ModelExport,
    default_estimator,
    export_script,
    export_smartpls,
)
from survey_engine.workflows.options import study_spec
from survey_engine.workflows.resources import load_model

if TYPE_CHECKING:
    from survey_engine.workflows.export_model import ModelFormat

__all__ = ["export_model"]


def export_model(
    model: str | Path | ModelSpec,
    format: ModelFormat,  # noqa: A002  (the name of the command line's option)
    path: str | Path,
    *,
    data: str | SurveyData = DATA_FILE,
    **options: Any,
) -> ModelExport:
    """Write a model as a script of lavaan, semopy or seminr, or as files for SmartPLS.

    Parameters
    ----------
    model : str, Path or ModelSpec
    format : str
        ``"lavaan"`` (R), ``"semopy"`` (Python), ``"seminr"`` (Python where `path` ends
        in ``.py``, else R) or ``"smartpls"``.
    path : str or Path
        For SmartPLS the sheet; its data are written beside it as ``NAME-data.csv``.
    data : str or SurveyData
        The table the script reads, as the script names it; for SmartPLS the answers.
    **options
        Fields of `StudySpec`; `estimator` is ``ml`` for lavaan and semopy, else ``pls``.

    Returns
    -------
    ModelExport
        `files` written, and `diagnostics` of what was left out.

    Raises
    ------
    SurveyEngineError
        The program cannot say something the model or the options do
        (EXPORT_UNSUPPORTED); an option is unknown; the file cannot be written.
    """
    if format not in FORMATS:
        known = ", ".join(FORMATS)
        raise UsageProblem(
            diagnostic("USAGE_BAD_VALUE", name="format", found=format, expected=known)
        )
    spec = study_spec({"estimator": default_estimator(format), **options})
    chosen = model if isinstance(model, ModelSpec) else load_model(str(model))
    if format == "smartpls":
        if not isinstance(data, SurveyData):
            usage = "data=se.read(FILE)"
            raise UsageProblem(diagnostic("USAGE_MISSING_ARGUMENT", names="data", usage=usage))
        return export_smartpls(chosen, Path(path), spec=spec, data=data)
    if isinstance(data, SurveyData):
        raise UsageProblem(
            diagnostic("USAGE_BAD_VALUE", name="data", found=repr(data.source), expected="FILE")
        )
    return export_script(chosen, format, Path(path), spec=spec, data=data)
