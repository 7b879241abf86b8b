"""What the caller says about a file beside the instrument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.responses.text import cell_text, number_of


@dataclass(frozen=True, kw_only=True)
class ResponseOptions:
    """Declared columns and codes of a file.

    Attributes
    ----------
    weights : str or None
        Column of case weights.
    group : tuple[str, ...]
        Segment columns.
    id_column : str or None
    na_codes : tuple[float, ...]
        Numbers that are no answers in any item; read as "don't know".
    extra_columns : tuple[str, ...]
        Further columns that are no indicators.
    columns : tuple[str, ...] or None
        Indicators of a plain table; None takes every numeric column that does not look
        like an id or a weight. Unused with an instrument.
    scale : (minimum, maximum) or None
        Declared scale of a plain table's indicators. Unused with an instrument.
    keep : tuple[str, ...]
        Rules of `set_aside` that are not applied: ``"unfinished"``, ``"test"``.
    """

    weights: str | None = None
    group: tuple[str, ...] = ()
    id_column: str | None = None
    na_codes: tuple[float, ...] = ()
    extra_columns: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    scale: tuple[float, float] | None = None
    keep: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """Every column the options name, in a fixed order."""
        names = (self.id_column, *self.group, self.weights, *self.extra_columns)
        return tuple(dict.fromkeys(name for name in names if name is not None))


def weight_values(column: pd.Series[Any]) -> NDArray[np.float64]:
    """Case weights as numbers; NaN for cells without one, invalid numbers as given."""
    return np.array([_weight(cell) for cell in column.to_numpy(dtype=object)], dtype=np.float64)


def _weight(cell: object) -> float:
    text = cell_text(cell)
    number = number_of(text)
    if number is not None:
        return number
    infinite = {"inf": np.inf, "+inf": np.inf, "infinity": np.inf, "-inf": -np.inf}
    return infinite.get(text.casefold(), np.nan)
