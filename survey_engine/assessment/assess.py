"""From a fit and its resampled statistics to the `Assessment` tables."""

from __future__ import annotations

import numpy as np

from survey_engine.assessment.blocks import adjacency, block_sizes
from survey_engine.assessment.collinearity import antecedent_inflation, item_inflation
from survey_engine.assessment.reliability import omega_model, omega_one_factor
from survey_engine.assessment.resampled import Resampled, number
from survey_engine.assessment.result import (
    Admissibility,
    Assessment,
    ConstructReliability,
    Exploratory,
    FornellLarcker,
)
from survey_engine.assessment.tables import (
    cross_table,
    effect_table,
    pair_table,
)
from survey_engine.assessment.validity import largest_correlation
from survey_engine.errors import Diagnostic
from survey_engine.estimation.estimates import EffectEstimate, IndicatorEstimate
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec

_WITH_INTERVAL = ("alpha", "alpha_raw", "rho_a", "rho_c", "ave", "r2")


def assess(
    fit: PlsFit | CbSemFit,
    sampled: Resampled,
    admissibility: Admissibility,
    *,
    exploratory: Exploratory | None = None,
    diagnostics: tuple[Diagnostic, ...] = (),
) -> Assessment:
    """Measurement and structure quality of a fit, with intervals where resampled.

    Reliability, AVE and HTMT describe reflective blocks: they are None for composites.
    VIF of antecedents and f2 use the construct correlations of the fit (PLSc and CB-SEM:
    disattenuated). `fit.spec` names the constructs with their observed indicators, the
    order of every array of `sampled`.
    """
    spec = fit.spec
    correlations = sampled.point["correlations"]
    inflation = antecedent_inflation(correlations, adjacency(spec))
    cross = cross_table(sampled, spec) if sampled.has("cross_loadings") else ()
    return Assessment(
        admissibility=admissibility,
        constructs=_reliability(fit, sampled),
        htmt=pair_table("htmt", sampled, spec, without=composites(spec)),
        htmt2=pair_table("htmt2", sampled, spec, without=composites(spec))
        if sampled.has("htmt2")
        else (),
        construct_correlations=pair_table("correlations", sampled, spec),
        fornell_larcker=_fornell_larcker(spec, sampled.point["ave"], correlations),
        cross_loadings=cross,
        vif_items=_vif_items(fit),
        vif_antecedents=_vif_antecedents(spec, inflation),
        f2=effect_table("f2", sampled, spec),
        exploratory=exploratory,
        diagnostics=diagnostics,
    )


def composites(spec: ModelSpec) -> frozenset[str]:
    """Constructs that are made up of their items rather than measured by them."""
    return frozenset(c.name for c in spec.constructs if c.kind == "composite")


def omega_of(fit: PlsFit | CbSemFit, loadings: Array) -> Array:
    """McDonald's omega of each block, shape (K,).

    CB-SEM: of the fitted model. PLS and PLSc: of one factor fitted to the block alone
    (minres), since PLS loadings are not factor loadings.
    """
    sizes = block_sizes(fit.spec)
    if isinstance(fit, CbSemFit):
        variance = np.diag(fit.implied)[_own_columns(fit)]
        return omega_model(loadings, variance, sizes)
    return omega_one_factor(_indicator_correlation(fit), sizes)


def _own_columns(fit: PlsFit | CbSemFit) -> list[int]:
    return [fit.moments.columns.index(item) for item in fit.spec.indicators]


def _indicator_correlation(fit: PlsFit | CbSemFit) -> Array:
    at = _own_columns(fit)
    return fit.moments.correlation[np.ix_(at, at)]


def _reliability(
    fit: PlsFit | CbSemFit, sampled: Resampled
) -> tuple[ConstructReliability, ...]:
    spec = fit.spec
    omega = omega_of(fit, sampled.point["loadings"])
    adjusted = _adjusted_r2(spec, sampled.point["r2"], fit.moments.n)
    made_up = composites(spec)
    rows = []
    for k, construct in enumerate(spec.constructs):
        names = [n for n in _WITH_INTERVAL if sampled.has(n)]
        if construct.name in made_up:
            names = ["r2"]
        found = {name: sampled.estimate(name, k) for name in names}
        values = {name: row.est for name, row in found.items()}
        rows.append(
            ConstructReliability(
                construct=construct.name,
                kind=construct.kind,
                n_items=len(construct.indicators),
                alpha=values.get("alpha"),
                alpha_raw=values.get("alpha_raw"),
                rho_a=values.get("rho_a"),
                rho_c=values.get("rho_c"),
                omega=None if construct.name in made_up else number(omega[k]),
                ave=values.get("ave"),
                r2=values.get("r2"),
                r2_adj=number(adjusted[k]),
                intervals={
                    name: (row.ci_lower, row.ci_upper)
                    for name, row in found.items()
                    if row.ci_lower is not None and row.ci_upper is not None
                },
            )
        )
    return tuple(rows)


def _adjusted_r2(spec: ModelSpec, r2: Array, n: int) -> Array:
    """``1 - (1 - R2)(n - 1)/(n - p - 1)``, NaN where no degrees of freedom remain."""
    predictors = adjacency(spec).sum(axis=0)
    left = n - predictors - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        adjusted = 1 - (1 - r2) * (n - 1) / left
    return np.where(left > 0, adjusted, np.nan)


def _fornell_larcker(
    spec: ModelSpec, ave: Array, correlations: Array
) -> tuple[FornellLarcker, ...]:
    names = spec.construct_names
    if len(names) < 2:
        return ()
    largest, partner = largest_correlation(correlations)
    made_up = composites(spec)
    rows = []
    for k, name in enumerate(names):
        root = None if name in made_up or not ave[k] >= 0 else number(np.sqrt(ave[k]))
        other = number(largest[k])
        rows.append(
            FornellLarcker(
                construct=name,
                sqrt_ave=root,
                largest_correlation=other,
                with_construct=None if other is None else names[int(partner[k])],
                passes=None if root is None or other is None else root > other,
            )
        )
    return tuple(rows)


def _vif_items(fit: PlsFit | CbSemFit) -> tuple[IndicatorEstimate, ...]:
    spec = fit.spec
    values = item_inflation(_indicator_correlation(fit), block_sizes(spec))
    owners = [c.name for c in spec.constructs for _ in c.indicators]
    return tuple(
        IndicatorEstimate(construct=owners[j], item=item, est=number(values[j]))
        for j, item in enumerate(spec.indicators)
    )


def _vif_antecedents(spec: ModelSpec, inflation: Array) -> tuple[EffectEstimate, ...]:
    names = spec.construct_names
    return tuple(
        EffectEstimate(
            source=path.source,
            target=path.target,
            est=number(inflation[names.index(path.source), names.index(path.target)]),
        )
        for path in spec.paths
    )
