"""What a study asks of its fitted covariance-based model, beyond estimates and fit.

Cheap answers (residuals, standardised errors, power, corrected chi-squares, factor
reliability, HTMT conventions) always come along; modification indices, the tests of
measurement, the invariance ladder and factor scores on request.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.admissibility import verify
from survey_engine.assessment.blocks import block_sizes
from survey_engine.assessment.heterotrait import heterotrait
from survey_engine.assessment.model_tests.bollen_stine import BollenStine, bollen_stine
from survey_engine.assessment.model_tests.candidates import candidates
from survey_engine.assessment.model_tests.composite_rows import outside
from survey_engine.assessment.model_tests.dynamic_cutoffs import (
    DynamicCutoffs,
    dynamic_cutoffs,
)
from survey_engine.assessment.model_tests.ladder import Ladder
from survey_engine.assessment.model_tests.measurement import (
    DiscriminantTest,
    HarmanTest,
    MethodFactor,
    discriminant_tests,
    harman_test,
    method_factor,
)
from survey_engine.assessment.model_tests.of_fit import (
    normal_theory,
    point_of,
    scaling_of,
)
from survey_engine.assessment.model_tests.point import ModelPoint
from survey_engine.assessment.model_tests.power import RmseaPower, power_table
from survey_engine.assessment.model_tests.reliability import (
    FactorReliability,
    factor_reliabilities,
)
from survey_engine.assessment.model_tests.residuals import (
    Residuals,
    UnbiasedSrmr,
    residuals,
    unbiased_srmr,
    without_errors,
)
from survey_engine.assessment.model_tests.score_tests import (
    ModificationIndex,
    ScoreTest,
    equality_tests,
    modification_indices,
)
from survey_engine.assessment.model_tests.small_sample import (
    CorrectedChiSquare,
    Noncentrality,
    corrected_statistics,
    noncentrality,
)
from survey_engine.assessment.model_tests.standardised import (
    StandardisedRow,
    standardised_solution,
)
from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.solution import solution_of
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.numerics.moments import Array
from survey_engine.study.after_fit_composites import (
    factors_only,
    without_factor_tests,
    without_nodes,
)
from survey_engine.study.covariance import cbsem_estimator
from survey_engine.study.factor_scores import scored_rows
from survey_engine.study.invariance import invariance_of
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec

OPTIONS = {
    "modification_indices": "--modification-indices",
    "measurement_tests": "--measurement-tests",
    "invariance": "--invariance",
    "factor_scores": "--scores",
    "dynamic_cutoffs": "--dynamic-cutoffs",
}
NO_TEST = ScoreTest(lhs="", rhs="", chisq=0.0, df=0, p=float("nan"))
PLS = ("pls", "plsc", "sum", "gsca")


@dataclass(frozen=True, kw_only=True)
class AfterFit:
    """Answers about one fitted model; empty or None where not asked or not defined.

    Attributes
    ----------
    htmt : dict of str to ndarray, each (K, K)
        HTMT by convention.
    scores : dict of str to ndarray, each (n, number of latents)
        By method; never part of the result JSON.
    score_rows : ndarray, shape (n,)
        Row of the file, from 1, of each line of `scores`.
    """

    residuals: Residuals
    unbiased_srmr: UnbiasedSrmr | None
    standardised: tuple[StandardisedRow, ...]
    power: tuple[RmseaPower, ...]
    corrected: tuple[CorrectedChiSquare, ...]
    noncentrality: Noncentrality | None
    reliability: tuple[FactorReliability, ...]
    htmt: dict[str, Array]
    equality_total: ScoreTest
    equality: tuple[ScoreTest, ...]
    modification: tuple[ModificationIndex, ...] | None = None
    discriminant: tuple[DiscriminantTest, ...] | None = None
    method: MethodFactor | None = None
    harman: HarmanTest | None = None
    bollen_stine: BollenStine | None = None
    invariance: Ladder | None = None
    dynamic_cutoffs: DynamicCutoffs | None = None
    latents: tuple[str, ...] = ()
    scores: dict[str, Array] = field(default_factory=dict, repr=False)
    score_rows: NDArray[np.int64] = field(
        default_factory=lambda: np.empty(0, dtype=np.int64), repr=False
    )
    diagnostics: tuple[Diagnostic, ...] = ()


def refuse_without_factors(spec: StudySpec) -> None:
    """Stop before anything is fitted if the options need a covariance-based model.

    Raises
    ------
    EstimationError
        AFTER_FIT_NEEDS_CBSEM, INVARIANCE_NEEDS_GROUPS.
    """
    asked = [
        option
        for name, option in OPTIONS.items()
        if getattr(spec, name) and name != "factor_scores"  # PLS has scores of its own
    ]
    if asked and spec.estimator in PLS:
        raise EstimationError(
            diagnostic(
                "AFTER_FIT_NEEDS_CBSEM", options=", ".join(asked), estimator=spec.estimator
            )
        )
    if spec.invariance and spec.group is None:
        raise EstimationError(diagnostic("INVARIANCE_NEEDS_GROUPS", column="--group"))


def after_fit(
    prepared: Prepared,
    fit: PlsFit | CbSemFit,
    spec: StudySpec,
    groups_fit: CbSemFit | None = None,
) -> AfterFit | None:
    """Answer; None for PLS, ordered items and a fit that did not converge.

    Parameters
    ----------
    prepared : Prepared
    fit : PlsFit or CbSemFit
        Of all respondents: tests of measurement and cut-offs are about it.
    spec : StudySpec
    groups_fit : CbSemFit, optional
        Of all groups at once: residuals, parameters and scores are then about it.
    """
    shown = groups_fit or fit
    if not isinstance(fit, CbSemFit) or not isinstance(shown, CbSemFit):
        return None
    if not (shown.converged and np.isfinite(shown.free_covariance).all()):
        return None
    if spec.ordered:
        return None  # what is asked for is refused beforehand: `study.ordinal`
    point, normal = point_of(shown), normal_theory(shown)
    composites = solution_of(shown).table.composites
    left_out: tuple[Diagnostic, ...] = ()
    if composites:
        left_out = factors_only(spec, composites)
        spec = without_factor_tests(spec)
    sound = normal and verify(fit).verdict == "yes"
    tests = _measurement(prepared, fit, spec) if sound else _Measurement()
    ladder, notes = invariance_of(prepared, fit, spec) if normal else (None, ())
    scores, rows = scored_rows(prepared, point, shown, spec)
    found = _of_parameters(point, shown, spec, normal=normal)
    answers = replace(
        found,
        htmt=_heterotrait(fit),
        discriminant=tests.discriminant,
        method=tests.method,
        harman=tests.harman,
        bollen_stine=tests.bollen_stine,
        invariance=ladder,
        dynamic_cutoffs=_dynamic(fit, spec) if sound else None,
        scores=scores,
        score_rows=rows,
        diagnostics=(
            *tests.diagnostics,
            *notes,
            *_left_out(shown, spec, normal=normal),
            *_not_sound(spec, sound=sound or not normal),
            *left_out,
        ),
    )
    return without_nodes(answers, composites) if composites else answers


def _heterotrait(fit: CbSemFit) -> dict[str, Array]:
    items = _items(fit)
    if not items:
        return {}
    return heterotrait(fit.moments.select(items).correlation, block_sizes(fit.spec))


def _of_parameters(
    point: ModelPoint, fit: CbSemFit, spec: StudySpec, *, normal: bool
) -> AfterFit:
    """What the solution itself answers."""
    total, each = equality_tests(point) if normal else (NO_TEST, ())
    found = residuals(point)
    observed = len(point.sample.observed)
    composites = solution_of(fit).table.composites
    asked = spec.modification_indices and normal
    return AfterFit(
        residuals=found if normal else without_errors(found),
        unbiased_srmr=unbiased_srmr(point) if fit.df > 0 and normal else None,
        standardised=standardised_solution(
            point,
            fit.free_covariance,
            # Labels of weights have no place among loadings.
            defined=[r for r in fit.parameters if r.op == ":=" and not composites],
            level=spec.confidence,
        ),
        power=power_table(fit.moments.n, fit.df, groups=len(fit.groups)),
        corrected=corrected_statistics(fit),
        noncentrality=noncentrality(fit.chisq, fit.df, point.total) if fit.df > 0 else None,
        reliability=factor_reliabilities(point),
        htmt={},
        equality_total=total,
        equality=each,
        modification=_modification(point, fit) if asked else None,
        latents=point.variables[observed:],
    )


def _left_out(fit: CbSemFit, spec: StudySpec, *, normal: bool) -> list[Diagnostic]:
    """What was asked for and does not apply to this estimator."""
    needing = ("modification_indices", "measurement_tests", "invariance", "dynamic_cutoffs")
    asked = [OPTIONS[name] for name in needing if getattr(spec, name)]
    if normal or not asked:
        return []
    how = f"{fit.estimator}, --missing {fit.moments.missing}"
    return [diagnostic("AFTER_FIT_COMPLETE_ONLY", options=", ".join(asked), how=how)]


def _not_sound(spec: StudySpec, *, sound: bool) -> list[Diagnostic]:
    """What was asked for and means nothing for an inadmissible solution."""
    names = ("measurement_tests", "dynamic_cutoffs")
    asked = [OPTIONS[name] for name in names if getattr(spec, name)]
    if sound or not asked:
        return []
    return [diagnostic("AFTER_FIT_INADMISSIBLE", options=", ".join(asked))]


def _items(fit: CbSemFit) -> tuple[str, ...]:
    """Indicators block by block; empty where some are constructs or not observed."""
    items = fit.spec.indicators
    return items if set(items) <= set(fit.moments.columns) else ()


def _dynamic(fit: CbSemFit, spec: StudySpec) -> DynamicCutoffs | None:
    if not spec.dynamic_cutoffs:
        return None
    return dynamic_cutoffs(_estimator(spec), fit, seed=spec.seed)


def _estimator(spec: StudySpec) -> CbSemEstimator:
    """The study's estimator for one group."""
    return replace(cbsem_estimator(spec), group_equal=(), group_partial=())


