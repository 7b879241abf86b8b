"""An export in, item, block and factor statistics out: no model of paths is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from survey_engine.assessment.exploratory import ExploratoryChoice
from survey_engine.assessment.item_statistics import shapes
from survey_engine.assessment.psychometrics import Psychometrics, psychometrics
from survey_engine.errors import Diagnostic
from survey_engine.responses.quality import declared_blocks
from survey_engine.responses.reduce import reduce
from survey_engine.responses.survey_data import SurveyData
from survey_engine.responses.weights import usable_weights
from survey_engine.study.document_exploratory import (
    block_rows,
    exploratory,
    general_rows,
    item_rows,
)
from survey_engine.study.ordinal import ordinal_of
from survey_engine.study.result import StudySpec
from survey_engine.workflows.resources import load_model
from survey_engine.workflows.run_study import (
    StudyRequest,
    open_request,
    refuse_errors,
    screened,
)

WHOLE = "all"
"""Name of the one block where neither questionnaire nor model says which items belong."""


@dataclass(frozen=True, kw_only=True)
class Exploration:
    """What was found, and on which data."""

    data: SurveyData
    found: Psychometrics
    diagnostics: tuple[Diagnostic, ...]

    def to_dict(self) -> dict[str, Any]:
        """``items``, ``blocks``, ``exploratory`` and ``general_factor`` as plain values."""
        return {
            "n": self.found.n,
            "items": item_rows(self.found),
            "blocks": block_rows(self.found),
            "exploratory": exploratory(self.found.exploratory),
            "general_factor": general_rows(self.found),
        }

    def to_frame(self, table: str = "items") -> pd.DataFrame:
        """``"items"`` or ``"blocks"`` as a table.

        Raises
        ------
        KeyError
            There is no such table.
        """
        return pd.DataFrame({"items": item_rows, "blocks": block_rows}[table](self.found))


def explore_request(
    request: StudyRequest, *, choice: ExploratoryChoice | None = None
) -> Exploration:
    """Read an export and explore its items; blocks come from the model or questionnaire.

    Raises
    ------
    SurveyEngineError
        The file cannot be read, or its answers have errors.
    """
    model = None if request.model is None else load_model(request.model)
    data = open_request(request, model).data
    blocks = None
    if model is not None:
        blocks = {one.name: one.indicators for one in model.constructs}
    return explore_data(data, request.spec, blocks=blocks, choice=choice)


def explore_data(
    data: SurveyData,
    spec: StudySpec,
    *,
    blocks: dict[str, tuple[str, ...]] | None = None,
    choice: ExploratoryChoice | None = None,
) -> Exploration:
    """Explore the items of validated answers.

    Parameters
    ----------
    data : SurveyData
    spec : StudySpec
        Its `missing`, `ordered` and `seed` are used.
    blocks : dict, optional
        Items by block; None takes the constructs of the questionnaire, or one block of
        all items.
    choice : ExploratoryChoice, optional

    Raises
    ------
    SurveyEngineError
    """
    checked = screened(data)
    refuse_errors(checked.diagnostics)
    chosen = blocks or declared_blocks(data) or {WHOLE: data.columns}
    chosen = {name: tuple(i for i in of if i in data.columns) for name, of in chosen.items()}
    items = tuple(dict.fromkeys(item for of in chosen.values() for item in of))
    reduction = reduce(data, items, missing=spec.missing)
    refuse_errors(reduction.diagnostics)
    values = data.values[:, data.positions(items)]
    shape = shapes(values, usable_weights(data.weights))
    ordinal = ordinal_of(data, items, spec)
    behind = None if ordinal is None else ordinal.moments[0].select(items).correlation
    found = psychometrics(
        reduction.moments, shape, chosen, seed=spec.seed, choice=choice, polychoric=behind
    )
    about = () if ordinal is None else ordinal.diagnostics
    told = [*checked.diagnostics, *reduction.diagnostics]
    told += [note for note in (*about, *found.diagnostics) if note not in told]
    return Exploration(data=data, found=found, diagnostics=tuple(told))
