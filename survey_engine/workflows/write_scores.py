"""Factor scores as a file of their own: never part of the result JSON."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from survey_engine.study.result import StudyResult
from survey_engine.workflows.write_file import write_atomically


def score_table(result: StudyResult) -> pd.DataFrame:
    """One line a respondent used: row of the file, then scores by method and construct.

    Empty where the study has none.
    """
    found = result.after_fit
    if found is None or not found.scores:
        return pd.DataFrame()
    columns: dict[str, object] = {"row": found.score_rows}
    for method, scores in found.scores.items():
        for k, name in enumerate(found.latents):
            columns[f"{name}_{method}"] = scores[:, k]
    return pd.DataFrame(columns)


def write_scores(result: StudyResult, path: Path) -> Path | None:
    """Write the scores as CSV; None where there are none (nothing is written then)."""
    table = score_table(result)
    if table.empty:
        return None
    text = table.to_csv(index=False, lineterminator="\n", float_format="%.12g")
    return write_atomically(path, text.encode("utf-8"))
