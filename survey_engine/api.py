"""The Python face: `read`, `Study`, `Result`; thin facades over the workflows.

Examples
--------
>>> import survey_engine as se
>>> from survey_engine.workflows.demo_data import mobi_path
>>> data = se.read(mobi_path(), instrument="ecsi")
>>> data.n
250
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survey_engine.errors import diagnostic
from survey_engine.responses.survey_data import SurveyData
from survey_engine.scoring.frozen import NewScores
from survey_engine.scoring.result import SatisfactionIndex
from survey_engine.spec.model import ModelSpec
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.workflows.options import study_spec
from survey_engine.workflows.run_study import (
    Progress,
    StudyRequest,
    analyse,
    open_request,
)

if TYPE_CHECKING:
    import pandas as pd

    from survey_engine.assessment.exploratory import ExploratoryChoice
    from survey_engine.responses.missing import Missing
    from survey_engine.workflows.explore import Exploration

__all__ = ["Index", "ReadColumns", "Result", "Study", "explore", "read"]


def read(
    path: str | Path,
    *,
    instrument: str | Path | None = None,
    mapping: str | Path | None = None,
    scale: tuple[float, float] | None = None,
    na: Sequence[float] = (),
    columns: ReadColumns | None = None,
) -> SurveyData:
    """Read any supported export to validated answers.

    Parameters
    ----------
    path : str or Path
        An export of any supported survey tool, or a plain CSV, XLSX, SPSS, Stata or
        Parquet file; recognised by its content.
    instrument : str or Path, optional
        A preset id or a YAML file; without one the file is a plain table whose columns
        are the indicators.
    mapping : str or Path, optional
        YAML file that says which column holds which item.
    scale : (float, float), optional
        Lowest and highest answer of a plain table.
    na : sequence of float
        Codes that mean no answer.
    columns : ReadColumns, optional
        Columns of weights, segments and respondent ids.

    Returns
    -------
    SurveyData
        `diagnostics` holds everything noticed; errors are raised by `Study.run`.

    Raises
    ------
    SurveyEngineError
        The file, the instrument or the mapping cannot be used.
    """
    named = columns or ReadColumns()
    request = StudyRequest(
        export=Path(path),
        instrument=None if instrument is None else str(instrument),
        mapping=None if mapping is None else Path(mapping),
        scale=scale,
        na_codes=tuple(na),
        id_column=named.id,
        keep=named.keep,
        items=named.items,
        spec=StudySpec(weights=named.weights, group=named.group),
    )
    return open_request(request).data


def explore(
    data: SurveyData,
    *,
    model: str | Path | None = None,
    factors: ExploratoryChoice | None = None,
    missing: Missing = "listwise",
    ordered: Sequence[str] = (),
    seed: int = 1,
) -> Exploration:
    """Items, blocks of items and factors, without a model of paths.

    Parameters
    ----------
    data : SurveyData
    model : str or Path, optional
        Whose constructs are the blocks; without one the questionnaire's are.
    factors : ExploratoryChoice, optional
        How many factors, extracted and rotated how.
    missing : str
        Treatment of missing answers.
    ordered : sequence of str
        Items with ordered answers, ``("all",)`` for all: factors and omega are then of
        polychoric correlations, and blocks have an ordinal alpha.
    seed : int
        Of the random data of parallel analysis.

    Returns
    -------
    Exploration
        With `to_dict` and ``to_frame("items")`` or ``"blocks"``.

    Raises
    ------
    SurveyEngineError
        The answers have errors.
    """
    from survey_engine.workflows.explore import explore_data
    from survey_engine.workflows.resources import load_model

    blocks = None
    if model is not None:
        blocks = {one.name: one.indicators for one in load_model(str(model)).constructs}
    spec = StudySpec(missing=missing, ordered=tuple(ordered), seed=seed)
    return explore_data(data, spec, blocks=blocks, choice=factors)


@dataclass(frozen=True, kw_only=True)
class ReadColumns:
    """Columns with a role of their own: case weights, segments, respondent ids.

    `keep` takes in responses the survey tool marks as ``unfinished`` or ``test``; `items`
    names the answers of a plain table that holds other numbers as well (ages, branches),
    which then stay as they are.
    """

    weights: str | None = None
    group: str | None = None
    id: str | None = None
    keep: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, repr=False)
class Index(SatisfactionIndex):
    """The 0-100 index as it is spoken: ``71.2 [69.0, 73.3], n = 250``."""

    def __repr__(self) -> str:
        value = "undefined" if self.est is None else f"{self.est:.1f}"
        if self.ci_lower is None or self.ci_upper is None:
            return f"{value}, n = {self.n}"
        return f"{value} [{self.ci_lower:.1f}, {self.ci_upper:.1f}], n = {self.n}"


class Study:
    """A request: data, model and options; nothing is computed before `run`.

    Parameters
    ----------
    data : SurveyData
    model : str, Path or ModelSpec
        A preset id, a file, or a model.
    **options
        Fields of `StudySpec`, named as on the command line. What is estimated:
        ``estimator``, ``metric``, ``scheme``, ``modes``, ``interaction``,
        ``higher_order``, ``index``; data: ``missing``, ``imputations``, ``imputation``,
        ``weights``, ``cluster``, ``strata``, ``group``, ``ordered``; intervals:
        ``resamples``, ``seed``, ``confidence``, ``ci``, ``inadmissible``, ``sign``,
        ``jackknife``, ``exact_fit``, ``workers``, ``executor``; covariance-based models:
        ``kind``, ``meanstructure``, ``std_lv``, ``orthogonal``, ``fixed_x``, ``bounds``,
        ``information``, ``likelihood``, ``parameterization``, ``group_equal``,
        ``group_partial``, ``modification_indices``, ``measurement_tests``,
        ``invariance``, ``dynamic_cutoffs``, ``cutoffs``; prediction: ``predict``,
        ``antecedents``, ``cvpat``, ``rival``, ``blindfold``, ``redundancy``; groups and
        classes: ``compare_groups``, ``permutations``, ``segments``, ``segmentation``,
        ``class_specific``; robustness: ``robustness``, ``controls``, ``marker``,
        ``instruments``, ``desired_level``; what comes along: ``factor_scores``,
        ``second_opinion``, ``accept_inadmissible``, ``descriptives``, ``exploratory``.

    Raises
    ------
    SurveyEngineError
        The model cannot be read.
    UsageProblem
        An option does not exist or has no such value.
    """

    def __init__(self, data: SurveyData, model: str | Path | ModelSpec, **options: Any) -> None:
        from survey_engine.workflows.resources import load_model

        self.data = data
        self.model = model if isinstance(model, ModelSpec) else load_model(str(model))
        self.spec = study_spec(options)

    def run(self, *, progress: Progress | None = None) -> Result:
        """Screen, fit, resample, assess and score.

        Raises
        ------
        SurveyEngineError
            With every error found in data or model.
        """
        return Result(analyse(self.data, self.model, self.spec, progress=progress))


class Result:
    """What a study found; `study` holds everything as values."""

    def __init__(self, study: StudyResult) -> None:
        self.study = study

    @property
    def index(self) -> Index | None:
        """The 0-100 index; None for an inadmissible solution or a model without one."""
        found = self.study.index
        if found is None:
            return None
        return Index(**{field.name: getattr(found, field.name) for field in fields(found)})

    def report(
        self, path: str | Path, *, lang: str = "en", brand: str | Path | None = None
    ) -> Path:
        """Write the PDF report.

        Raises
        ------
        SurveyEngineError
            Pango is missing or the file cannot be written.
        """
        from survey_engine.workflows.make_report import write_report

        style = None if brand is None else str(brand)
        return write_report(self.study, Path(path), language=lang, brand=style)

    def score(self, data: SurveyData) -> NewScores:
        """Score new respondents with the weights of this run, held fixed.

        Parameters
        ----------
        data : SurveyData
            Read like the data of the study.

        Returns
        -------
        NewScores
            Constructs on 0-100 with intervals for the new respondents, beside this run's.

        Raises
        ------
        SurveyEngineError
            An item is missing or was asked on another scale; or this run has no scores.
        """
        from survey_engine.errors import EstimationError
        from survey_engine.study.frozen import freeze, score_data

        frozen = freeze(self.study)
        if frozen is None:
            refused = diagnostic("FROZEN_UNREADABLE", file=self.study.model.id)
            raise EstimationError(refused)
        found, notes = score_data(frozen, data)
        return replace(found, diagnostics=notes)

    def to_dict(self, *, lang: str = "en") -> dict[str, Any]:
        """The result JSON as a dictionary, diagnostics in words of `lang`."""
        from survey_engine.workflows.make_report import describe_result

        return describe_result(self.study, language=lang)

    def to_frame(self, table: str) -> pd.DataFrame:
        """One long table of the result JSON, such as ``"paths"`` or ``"loadings"``.

        Raises
        ------
        KeyError
            There is no such table.
        """
        import pandas as pd

        tables = self.to_dict()
        if not isinstance(tables.get(table), list):
            known = sorted(key for key, value in tables.items() if isinstance(value, list))
            raise KeyError(f"no table {table!r}; there are {', '.join(known)}")
        return pd.DataFrame(tables[table])

    def __repr__(self) -> str:
        study = self.study
        return f"Result({study.model.id} by {study.fit.estimator}, n = {study.n})"
