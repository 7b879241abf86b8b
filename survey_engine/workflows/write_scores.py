"""Scores of constructs and factors as a file of their own: never part of the result JSON."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from survey_engine.study.construct_rows import ConstructRows
from survey_engine.study.result import StudyResult
from survey_engine.workflows.write_file import write_atomically


def score_table(result: StudyResult) -> pd.DataFrame:
    """One line a respondent used: row of the file, then scores by method and construct.

    Empty where the study has none.
    """
    if result.construct_rows is not None:
        return _construct_table(result.construct_rows)
    found = result.after_fit
    if found is None or not found.scores:
        return pd.DataFrame()
    columns: dict[str, object] = {"row": found.score_rows}
    for method, scores in found.scores.items():
        for k, name in enumerate(found.latents):
            columns[f"{name}_{method}"] = scores[:, k]
    return pd.DataFrame(columns)


def _construct_table(found: ConstructRows) -> pd.DataFrame:
    """PLS: standardised scores, and 0-100 where items have scales."""
    columns: dict[str, object] = {"row": found.rows}
    for k, name in enumerate(found.constructs):
        columns[f"{name}_standardised"] = found.standardised[:, k]
        if name in found.points:
            columns[f"{name}_points"] = found.points[name]
    return pd.DataFrame(columns)


def write_scores(result: StudyResult, path: Path) -> Path | None:
    """Write the scores as CSV; None where there are none (nothing is written then)."""
    table = score_table(result)
    if table.empty:
        return None
    text = table.to_csv(index=False, lineterminator="\n", float_format="%.12g")
    return write_atomically(path, text.encode("utf-8"))
