"""An export, a model and a request in; a `StudyResult` out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from survey_engine.errors import (
    Diagnostic,
    ResponseError,
    Scope,
    Severity,
)
from survey_engine.readers import read_file
from survey_engine.responses.mapping import ColumnMapping
from survey_engine.responses.options import ResponseOptions
from survey_engine.responses.quality import screen
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.bind import bind, observed_variables
from survey_engine.spec.model import ModelSpec
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.workflows.read_export import ExportReading, open_export
from survey_engine.workflows.resources import (
    authored_path,
    authored_text,
    existing_file,
    load_instrument,
    load_model,
)

Progress = Callable[[str, int, int], None]
"""Called with the stage, the steps done and the steps there are (0 if unknown)."""

_NEVER_LARGE = 2**20
"""Bytes of a file that cannot hold a table beyond memory, whatever its format."""


@dataclass(frozen=True, kw_only=True)
class StudyRequest:
    """Which file, read how, fitted to what.

    Attributes
    ----------
    export : Path
    instrument : str or None
        A preset id or a YAML file; None reads a plain table.
    model : str or None
        A preset id, a YAML file or a model text file; None only for reading.
    mapping : Path or None
        YAML file of columns by item.
    scale : tuple[float, float] or None
        Declared answers of a plain table.
    na_codes : tuple[float, ...]
    id_column : str or None
    keep : tuple[str, ...]
        Responses to take in that the survey tool marks as ``unfinished`` or ``test``.
    items : tuple[str, ...]
        The columns of a plain table that are answers, where no model says so; empty takes
        every column of numbers.
    spec : StudySpec
    """

    export: Path
    instrument: str | None = None
    model: str | None = None
    mapping: Path | None = None
    scale: tuple[float, float] | None = None
    na_codes: tuple[float, ...] = ()
    id_column: str | None = None
    keep: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    spec: StudySpec = field(default_factory=StudySpec)


def open_request(request: StudyRequest, model: ModelSpec | None = None) -> ExportReading:
    """Read the export as the request says.

    Raises
    ------
    SurveyEngineError
        The file, the instrument or the mapping cannot be used.
    """
    options = response_options(request, model)
    if request.instrument is None:
        return _open_table(request, options, model)
    return open_export(
        request.export,
        instrument=load_instrument(request.instrument),
        mapping=None if request.mapping is None else _load_mapping(request.mapping),
        options=options,
    )


def response_options(request: StudyRequest, model: ModelSpec | None = None) -> ResponseOptions:
    """Declared columns, codes and scale of a request."""
    return ResponseOptions(
        weights=request.spec.weights,
        group=() if request.spec.group is None else (request.spec.group,),
        id_column=request.id_column,
        extra_columns=tuple(
            name for name in (request.spec.cluster, request.spec.strata) if name is not None
        ),
        na_codes=request.na_codes,
        columns=(request.items or None) if model is None else observed_variables(model),
        scale=request.scale,
        keep=request.keep,
    )


def _open_table(
    request: StudyRequest, options: ResponseOptions, model: ModelSpec | None
) -> ExportReading:
    """Read a plain table; a name the model has and the table has not is the model's fault."""
    try:
        return open_export(request.export, options=options)
    except ResponseError as problem:
        if model is None or request.model is None or not _lacks_column(problem):
            raise
        columns = tuple(map(str, read_file(request.export).table.columns))
        file = authored_path("models", request.model).name
        refuse_errors(bind(model, columns=columns, file=file))
        raise


def _lacks_column(problem: ResponseError) -> bool:
    return any(found.code == "UNKNOWN_COLUMN" for found in problem.diagnostics)


def screened(data: SurveyData, model: ModelSpec | None = None) -> SurveyData:
    """The data with what the screen before a fit found added to its diagnostics."""
    blocks = None
    if model is not None:
        blocks = {construct.name: construct.indicators for construct in model.constructs}
    return replace(data, diagnostics=(*data.diagnostics, *screen(data, blocks)))


def run_request(
    request: StudyRequest,
    *,
    progress: Progress | None = None,
    created: str | None = None,
) -> StudyResult:
    """Read and analyse.

    Parameters
    ----------
    request : StudyRequest
        With a model.
    progress : callable, optional
    created : str, optional
        Time stamp of the provenance; the clock is the caller's.

    Raises
    ------
    SurveyEngineError
        With every error found; nothing is fitted to data with errors.
    """
    if request.model is None:
        raise ValueError("a study needs a model")
    model = load_identified(request.model)
    if beyond_memory(request):
        from survey_engine.workflows.large_study import run_large

        options = response_options(request, model)
        return run_large(request.export, model, request.spec, options, created=created)
    data = open_request(request, model).data
    return analyse(data, model, request.spec, progress=progress, created=created)


def beyond_memory(request: StudyRequest) -> bool:
    """Whether to read in chunks: a plain table too large to be read at once.

    Small files are answered without loading Arrow.
    """
    path = request.export
    if request.instrument is not None:
        return False
    if not path.is_file() or path.stat().st_size < _NEVER_LARGE:
        return False
    from survey_engine.readers.large import is_large

    return is_large(path)


def load_identified(name: str) -> ModelSpec:
    """A model whose shape was checked, faults named with file and line.

    Raises
    ------
    SurveyEngineError
    """
    from survey_engine.spec.identify import identify

    model = load_model(name)
    refuse_errors(identify(model, file=authored_path("models", name).name))
    return model


def analyse(
    data: SurveyData,
    model: ModelSpec,
    spec: StudySpec,
    *,
    progress: Progress | None = None,
    created: str | None = None,
) -> StudyResult:
    """Run a study, refusing data whose reading left errors.

    Raises
    ------
    SurveyEngineError
    """
    from survey_engine.study.run import run_study

    refuse_errors(data.diagnostics)
    if progress is not None:
        progress("fit", 0, 0)
    return run_study(data, model, spec, progress=progress, created=created)


def refuse_errors(found: tuple[Diagnostic, ...]) -> None:
    """Stop at errors of the primary analysis, all of them at once.

    Raises
    ------
    ResponseError
    """
    errors = [d for d in found if d.severity is Severity.ERROR and d.scope is Scope.PRIMARY]
    if errors:
        raise ResponseError(*errors)


def _load_mapping(path: Path) -> ColumnMapping:
    from survey_engine.instrument.authored import validated
    from survey_engine.instrument.yaml_document import compose_document

    text = authored_text(existing_file(path))
    return validated(ColumnMapping, compose_document(text, file=path.name))
