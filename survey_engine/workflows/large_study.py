"""A table too large for memory, a model and a request in; a `StudyResult` out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from survey_engine.readers.large import is_large, open_large
from survey_engine.readers.large_sources import source_of
from survey_engine.responses.options import ResponseOptions
from survey_engine.responses.streamed import StreamedReduction, reduce_streamed
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.bind import bind
from survey_engine.spec.model import ModelSpec
from survey_engine.study.prepare import columns_of
from survey_engine.study.prepare_streamed import (
    prepare_streamed,
    refuse_rows,
    survey_of,
    without_rows,
)
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.workflows.resources import existing_file

__all__ = ["LargeTable", "is_large", "moments_of_file", "read_large", "run_large"]


def run_large(
    path: Path,
    model: ModelSpec,
    spec: StudySpec,
    options: ResponseOptions,
    *,
    created: str | None = None,
) -> StudyResult:
    """Read in chunks and analyse what moments suffice for.

    Parameters
    ----------
    path : Path
        Parquet or UTF-8 text whose columns are the indicators.
    model : ModelSpec
        Identified.
    spec : StudySpec
    options : ResponseOptions
        Scale, codes and columns of weights.
    created : str, optional

    Raises
    ------
    SurveyEngineError
        LARGE_NEEDS_ROWS for options that need rows; every error of reading; a model
        that does not belong to the file.
    """
    return read_large(path, model, spec, options).analyse(model, spec, created=created)


@dataclass(frozen=True, kw_only=True)
class LargeTable:
    """A table read once: counts and moments, to be fitted as often as wanted."""

    data: SurveyData
    reduction: StreamedReduction

    def analyse(
        self, model: ModelSpec, spec: StudySpec, *, created: str | None = None
    ) -> StudyResult:
        """Fit a model to the moments.

        Raises
        ------
        SurveyEngineError
        """
        from survey_engine.study.run import run_prepared
        from survey_engine.workflows.run_study import refuse_errors

        refuse_rows(model, spec, file=self.data.source)
        refuse_errors(self.data.diagnostics)
        quick = without_rows(spec)
        prepared = prepare_streamed(self.data, self.reduction, model, quick)
        return run_prepared(prepared, quick, told=self.data.diagnostics, created=created)


def read_large(
    path: Path, model: ModelSpec | None, spec: StudySpec, options: ResponseOptions
) -> LargeTable:
    """Read the columns of a model (without one, every column of numbers) in chunks.

    Raises
    ------
    SurveyEngineError
        As `run_large`.
    """
    from survey_engine.workflows.run_study import refuse_errors

    if model is not None:
        refuse_rows(model, spec, file=path.name)
        names = source_of(path).names
        refuse_errors(bind(model, columns=names, instrument=None, file=model.id))
        options = replace(options, columns=columns_of(model, spec))
    opened = open_large(path, options=options)
    reduction = reduce_streamed(opened)
    data = survey_of(
        reduction,
        source=path.name,
        platform=opened.source.kind,
        sha256=opened.sha256,
        weights=options.weights,
    )
    return LargeTable(data=data, reduction=reduction)


def moments_of_file(
    path: str | Path, *, options: ResponseOptions | None = None
) -> StreamedReduction:
    """Moments of a Parquet or text file of any size, read in chunks.

    Raises
    ------
    SurveyEngineError
    """
    return reduce_streamed(open_large(existing_file(Path(path)), options=options))
