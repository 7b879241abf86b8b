"""A model written as a script or files for another program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from survey_engine.errors import Diagnostic
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.result import StudySpec
from survey_engine.workflows.write_file import write_atomically

ModelFormat = Literal["lavaan", "semopy", "seminr", "smartpls"]
FORMATS: tuple[str, ...] = get_args(ModelFormat)
DATA_FILE = "data.csv"
"""Name of the table a script reads unless another is given."""


@dataclass(frozen=True, kw_only=True)
class ModelExport:
    """Files written, and what had to be left out of them."""

    files: tuple[Path, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def default_estimator(form: str) -> Literal["ml", "pls"]:
    """``ml`` for programs of covariance-based SEM, else ``pls``."""
    return "ml" if form in ("lavaan", "semopy") else "pls"


def export_script(
    model: ModelSpec, form: str, out: Path, *, spec: StudySpec, data: str = DATA_FILE
) -> ModelExport:
    """Write the script of one program.

    Parameters
    ----------
    model : ModelSpec
    form : str
        ``"lavaan"`` (R), ``"semopy"`` (Python) or ``"seminr"`` (Python where `out` ends
        in ``.py``, else R).
    out : Path
    spec : StudySpec
        Options the program cannot honour are refused.
    data : str
        The table the script reads, as the script names it.

    Raises
    ------
    SurveyEngineError
        EXPORT_UNSUPPORTED, OUTPUT_NOT_WRITABLE.
    """
    from survey_engine.exchange.lavaan import lavaan_script
    from survey_engine.exchange.request import ExportRequest
    from survey_engine.exchange.seminr import seminr_script
    from survey_engine.exchange.semopy import semopy_script

    request = ExportRequest(model=model, spec=spec, data=data)
    if form == "seminr":
        made = seminr_script(request, python=out.suffix.lower() == ".py")
    else:
        made = lavaan_script(request) if form == "lavaan" else semopy_script(request)
    written = write_atomically(out, made.text.encode("utf-8"))
    return ModelExport(files=(written,), diagnostics=made.diagnostics)


def export_smartpls(
    model: ModelSpec, out: Path, *, spec: StudySpec, data: SurveyData
) -> ModelExport:
    """Write the sheet at `out` and the answers beside it as ``NAME-data.csv``.

    Raises
    ------
    SurveyEngineError
        An item of the model is not among the answers; EXPORT_UNSUPPORTED;
        OUTPUT_NOT_WRITABLE.
    """
    from survey_engine.exchange.request import ExportRequest
    from survey_engine.exchange.smartpls import smartpls_data, smartpls_sheet
    from survey_engine.spec.bind import bind
    from survey_engine.workflows.run_study import refuse_errors

    refuse_errors((*data.diagnostics, *bind(model, columns=data.columns, file=data.source)))
    table = out.with_name(f"{out.stem}-data.csv")
    made = smartpls_sheet(ExportRequest(model=model, spec=spec, data=table.name))
    content = smartpls_data(data, model)
    files = (
        write_atomically(out, made.text.encode("utf-8")),
        write_atomically(table, content),
    )
    return ModelExport(files=files, diagnostics=made.diagnostics)
