"""The Python face of answers before a study: weights and cleaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survey_engine.errors import UsageProblem, diagnostic
from survey_engine.numerics.raking import TOLERANCE
from survey_engine.responses.survey_data import SurveyData
from survey_engine.responses.weighting import BOUND, Weighting, WeightingOptions

if TYPE_CHECKING:
    from survey_engine.responses.quality_plan import CleaningPlan, CleaningRule
    from survey_engine.responses.streamed import StreamedReduction
    from survey_engine.spec.model import ModelSpec
    from survey_engine.workflows.clean import CleaningReport

__all__ = ["clean", "moments", "weight"]


def weight(
    data: SurveyData,
    margins: str | Path | Mapping[str, Any],
    *,
    trim: float | None = BOUND,
    tolerance: float = TOLERANCE,
) -> Weighting:
    """Case weights that meet the margins of the population.

    Parameters
    ----------
    data : SurveyData
        Its case weights, if any, are the base weights.
    margins : str, Path or Mapping
        ``{"sex": {"f": 0.52, "m": 0.48}}`` or a YAML or CSV file of the same; shares,
        percentages or numbers of people. ``"sex * age"`` nests categories of crossed
        columns: alone it is post-stratification.
    trim : float or None
        c: weights stay within [1/c, c] of their mean; None does not trim.
    tolerance : float
        Largest relative error of a margin.

    Returns
    -------
    Weighting
        `data` is ready for `Study`; with `design_effect`, `n_effective`, `efficiency`,
        `to_frame` and `to_dict`.

    Raises
    ------
    SurveyEngineError
        The margins cannot be read or met: every category in the way is named.
    UsageProblem
        `trim` or `tolerance` is no such number.
    """
    from survey_engine.workflows.weight import weight_answers

    for name, number, fits, expected in (
        ("trim", trim, trim is None or trim > 1, "> 1, None"),
        ("tolerance", tolerance, 1e-12 <= tolerance < 1, "1e-12 … 1"),
    ):
        if not fits:
            raise UsageProblem(
                diagnostic("USAGE_BAD_VALUE", name=name, found=number, expected=expected)
            )

    given = margins if isinstance(margins, Mapping) else Path(margins)
    options = WeightingOptions(bound=trim, tolerance=tolerance)
    return weight_answers(data, given, options=options)


def clean(
    data: SurveyData,
    rules: Sequence[str | CleaningRule] | CleaningPlan | str | Path = (),
    *,
    model: str | Path | ModelSpec | None = None,
    **options: Any,
) -> CleaningReport:
    """Show what rules for careless respondents do, and set aside whom they name.

    Parameters
    ----------
    data : SurveyData
        Stays as it is.
    rules : sequence of str or CleaningRule, CleaningPlan, str or Path
        Names of rules, rules with cut-offs, or the YAML file of a plan. Without any, every
        rule is shown as if it stood alone and nothing is set aside.
    model : str, Path or ModelSpec, optional
        Whose index is shown before and after each rule.
    **options
        Fields of `StudySpec`, as for `Study`.

    Returns
    -------
    CleaningReport
        `data` is ready for `Study`, `plan` for the next wave; `cleaning.undo()` takes
        respondents in again; with `to_frame` and `to_dict`.

    Raises
    ------
    SurveyEngineError
        A rule or a model cannot be used; the answers have errors.
    """
    from survey_engine.responses.cleaning import default_rule
    from survey_engine.responses.quality_plan import CleaningPlan
    from survey_engine.spec.model import ModelSpec
    from survey_engine.study.result import StudySpec
    from survey_engine.workflows.clean import clean_answers, load_plan
    from survey_engine.workflows.run_study import load_identified

    if isinstance(rules, str | Path):
        rules = load_plan(Path(rules))
    listed = rules.rules if isinstance(rules, CleaningPlan) else rules
    chosen = [default_rule(one) if isinstance(one, str) else one for one in listed]
    found = model
    if found is not None and not isinstance(found, ModelSpec):
        found = load_identified(str(found))
    return clean_answers(data, chosen, model=found, spec=StudySpec(**options))


def moments(
    path: str | Path,
    columns: Sequence[str] | None = None,
    *,
    scale: tuple[float, float] | None = None,
    na: Sequence[float] = (),
    weights: str | None = None,
    group: str | None = None,
) -> StreamedReduction:
    """Means and covariances of a CSV or Parquet file of any size, read in chunks.

    Parameters
    ----------
    path : str or Path
        Its columns are the indicators; text is UTF-8.
    columns : sequence of str, optional
        Without it every column of numbers that looks neither like an id nor a weight.
    scale : (float, float), optional
        Lowest and highest answer; others are not used, and told.
    na : sequence of float
        Codes that mean no answer.
    weights : str, optional
        Column of case weights.
    group : str, optional
        Column of groups, each with moments of its own.

    Returns
    -------
    StreamedReduction
        `moments` of the complete rows, `groups`, counts of missing answers, `rows` to go
        through again, `diagnostics`. The numbers have the bits of a file read at once.

    Raises
    ------
    SurveyEngineError
        The file cannot be read, or no row is complete.
    """
    from survey_engine.responses.options import ResponseOptions
    from survey_engine.workflows.large_study import moments_of_file

    options = ResponseOptions(
        columns=None if columns is None else tuple(columns),
        scale=scale,
        na_codes=tuple(na),
        weights=weights,
        group=() if group is None else (group,),
    )
    return moments_of_file(path, options=options)
