"""Structural equations by two-stage least squares with instruments the model implies.

Each construct is replaced by its first item, which moves that item's error into the
equation; every item uncorrelated with this composite error is an instrument. One equation
is estimated at a time, so a fault elsewhere in the model does not spread.

References
----------
Bollen, K. A. (1996). An alternative two stage least squares (2SLS) estimator for latent
variable equations. Psychometrika 61, 109-121, equations 6-12.
"""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.assessment.resampled import number
from survey_engine.estimation.estimates import EffectEstimate
from survey_engine.numerics.moments import Moments
from survey_engine.numerics.regression import t_test, two_stage
from survey_engine.spec.model import ModelSpec


@dataclass(frozen=True, kw_only=True)
class ImpliedInstruments:
    """One structural equation.

    Attributes
    ----------
    paths : tuple[EffectEstimate, ...]
        In units of the first items; `se` by 2SLS.
    p : tuple[float or None, ...]
        One a path.
    sargan, sargan_df, sargan_p
        A small p: some instrument is correlated with the error, so the model is wrong
        about this equation or its items.
    """

    target: str
    instruments: tuple[str, ...]
    paths: tuple[EffectEstimate, ...]
    p: tuple[float | None, ...]
    sargan: float | None
    sargan_df: int
    sargan_p: float | None


def implied_instruments(spec: ModelSpec, moments: Moments) -> tuple[ImpliedInstruments, ...]:
    """Every equation among reflective and single-item constructs of observed items.

    Equations with a composite, a product or a construct of constructs are left out, and
    so are those with fewer instruments than antecedents.
    """
    usable = {
        c.name: c.indicators
        for c in spec.constructs
        if c.kind in ("reflective", "single_item")
        and all(item in moments.columns for item in c.indicators)
    }
    found = []
    for target in spec.construct_names:
        sources = tuple(p.source for p in spec.paths if p.target == target)
        if not sources or not {target, *sources} <= set(usable):
            continue
        one = _equation(spec, moments, usable, (target, sources))
        if one is not None:
            found.append(one)
    return tuple(found)


def _equation(
    spec: ModelSpec,
    moments: Moments,
    usable: dict[str, tuple[str, ...]],
    equation: tuple[str, tuple[str, ...]],
) -> ImpliedInstruments | None:
    target, sources = equation
    later = _descendants(spec, target)
    scaling = {usable[s][0] for s in sources if len(usable[s]) > 1}
    instruments = [
        item
        for name, items in usable.items()
        if name not in later
        for item in items
        if item not in scaling
    ]
    if len(instruments) < len(sources):
        return None
    at = {item: j for j, item in enumerate(moments.columns)}
    fit = two_stage(
        moments.covariance,
        at[usable[target][0]],
        [at[usable[s][0]] for s in sources],
        [at[item] for item in instruments],
        n=moments.n,
    )
    p = t_test(fit.slopes, fit.errors, moments.n - len(sources) - 1)
    return ImpliedInstruments(
        target=target,
        instruments=tuple(instruments),
        paths=tuple(
            EffectEstimate(
                source=s, target=target, est=number(fit.slopes[j]), se=number(fit.errors[j])
            )
            for j, s in enumerate(sources)
        ),
        p=tuple(number(value) for value in p),
        sargan=number(fit.sargan),
        sargan_df=fit.sargan_df,
        sargan_p=number(fit.sargan_p),
    )


def _descendants(spec: ModelSpec, name: str) -> set[str]:
    """The construct itself and everything it leads to."""
    seen, waiting = {name}, [name]
    while waiting:
        here = waiting.pop()
        for path in spec.paths:
            if path.source == here and path.target not in seen:
                seen.add(path.target)
                waiting.append(path.target)
    return seen
