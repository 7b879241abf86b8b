"""Is an antecedent correlated with what its equation leaves out? Copulas, instruments.

References
----------
Park, S. & Gupta, S. (2012). Marketing Science 31, 567-586.
Hult, G. T. M. et al. (2018). Addressing endogeneity in international marketing
applications of PLS-SEM. Journal of International Marketing 26(3), 1-21.
Becker, J.-M., Proksch, D. & Ringle, C. M. (2022). Revisiting Gaussian copulas to handle
endogenous regressors. JAMS 50, 46-66: with an intercept, small samples mislead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import ndtr

from survey_engine.assessment.resampled import number, percentile_spread
from survey_engine.assessment.scored_rows import ScoredRows, Term
from survey_engine.numerics.copula import copula_terms, weighted_covariance
from survey_engine.numerics.moments import Array
from survey_engine.numerics.regression import TwoStage, least_squares, t_test, two_stage

MOST_COMBINED = 4
"""Beyond so many antecedents: one at a time, and all together."""
_CHUNK = 100


@dataclass(frozen=True, kw_only=True)
class Normality:
    """Tests of normality of one construct's scores; copulas need non-normal ones."""

    construct: str
    lilliefors: float | None
    lilliefors_p: float | None
    anderson: float | None
    anderson_p: float | None
    skewness: float | None
    excess_kurtosis: float | None


@dataclass(frozen=True, kw_only=True)
class CopulaModel:
    """An equation with copula terms for some antecedents.

    `copulas` are the copula terms, `paths` the slopes beside them.
    """

    target: str
    endogenous: tuple[str, ...]
    copulas: tuple[Term, ...]
    paths: tuple[Term, ...]
    r2: float | None


@dataclass(frozen=True, kw_only=True)
class Instrumented:
    """An equation by two-stage least squares."""

    target: str
    endogenous: tuple[str, ...]
    instruments: tuple[str, ...]
    paths: tuple[Term, ...]
    sargan: float | None
    sargan_df: int
    sargan_p: float | None
    hausman: float | None
    hausman_p: float | None
    first_stage_f: dict[str, float | None]


def normality(rows: ScoredRows) -> tuple[Normality, ...]:
    """Lilliefors and Anderson-Darling tests of the scores of every antecedent."""
    from statsmodels.stats.diagnostic import lilliefors, normal_ad

    found = []
    for k in sorted({k for _, sources in rows.equations for k in sources}):
        x = rows.scores[:, k]
        statistic, p = lilliefors(x, dist="norm", pvalmethod="table")
        anderson, anderson_p = normal_ad(x)
        z = (x - x.mean()) / x.std()
        found.append(
            Normality(
                construct=rows.names[k],
                lilliefors=number(statistic),
                lilliefors_p=number(p),
                anderson=number(anderson),
                anderson_p=number(anderson_p),
                skewness=number((z**3).mean()),
                excess_kurtosis=number((z**4).mean() - 3),
            )
        )
    return tuple(found)


def copula_models(rows: ScoredRows) -> tuple[CopulaModel, ...]:
    """Every equation with every combination of antecedents that may be endogenous."""
    count = len(rows.names)
    used = sorted({k for _, sources in rows.equations for k in sources})
    place = {k: count + j for j, k in enumerate(used)}
    sample = _with_copulas(rows, used, rows.weights[None])[0]
    draws = _resampled(rows, used)
    found = []
    for target, sources in rows.equations:
        for chosen in _combined(sources):
            at = (*sources, *(place[k] for k in chosen))
            slopes, r2 = least_squares(sample, target, at)
            drawn = None if draws is None else least_squares(draws, target, at)[0]
            names = [rows.names[k] for k in (*sources, *chosen)]
            each = _terms(rows, (slopes, drawn), names, rows.names[target])
            found.append(
                CopulaModel(
                    target=rows.names[target],
                    endogenous=tuple(rows.names[k] for k in chosen),
                    copulas=each[len(sources) :],
                    paths=each[: len(sources)],
                    r2=number(r2),
                )
            )
    return tuple(found)


