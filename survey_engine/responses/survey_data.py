"""What was answered, once valid: `SurveyData`, and what validation found.

`SurveyData` is made only by `validate`. Values are float64 with NaN for "no number";
`status` says why there is no number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic
from survey_engine.instrument.model import Instrument


class AnswerStatus(IntEnum):
    """Why a cell holds a number or none."""

    ANSWERED = 0
    DONT_KNOW = 1
    NOT_ASKED = 2
    SKIPPED = 3
    NOT_REACHED = 4
    REFUSED = 5
    INVALID = 6


@dataclass(frozen=True, kw_only=True)
class RawResponses:
    """A table as read from an export; nothing trusted.

    Attributes
    ----------
    table : DataFrame
        One row per response; strings or numbers as in the file; None/NaN = empty. The
        index is the 1-based data row of the file.
    labels : Mapping[str, str]
        Question text by column name, where the file carries it.
    value_labels : Mapping[str, Mapping[float, str]]
        Labels of codes by column (SPSS).
    platform : str
        ``"csv"``, ``"xlsx"``, ``"spss"`` ...
    encoding, separator : str or None
    source : str
        File name without its folder.
    sha256 : str
        Of the file's bytes.
    missing_codes : Mapping[str, tuple[float, ...]]
        Codes the file itself declares as missing (SPSS user-missing).
    sheet : str or None
        Sheet of a workbook that was read.
    states : Mapping[str, AnswerStatus]
        What this tool writes for "no number", by cell text.
    paradata : DataFrame or None
        Of the same rows: respondent, status (complete, partial, test), started, ended,
        seconds, language, as far as the tool tells.
    groups : Mapping[str, str]
        Title above a column by its name (merged headers).
    traits : frozenset of str
        Peculiarities of the layout, see `survey_engine.readers.layouts.table.Layout`.
    """

    table: pd.DataFrame
    platform: str
    source: str
    sha256: str
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[float, str]] = field(default_factory=dict)
    missing_codes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    states: Mapping[str, AnswerStatus] = field(default_factory=dict)
    paradata: pd.DataFrame | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    traits: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ItemQuality:
    """Counts of one item: answered and each kind of "no number", plus its distribution.

    `counts[v]` is the number of respondents who answered v (unweighted);
    `shares[v]` the (weighted) share among valid answers.
    """

    item: str
    n_valid: int
    n_dont_know: int
    n_not_asked: int
    n_skipped: int
    n_not_reached: int
    n_refused: int
    mean: float | None
    standard_deviation: float | None
    counts: Mapping[float, int]
    shares: Mapping[float, float]


@dataclass(frozen=True, kw_only=True)
class DataQuality:
    """What validation saw: rows read and kept, per item counts, diagnostics."""

    n_read: int
    n_kept: int
    excluded: Mapping[str, int] = field(default_factory=dict)
    items: tuple[ItemQuality, ...] = ()
    median_seconds: float | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SurveyData:
    """Validated answers, in the direction "higher is better".

    Attributes
    ----------
    columns : tuple[str, ...]
        Item ids with numbers, in instrument order.
    values : ndarray, shape (n, p)
        float64, NaN where there is no number.
    status : ndarray, shape (n, p)
        `AnswerStatus` codes, int8.
    ranges : Mapping[str, tuple[float, float]]
        Declared minimum and maximum by item; empty for a plain table without --scale.
    extra : DataFrame, n rows
        Columns that are not items: segments, ids, times, weights.
    weights : ndarray, shape (n,), or None
        Case weights as given (positive, finite).
    instrument : Instrument or None
    mapping : Mapping[str, str]
        Column of the file by item id.
    quality : DataQuality
    source, platform, sha256 : str
    row_numbers : ndarray, shape (n,), or None
        1-based data row of the file each response stands in; None = 1..n.
    id_column, weight_column : str or None
        Declared columns of `extra`.
    group_columns : tuple[str, ...]
        Segment columns of `extra`: those asked for, then those the instrument declares.
    requested_groups : tuple[str, ...]
        Those of `group_columns` that were asked for.
    reasons : Mapping[str, ndarray of int8, shape (n,)]
        `AnswerStatus` of the items in `extra` (choices, numbers, open questions).
    paradata : DataFrame, n rows
        Respondent, status, started, ended, seconds, language, as far as the tool tells.
    personal : DataFrame, n rows
        Columns that hold personal data, split off: for finding duplicates, never for
        results or exports.
    """

    columns: tuple[str, ...]
    values: NDArray[np.float64]
    status: NDArray[np.int8]
    ranges: Mapping[str, tuple[float, float]]
    extra: pd.DataFrame
    quality: DataQuality
    source: str
    platform: str
    sha256: str
    weights: NDArray[np.float64] | None = None
    instrument: Instrument | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    row_numbers: NDArray[np.int64] | None = None
    id_column: str | None = None
    weight_column: str | None = None
    group_columns: tuple[str, ...] = ()
    requested_groups: tuple[str, ...] = ()
    reasons: Mapping[str, NDArray[np.int8]] = field(default_factory=dict)
    paradata: pd.DataFrame = field(default_factory=pd.DataFrame)
    personal: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def n(self) -> int:
        """Number of responses kept."""
        return int(self.values.shape[0])

    @property
    def rows(self) -> NDArray[np.int64]:
        """1-based data row of the file of each response, shape (n,)."""
        if self.row_numbers is None:
            return np.arange(1, self.n + 1, dtype=np.int64)
        return self.row_numbers

    def positions(self, columns: Sequence[str]) -> list[int]:
        """Positions of items in `columns`; KeyError names the first unknown one."""
        at = {name: j for j, name in enumerate(self.columns)}
        return [at[name] for name in columns]
