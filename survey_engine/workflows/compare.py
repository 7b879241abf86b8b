"""An export and several models in; their comparison out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survey_engine.report.narrative.diagnostics import DiagnosticWording
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.comparison import Comparison, compare_models
from survey_engine.study.result import StudySpec
from survey_engine.workflows.resources import load_wording
from survey_engine.workflows.run_study import (
    Progress,
    StudyRequest,
    load_identified,
    open_request,
    refuse_errors,
)

if TYPE_CHECKING:
    import pandas as pd

    from survey_engine.assessment.model_tests.nested import Difference


@dataclass(frozen=True, kw_only=True, repr=False)
class Compared:
    """A comparison with its ways out; `found` holds everything as values."""

    found: Comparison

    def to_dict(self, *, lang: str = "en") -> dict[str, Any]:
        """The JSON as a dictionary, diagnostics in words of `lang`."""
        words = DiagnosticWording(catalogue=load_wording(lang))
        told = [words.described(one) for one in self.found.diagnostics]
        return {**self.found.to_dict(), "diagnostics": told}

    def to_frame(self, table: str = "nested") -> pd.DataFrame:
        """``"nested"``, ``"rivals"``, ``"wald"`` or ``"equality_tests"``.

        Raises
        ------
        KeyError
            There is no such table.
        """
        import pandas as pd

        return pd.DataFrame(self.found.tables()[table])

    def __repr__(self) -> str:
        names = ", ".join(one.name for one in self.found.models)
        return f"Compared({names} by {self.found.estimator}, n = {self.found.n})"


def compare_data(
    data: SurveyData,
    models: Mapping[str, ModelSpec],
    spec: StudySpec,
    *,
    difference: Difference | None = None,
    constraints: Sequence[str] = (),
    progress: Progress | None = None,
) -> Compared:
    """Compare models on validated answers.

    Raises
    ------
    SurveyEngineError
        The answers have errors, or the models cannot be compared.
    """
    refuse_errors(data.diagnostics)
    found = compare_models(
        data, models, spec, difference=difference, constraints=constraints, progress=progress
    )
    return Compared(found=found)


def compare_request(
    request: StudyRequest,
    names: Sequence[str],
    *,
    difference: Difference | None = None,
    constraints: Sequence[str] = (),
    progress: Progress | None = None,
) -> Compared:
    """Read an export and compare models on it.

    Parameters
    ----------
    request : StudyRequest
        Its own model is not used.
    names : sequence of str
        Presets or files; a model is called by its file.

    Raises
    ------
    SurveyEngineError
        File, instrument or a model cannot be used, or they cannot be compared.
    """
    models = {_called(name, names): load_identified(name) for name in names}
    data = open_request(request, next(iter(models.values()))).data
    return compare_data(
        data,
        models,
        request.spec,
        difference=difference,
        constraints=constraints,
        progress=progress,
    )


def _called(name: str, names: Sequence[str]) -> str:
    """The file's name without its end, where that tells the models apart."""
    stems = [Path(one).stem for one in names]
    return name if stems.count(Path(name).stem) > 1 else Path(name).stem