def _modification(point: ModelPoint, fit: CbSemFit) -> tuple[ModificationIndex, ...]:
    """The largest first."""
    places = candidates(point, exogenous=fit.fixed_x)
    places = outside(places, solution_of(fit).table.composites)
    found = modification_indices(point, at=places, scaling=scaling_of(fit))
    return tuple(sorted(found, key=lambda one: -one.mi))


@dataclass(frozen=True, kw_only=True)
class _Measurement:
    discriminant: tuple[DiscriminantTest, ...] | None = None
    method: MethodFactor | None = None
    harman: HarmanTest | None = None
    bollen_stine: BollenStine | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


def _measurement(prepared: Prepared, fit: CbSemFit, spec: StudySpec) -> _Measurement:
    """The tests of measurement, by refitting and resampling."""
    items = _items(fit)
    if not spec.measurement_tests or not items or len(fit.groups) > 1:
        return _Measurement()
    pairs = discriminant_tests(fit.spec, fit.moments)
    method = method_factor(fit.spec, fit.moments)
    notes = [
        diagnostic(
            "CONSTRUCTS_NOT_DISTINCT",
            where=Where(constructs=(one.first, one.second)),
            limit=f"{max(abs(one.ci_lower or 0), abs(one.ci_upper or 0)):.2f}",
        )
        for one in pairs
        if one.verdict == "severe"
    ]
    if method is not None and method.share is None:
        notes.append(diagnostic("METHOD_FACTOR_UNSTABLE"))
    tested = None
    if fit.moments.missing == "listwise" and not fit.moments.weighted:
        tested = bollen_stine(
            _estimator(spec),
            fit,
            prepared.reduction.rows,
            requested=spec.resamples or 1_000,
            seed=spec.seed,
            workers=spec.workers,
        )
    else:
        notes.append(diagnostic("BOLLEN_STINE_NEEDS_ROWS"))
    return _Measurement(
        discriminant=pairs,
        method=method,
        harman=harman_test(fit.moments, tuple(dict.fromkeys(items))),
        bollen_stine=tested,
        diagnostics=tuple(notes),
    )