def _combined(sources: tuple[int, ...]) -> list[tuple[int, ...]]:
    sizes = range(1, len(sources) + 1)
    if len(sources) > MOST_COMBINED:
        sizes_used: Sequence[int] = (1, len(sources))
    else:
        sizes_used = sizes
    return [chosen for size in sizes_used for chosen in combinations(sources, size)]


def _with_copulas(rows: ScoredRows, used: list[int], weights: Array) -> Array:
    """Covariances (B, q, q) of scores and copula terms made anew in each resample."""
    scores = np.broadcast_to(rows.scores, (len(weights), *rows.scores.shape))
    made = [copula_terms(rows.scores[:, k], weights)[..., None] for k in used]
    return weighted_covariance(np.concatenate([scores, *made], axis=-1), weights)


def _resampled(rows: ScoredRows, used: list[int]) -> Array | None:
    if rows.resamples < 2:
        return None
    parts = []
    children = np.random.SeedSequence(rows.seed).spawn(-(-rows.resamples // _CHUNK))
    for key, child in enumerate(children):
        size = min(_CHUNK, rows.resamples - key * _CHUNK)
        drawn = np.random.default_rng(child).integers(0, rows.n, size=(size, rows.n))
        drawn += np.arange(size)[:, None] * rows.n
        counts = np.bincount(drawn.ravel(), minlength=size * rows.n).reshape(size, rows.n)
        parts.append(_with_copulas(rows, used, counts * rows.weights))
    return np.concatenate(parts)


def _terms(
    rows: ScoredRows,
    found: tuple[Array, Array | None],
    names: Sequence[str],
    target: str,
) -> tuple[Term, ...]:
    slopes, drawn = found
    spread = None if drawn is None else percentile_spread(drawn, rows.confidence)
    each = []
    for j, name in enumerate(names):
        se = None if spread is None else number(spread.se[j])
        each.append(
            Term(
                source=name,
                target=target,
                est=number(slopes[j]),
                se=se,
                ci_lower=None if spread is None else number(spread.lower[j]),
                ci_upper=None if spread is None else number(spread.upper[j]),
                p=number(2 * ndtr(-abs(slopes[j]) / se)) if se else None,
            )
        )
    return tuple(each)


def instrumented(
    rows: ScoredRows, instruments: Mapping[str, tuple[tuple[str, ...], Array]]
) -> tuple[Instrumented, ...]:
    """Equations with an antecedent that has instruments, by two-stage least squares.

    Parameters
    ----------
    instruments : Mapping[str, (names, ndarray of shape (n, m))]
        Instruments by endogenous antecedent.
    """
    found = []
    for target, sources in rows.equations:
        endogenous = [k for k in sources if rows.names[k] in instruments]
        if not endogenous:
            continue
        chosen = [instruments[rows.names[k]] for k in endogenous]
        labels = [name for names, _ in chosen for name in names]
        columns = np.column_stack([rows.scores, *(values for _, values in chosen)])
        added = range(len(rows.names), columns.shape[1])
        exogenous = [k for k in sources if k not in endogenous]
        fit = two_stage(
            rows.covariance(columns), target, sources, [*exogenous, *added], n=rows.n
        )
        found.append(_as_instrumented(rows, (target, sources, endogenous), labels, fit))
    return tuple(found)


def _as_instrumented(
    rows: ScoredRows,
    equation: tuple[int, tuple[int, ...], list[int]],
    labels: list[str],
    fit: TwoStage,
) -> Instrumented:
    target, sources, endogenous = equation
    df = rows.n - len(sources) - 1
    p = t_test(fit.slopes, fit.errors, df)
    return Instrumented(
        target=rows.names[target],
        endogenous=tuple(rows.names[k] for k in endogenous),
        instruments=tuple(labels),
        paths=tuple(
            Term(
                source=rows.names[k],
                target=rows.names[target],
                est=number(fit.slopes[j]),
                se=number(fit.errors[j]),
                p=number(p[j]),
            )
            for j, k in enumerate(sources)
        ),
        sargan=number(fit.sargan),
        sargan_df=fit.sargan_df,
        sargan_p=number(fit.sargan_p),
        hausman=number(fit.hausman),
        hausman_p=number(fit.hausman_p),
        first_stage_f={
            rows.names[k]: number(fit.first_stage[j]) for j, k in enumerate(endogenous)
        },
    )
