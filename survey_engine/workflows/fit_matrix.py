"""A matrix file and a model in, a fit out."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from survey_engine.errors import ResponseError, Where, diagnostic
from survey_engine.numerics.moments import Array
from survey_engine.readers import read_file
from survey_engine.responses.text import number_of
from survey_engine.study.matrix_fit import (
    MatrixFit,
    MatrixKind,
    fit_matrix,
    moments_of_matrix,
)
from survey_engine.study.result import StudySpec
from survey_engine.workflows.resources import existing_file, load_model


def read_matrix(path: Path) -> tuple[tuple[str, ...], Array]:
    """Names and numbers of a square table; the upper triangle may be empty.

    A first column that repeats the names is taken as such.

    Raises
    ------
    ResponseError
        MATRIX_NOT_SQUARE, MATRIX_CELL.
    """
    table = read_file(existing_file(path)).table
    columns = [str(name).strip() for name in table.columns]
    cells = [
        ["" if cell is None else str(cell).strip() for cell in row] for row in table.values
    ]
    named = bool(cells) and all(number_of(row[0]) is None and row[0] for row in cells)
    if named:
        columns, cells = columns[1:], [row[1:] for row in cells]
    if len(cells) != len(columns):
        where = Where(file=path.name)
        raise ResponseError(
            diagnostic("MATRIX_NOT_SQUARE", where=where, rows=len(cells), columns=len(columns))
        )
    size = len(columns)
    matrix = np.full((size, size), np.nan)
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            number = number_of(cell)
            if number is not None:
                matrix[i, j] = number
            elif cell not in ("", "nan", "NaN", "None", "<NA>") or j <= i:
                raise _bad_cell(path, columns, (i, j), cell)
    matrix = np.where(np.isnan(matrix), matrix.T, matrix)
    return tuple(columns), matrix


def _bad_cell(path: Path, columns: list[str], at: tuple[int, int], cell: str) -> ResponseError:
    where = Where(file=path.name, rows=(at[0] + 1,), items=(columns[at[1]],), values=(cell,))
    return ResponseError(diagnostic("MATRIX_CELL", where=where, found=cell or "–"))


def fit_matrix_file(
    path: Path, model: str, spec: StudySpec, *, n: int, kind: MatrixKind
) -> MatrixFit:
    """Read a covariance or correlation matrix and fit a model to it.

    Parameters
    ----------
    path : Path
        Any table the readers know, with a header of names.
    model : str
    spec : StudySpec
    n : int
        Respondents behind the matrix.
    kind : {"cov", "cor"}

    Raises
    ------
    SurveyEngineError
    """
    names, matrix = read_matrix(path)
    moments = moments_of_matrix(names, matrix, n=n, kind=kind, file=path.name)
    return fit_matrix(load_model(model), moments, spec, kind=kind, file=path.name)
