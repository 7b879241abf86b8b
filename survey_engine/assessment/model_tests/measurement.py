r"""Are the constructs distinct, and is there a method behind the items? By refitting.

Everything here compares confirmatory factor models of the constructs (unit variances, all
correlated): with a correlation held at 1 or .9, with two constructs merged into one, with
a method factor that loads alike on every item.

References
----------
Ronkko, M. & Cho, E. (2022). An updated guideline for assessing discriminant validity.
Organizational Research Methods 25 (CICFA and the difference tests).
Podsakoff, P. M. et al. (2003). J. Applied Psychology 88 (unmeasured latent method factor).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from survey_engine.assessment.fit_measures.chi_square import tail_probability
from survey_engine.assessment.model_tests.of_fit import point_of
from survey_engine.assessment.model_tests.standardised import standardised_solution
from survey_engine.errors import SurveyEngineError
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Moments
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.model_text import parse_model_text

LIMITS = (0.8, 0.9, 1.0)
"""Above the first a correlation is a problem marginally, then moderately, then severely."""
HARMAN = 0.5
PATIENCE = 40
"""Iterations of one start: a held correlation may leave a model without an optimum."""


@dataclass(frozen=True, kw_only=True)
class DiscriminantTest:
    """One pair of constructs.

    Attributes
    ----------
    correlation, se, ci_lower, ci_upper
        Between the factors, delta method (CICFA).
    verdict : str
        ``"none"``, ``"marginal"``, ``"moderate"``, ``"severe"``: by where the upper
        limit of the absolute correlation lies (Ronkko & Cho 2022, table 9).
    chisq_one, p_one
        The pair alone: two factors against one, a correlation of 1 or -1 (1 df).
    chisq_cut, p_cut
        Against .9; None where the correlation is below it already.
    chisq_merged, df_merged, p_merged
        Against one factor for both constructs.
    """

    first: str
    second: str
    correlation: float
    se: float | None
    ci_lower: float | None
    ci_upper: float | None
    verdict: str
    chisq_one: float | None
    p_one: float | None
    chisq_cut: float | None
    p_cut: float | None
    chisq_merged: float | None
    df_merged: int | None
    p_merged: float | None


@dataclass(frozen=True, kw_only=True)
class MethodFactor:
    """A method factor with equal loadings: what it adds, how much variance it takes.

    `share` is the mean over items of the method variance in the item's; below 0 there is
    none. None where the model with it has no solution.
    """

    chisq: float | None
    df: int
    p: float | None
    share: float | None
    largest_share: float | None


@dataclass(frozen=True, kw_only=True)
class HarmanTest:
    """Share of the first unrotated component. A low share is no evidence of absence."""

    share: float
    limit: float = HARMAN

    @property
    def alarming(self) -> bool:
        """Whether one component carries most of the variance."""
        return self.share > self.limit


def measured_blocks(spec: ModelSpec) -> dict[str, tuple[str, ...]]:
    """Items by construct, of constructs measured by observed items."""
    names = set(spec.construct_names)
    return {
        c.name: c.indicators
        for c in spec.constructs
        if c.indicators and not names & set(c.indicators) and ":" not in c.name
    }


def confirmatory_model(
    blocks: dict[str, tuple[str, ...]], *, extra: tuple[str, ...] = ()
) -> ModelSpec:
    """The factor model of some blocks as text, with further lines."""
    lines = [f"{name} =~ {' + '.join(items)}" for name, items in blocks.items()]
    return parse_model_text("\n".join([*lines, *extra]), file="cfa")


def discriminant_tests(spec: ModelSpec, moments: Moments) -> tuple[DiscriminantTest, ...]:
    """Every pair of constructs of a model; empty where the factor model has no solution."""
    blocks = measured_blocks(spec)
    estimator = CbSemEstimator(std_lv=True, max_iterations=PATIENCE)
    whole = _fitted(estimator, confirmatory_model(blocks), moments)
    if whole is None or len(blocks) < 2:
        return ()
    rows = standardised_solution(point_of(whole), whole.free_covariance)
    known = {frozenset((r.lhs, r.rhs)): r for r in rows if r.op == "~~"}
    found = []
    for first, second in combinations(blocks, 2):
        row = known[frozenset((first, second))]
        if row.est is None:
            continue
        sign = -1.0 if row.est < 0 else 1.0
        one = _alone({name: blocks[name] for name in (first, second)}, moments)
        cut = (
            _held(blocks, (first, second), 0.9 * sign, moments, whole)
            if abs(row.est) > LIMITS[1]
            else None
        )
        merged = _merged(blocks, (first, second), moments, whole)
        found.append(
            DiscriminantTest(
                first=first,
                second=second,
                correlation=row.est,
                se=row.se,
                ci_lower=row.ci_lower,
                ci_upper=row.ci_upper,
                verdict=_verdict(row.ci_lower, row.ci_upper, row.est),
                chisq_one=one,
                p_one=None if one is None else tail_probability(one, 1),
                chisq_cut=cut,
                p_cut=None if cut is None else tail_probability(cut, 1),
                chisq_merged=None if merged is None else merged[0],
                df_merged=None if merged is None else merged[1],
                p_merged=None if merged is None else tail_probability(*merged),
            )
        )
    return tuple(found)


def _verdict(lower: float | None, upper: float | None, est: float) -> str:
    limit = max(abs(lower or est), abs(upper or est))
    words = ("none", "marginal", "moderate", "severe")
    return words[sum(limit >= bound for bound in LIMITS)]


def _fitted(estimator: CbSemEstimator, spec: ModelSpec, moments: Moments) -> CbSemFit | None:
    try:
        fit = estimator.fit(spec, moments)
    except SurveyEngineError:
        return None
    return fit if fit.converged else None


def _alone(pair: dict[str, tuple[str, ...]], moments: Moments) -> float | None:
    """Rise of chi-square from two factors to one, without the other constructs.

    Beside other constructs a correlation of 1 leaves the factors' covariances indefinite
    unless they are merged; alone it is the one-factor model.
    """
    items = tuple(item for block in pair.values() for item in block)
    estimator = CbSemEstimator(std_lv=True, max_iterations=PATIENCE)
    two = _fitted(estimator, confirmatory_model(pair), moments)
    one = _fitted(estimator, confirmatory_model({next(iter(pair)): items}), moments)
    return None if two is None or one is None else max(one.chisq - two.chisq, 0.0)


def _held(
    blocks: dict[str, tuple[str, ...]],
    pair: tuple[str, str],
    value: float,
    moments: Moments,
    whole: CbSemFit,
) -> float | None:
    """Rise of chi-square with a correlation held at `value`."""
    line = f"{pair[0]} ~~ {value:g}*{pair[1]}"
    held = _fitted(
        CbSemEstimator(std_lv=True, max_iterations=PATIENCE),
        confirmatory_model(blocks, extra=(line,)),
        moments,
    )
    return None if held is None else max(held.chisq - whole.chisq, 0.0)


def _merged(
    blocks: dict[str, tuple[str, ...]],
    pair: tuple[str, str],
    moments: Moments,
    whole: CbSemFit,
) -> tuple[float, int] | None:
    together = {name: items for name, items in blocks.items() if name not in pair}
    together[pair[0]] = blocks[pair[0]] + blocks[pair[1]]
    fit = _fitted(
        CbSemEstimator(std_lv=True, max_iterations=PATIENCE),
        confirmatory_model(together),
        moments,
    )
    if fit is None or fit.df <= whole.df:
        return None
    return max(fit.chisq - whole.chisq, 0.0), fit.df - whole.df


def method_factor(spec: ModelSpec, moments: Moments) -> MethodFactor | None:
    """Unmeasured latent method factor with equal loadings, uncorrelated with the others.

    Returns
    -------
    MethodFactor or None
        None where the factor model without it has no solution. Items are standardised
        first: equal loadings mean an equal share of every item.
    """
    blocks = measured_blocks(spec)
    items = tuple(dict.fromkeys(item for block in blocks.values() for item in block))
    chosen = moments.select(items)
    standard = Moments(
        columns=items,
        n=chosen.n,
        n_effective=chosen.n_effective,
        mean=np.zeros(len(items)),
        covariance=chosen.correlation,
        weighted=chosen.weighted,
        missing=chosen.missing,
    )
    estimator = CbSemEstimator(std_lv=True, max_iterations=PATIENCE)
    plain = _fitted(estimator, confirmatory_model(blocks), standard)
    if plain is None:
        return None
    name = _free_name(set(blocks) | set(items))
    extra = (
        f"{name} =~ " + " + ".join(f"1*{item}" for item in items),
        f"{name} ~~ NA*{name}",
        *(f"{name} ~~ 0*{block}" for block in blocks),
    )
    patient = CbSemEstimator(std_lv=True, max_iterations=PATIENCE)
    with_factor = _fitted(patient, confirmatory_model(blocks, extra=extra), standard)
    if with_factor is None or _impossible(with_factor, name):
        return MethodFactor(chisq=None, df=1, p=None, share=None, largest_share=None)
    chisq = max(plain.chisq - with_factor.chisq, 0.0)
    own = [r.est for r in with_factor.parameters if r.lhs == name == r.rhs]
    shares = (own[0] or 0.0) / np.diagonal(with_factor.implied)
    return MethodFactor(
        chisq=chisq,
        df=1,
        p=tail_probability(chisq, 1),
        share=float(shares.mean()),
        largest_share=float(shares.max()),
    )


def _impossible(fit: CbSemFit, name: str) -> bool:
    """Whether anything but the method variance itself, which may be negative, is improper."""
    others = [r for r in fit.parameters if r.op == "~~" and r.lhs == r.rhs != name]
    inner = fit.latent_correlation
    return any((r.est or 0.0) < 0 for r in others) or bool((np.abs(inner) > 1 + 1e-9).any())


def _free_name(taken: set[str]) -> str:
    name = "method"
    while name in taken:
        name += "_"
    return name


def harman_test(moments: Moments, items: tuple[str, ...]) -> HarmanTest:
    """First unrotated component of all items (Harman; see Podsakoff et al. 2003)."""
    values = np.linalg.eigvalsh(moments.select(items).correlation)
    return HarmanTest(share=float(values[-1] / len(items)))
