"""New respondents scored with the model frozen in a result JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.scoring.frozen import FrozenModel, NewScores
from survey_engine.study.frozen import frozen_of, score_data
from survey_engine.workflows.resources import existing_file
from survey_engine.workflows.run_study import StudyRequest, open_request, refuse_errors

if TYPE_CHECKING:
    import pandas as pd

    from survey_engine.responses.survey_data import SurveyData


@dataclass(frozen=True, kw_only=True)
class Scored:
    """The frozen model, what it says of the new respondents, and what was noticed."""

    frozen: FrozenModel
    scores: NewScores
    data: SurveyData
    diagnostics: tuple[Diagnostic, ...]


def load_frozen(path: Path) -> FrozenModel:
    """The frozen model of a result JSON.

    Raises
    ------
    EstimationError
        FROZEN_UNREADABLE.
    SurveyEngineError
        There is no such file.
    """
    file = existing_file(path)
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as problem:
        refused = diagnostic("FROZEN_UNREADABLE", where=Where(file=file.name), file=file.name)
        raise EstimationError(refused) from problem
    if not isinstance(document, dict):
        document = {}
    return frozen_of(document, file=file.name)


def score_request(request: StudyRequest, frozen: FrozenModel) -> Scored:
    """Read new answers and score them.

    Raises
    ------
    SurveyEngineError
        The export cannot be read; see `score_data` for changed items and scales.
    """
    if request.instrument is None:  # a plain table may hold more than the model's items
        request = replace(request, items=tuple(one.item for one in frozen.items))
    data = open_request(request).data
    refuse_errors(data.diagnostics)
    scores, notes = score_data(frozen, data)
    return Scored(
        frozen=frozen, scores=scores, data=data, diagnostics=(*data.diagnostics, *notes)
    )


def case_table(scored: Scored) -> pd.DataFrame:
    """One line a scored respondent: row of the file, id where declared, scores on 0-100."""
    import pandas as pd

    used, data = scored.scores.used, scored.data
    table = pd.DataFrame({"row": data.rows[used]})
    if data.id_column is not None:
        table[data.id_column] = data.extra[data.id_column].to_numpy()[used]
    for k, row in enumerate(scored.scores.scores):
        table[row.construct] = scored.scores.cases[:, k]
    return table


def scored_document(scored: Scored) -> dict[str, Any]:
    """The scores as plain values; no respondent's own."""
    found = scored.scores
    return {
        "model": scored.frozen.model,
        "estimator": scored.frozen.estimator,
        "n_before": scored.frozen.n,
        "n": found.n,
        "n_effective": found.n_effective,
        "confidence": scored.frozen.confidence,
        "index": scored.frozen.index,
        "scores": [
            {
                "construct": row.construct,
                "est": row.est,
                "se": row.se,
                "ci_lower": row.ci_lower,
                "ci_upper": row.ci_upper,
                "before": found.before[row.construct],
            }
            for row in found.scores
        ],
    }
