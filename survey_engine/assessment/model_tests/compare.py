r"""Models side by side: likelihood-ratio tests of nested ones, a table of rival ones.

A robust chi-square is not chi-square distributed after subtraction. Satorra & Bentler
(2001) scale the plain difference by ``c_d = (df_0 c_0 - df_1 c_1) / (df_0 - df_1)``; it
can come out negative, which their 2010 version avoids by taking c_1 from the larger model
evaluated at the smaller one's estimates.

References
----------
Satorra, A. & Bentler, P. M. (2001, 2010). Psychometrika 66, 75.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

from survey_engine.assessment.fit_measures.chi_square import tail_probability


@dataclass(frozen=True, kw_only=True)
class ModelFit:
    """One model in a comparison.

    Attributes
    ----------
    name : str
    chisq, df : float, int
        Not scaled.
    scaling : float or None
        ``chisq / chisq_scaled`` of a robust estimator.
    n, groups : float, int
    npar : int
    measures : dict of str to float or None
        lavaan's names with underscores.
    """

    name: str
    chisq: float
    df: int
    n: float
    npar: int
    groups: int = 1
    scaling: float | None = None
    measures: dict[str, float | None]

    def best(self, measure: str) -> float | None:
        """A fit measure, its robust or scaled version where there is one."""
        for suffix in ("_robust", "_scaled", ""):
            found = self.measures.get(f"{measure}{suffix}")
            if found is not None:
                return found
        return None


@dataclass(frozen=True, kw_only=True)
class LikelihoodRatio:
    """A row of a table of nested models, from the freest to the most restricted.

    The first row has no difference. `chisq_diff` may be None where the scaled difference
    does not exist (negative scaling factor; ask for the 2010 version).
    """

    model: str
    df: int
    aic: float | None
    bic: float | None
    chisq: float
    chisq_diff: float | None = None
    df_diff: int | None = None
    p: float | None = None
    rmsea_diff: float | None = None
    scaling_diff: float | None = None


def likelihood_ratios(
    models: Sequence[ModelFit], *, at_smaller: Sequence[float | None] = ()
) -> tuple[LikelihoodRatio, ...]:
    """Difference tests of consecutive models, the freest first.

    Parameters
    ----------
    models : sequence of ModelFit
        Nested in each other; sorted here by degrees of freedom.
    at_smaller : sequence of float or None, optional
        For each model after the first, the scaling factor of the model before it at this
        model's estimates: asks for Satorra & Bentler's (2010) difference.

    Returns
    -------
    tuple of LikelihoodRatio
        Plain differences where a model has no scaling factor.
    """
    ordered = sorted(models, key=lambda model: model.df)
    rows = [_row(ordered[0])] if ordered else []
    for k, model in enumerate(ordered[1:]):
        larger = ordered[k]
        other = at_smaller[k] if k < len(at_smaller) else None
        rows.append(_row(model, larger, other))
    return tuple(rows)


def _row(
    model: ModelFit, larger: ModelFit | None = None, at_smaller: float | None = None
) -> LikelihoodRatio:
    plain = LikelihoodRatio(
        model=model.name,
        df=model.df,
        aic=model.measures.get("aic"),
        bic=model.measures.get("bic"),
        chisq=model.chisq,
    )
    if larger is None:
        return plain
    df = model.df - larger.df
    factor = scaling_of_difference(model, larger, at_smaller=at_smaller)
    usable = df > 0 and factor is not None and factor > 0
    raw = model.chisq - larger.chisq
    diff = raw / factor if usable and factor is not None else None
    if df == 0 and factor is None:
        diff = raw
    return LikelihoodRatio(
        model=plain.model,
        df=plain.df,
        aic=plain.aic,
        bic=plain.bic,
        chisq=plain.chisq,
        chisq_diff=diff,
        df_diff=df,
        p=None if diff is None else tail_probability(diff, df),
        rmsea_diff=_rmsea(diff, df, factor or 1.0, model) if diff is not None else None,
        scaling_diff=factor,
    )


def _rmsea(diff: float, df: int, factor: float, model: ModelFit) -> float | None:
    if df <= 0:
        return None
    return sqrt(max(diff - df, 0.0) * factor * model.groups / (model.n * df))


def scaling_of_difference(
    smaller: ModelFit, larger: ModelFit, *, at_smaller: float | None = None
) -> float | None:
    """``c_d`` of the difference; 1 for plain statistics, None without degrees of freedom."""
    df = smaller.df - larger.df
    if df <= 0:
        return None
    if smaller.scaling is None:
        return 1.0
    other = larger.scaling if at_smaller is None else at_smaller
    # A saturated model has no scaling factor and needs none: its df is 0.
    known = other if other is not None and isfinite(other) else 0.0
    return (smaller.df * smaller.scaling - larger.df * known) / df


@dataclass(frozen=True, kw_only=True)
class RivalModel:
    """One line of the table of rival models; differences are to the first model.

    `verdict` is ``"best"`` for the lowest BIC, ``"equal"`` within 2 of it, ``"weak"``
    within 6, ``"strong"`` within 10 against it, ``"no"`` beyond (Raftery 1995).
    """

    model: str
    chisq: float
    df: int
    p: float | None
    cfi: float | None
    rmsea: float | None
    srmr: float | None
    aic: float | None
    bic: float | None
    delta_chisq: float | None
    delta_df: int | None
    delta_cfi: float | None
    delta_rmsea: float | None
    delta_bic: float | None
    verdict: str | None


def rival_models(models: Sequence[ModelFit]) -> tuple[RivalModel, ...]:
    """A table of models fitted to the same data, nested or not, in the order given."""
    known = [value for model in models if (value := model.measures.get("bic")) is not None]
    lowest = min(known, default=None)
    first = models[0] if models else None
    rows = []
    for model in models:
        chisq = model.measures.get("chisq_scaled") or model.chisq
        bic = model.measures.get("bic")
        away = None if bic is None or lowest is None else bic - lowest
        rows.append(
            RivalModel(
                model=model.name,
                chisq=chisq,
                df=model.df,
                p=tail_probability(chisq, model.df),
                cfi=model.best("cfi"),
                rmsea=model.best("rmsea"),
                srmr=model.measures.get("srmr"),
                aic=model.measures.get("aic"),
                bic=bic,
                delta_chisq=None if first is model or first is None else chisq - _chisq(first),
                delta_df=None if first is model or first is None else model.df - first.df,
                delta_cfi=_less(model, first, "cfi"),
                delta_rmsea=_less(model, first, "rmsea"),
                delta_bic=away,
                verdict=_raftery(away),
            )
        )
    return tuple(rows)


def _chisq(model: ModelFit) -> float:
    return model.measures.get("chisq_scaled") or model.chisq


def _less(model: ModelFit, first: ModelFit | None, measure: str) -> float | None:
    if first is None or first is model:
        return None
    ours, theirs = model.best(measure), first.best(measure)
    return None if ours is None or theirs is None else ours - theirs


def _raftery(away: float | None) -> str | None:
    if away is None:
        return None
    for limit, word in ((1e-9, "best"), (2.0, "equal"), (6.0, "weak"), (10.0, "strong")):
        if away <= limit:
            return word
    return "no"
