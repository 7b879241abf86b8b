"""A plain table to `SurveyData`: no instrument, the columns are the indicators."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from survey_engine.errors import Diagnostic, ResponseError, Where, diagnostic
from survey_engine.responses.answers import AnswerRules, ColumnAnswers, read_column
from survey_engine.responses.findings import (
    answer_findings,
    file_codes,
    missing_answers_read,
    refuse_unknown_columns,
)
from survey_engine.responses.options import ResponseOptions, weight_values
from survey_engine.responses.personal import personal_data
from survey_engine.responses.quality import item_quality
from survey_engine.responses.suggest import looks_like_id, looks_like_weight, suggest_columns
from survey_engine.responses.survey_data import (
    AnswerStatus,
    DataQuality,
    RawResponses,
    SurveyData,
)


def plain_table(raw: RawResponses, *, options: ResponseOptions | None = None) -> SurveyData:
    """Validate a table whose columns are the indicators.

    Parameters
    ----------
    raw : RawResponses
    options : ResponseOptions or None
        `columns` names the indicators (None takes every column that holds numbers, is
        not named otherwise and looks neither like a respondent number nor a weight);
        answers off its `scale` are OUT_OF_RANGE.

    Returns
    -------
    SurveyData
        With OUT_OF_RANGE, NON_NUMERIC_ITEM ... among its diagnostics.

    Raises
    ------
    ResponseError
        UNKNOWN_COLUMN if a named column is not in the file.
    """
    asked = options or ResponseOptions()
    columns, scale = asked.columns, asked.scale
    refuse_unknown_columns(raw, (*(columns or ()), *asked.named))
    names, left_out = _indicators(raw, columns, asked)
    low, high = scale if scale is not None else (None, None)
    answers: dict[str, ColumnAnswers] = {}
    for name in names:
        codes = file_codes(raw, name) | dict.fromkeys(asked.na_codes, AnswerStatus.DONT_KNOW)
        rules = AnswerRules(minimum=low, maximum=high, codes=codes)
        answers[name] = read_column(raw.table[name], rules)
    ranges = {} if scale is None else dict.fromkeys(names, scale)
    found = [
        *raw.diagnostics,
        *left_out,
        *answer_findings(answers, ranges, raw.table.index.to_numpy(dtype=np.int64)),
        *missing_answers_read(answers),
    ]
    return _assembled(raw, answers, ranges, options=asked, found=found)


def _indicators(
    raw: RawResponses, columns: Sequence[str] | None, options: ResponseOptions
) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    if columns is not None:
        return tuple(columns), ()
    names: list[str] = []
    text: list[str] = []
    for name in (c for c in raw.table.columns if c not in options.named):
        if looks_like_id(raw.table[name], name) or looks_like_weight(name):
            continue
        status = read_column(raw.table[name], AnswerRules()).status
        wrong = int((status == AnswerStatus.INVALID).sum())
        filled = int((status != AnswerStatus.SKIPPED).sum())
        # A column of words is no indicator; a column of numbers with a few words is.
        (text if filled and wrong > filled / 2 else names).append(name)
    if not names:
        raise ResponseError(
            diagnostic(
                "NO_ITEM_MATCHED",
                where=Where(file=raw.source),
                source=raw.source,
                known=", ".join(text[:8]),
            )
        )
    if not text:
        return tuple(names), ()
    return tuple(names), (
        diagnostic("TEXT_COLUMNS_LEFT_OUT", where=Where(items=tuple(text)), n=len(text)),
    )


def _assembled(
    raw: RawResponses,
    answers: dict[str, ColumnAnswers],
    ranges: dict[str, tuple[float, float]],
    *,
    options: ResponseOptions,
    found: list[Diagnostic],
) -> SurveyData:
    names = tuple(answers)
    # A column may be an indicator and a segment at once.
    aside = [c for c in raw.table.columns if c not in names or c in options.named]
    extra = raw.table[aside]
    weights = None if options.weights is None else weight_values(raw.table[options.weights])
    values = np.column_stack([answers[name].values for name in names])
    status = np.column_stack([answers[name].status for name in names])
    found += [*personal_data(extra), *suggest_columns(extra, declared=options.named)]
    items = item_quality(names, values, status, weights=weights)
    n = int(values.shape[0])
    return SurveyData(
        columns=names,
        values=values,
        status=status,
        ranges=ranges,
        extra=extra.reset_index(drop=True),
        quality=DataQuality(n_read=n, n_kept=n, items=items, diagnostics=tuple(found)),
        source=raw.source,
        platform=raw.platform,
        sha256=raw.sha256,
        weights=weights,
        mapping={name: name for name in names},
        diagnostics=tuple(found),
        row_numbers=raw.table.index.to_numpy(dtype=np.int64),
        id_column=options.id_column,
        weight_column=options.weights,
        group_columns=options.group,
        requested_groups=options.group,
    )
