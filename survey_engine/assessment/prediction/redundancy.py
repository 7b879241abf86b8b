"""Redundancy analysis: does a formative construct say what a global question says?

References
----------
Chin, W. W. (1998). The partial least squares approach to structural equation modeling.
Hair, J. F., Hult, G. T. M., Ringle, C. M. & Sarstedt, M. (2022). A primer on PLS-SEM,
chapter 5: a path of .708 means half of the variance is shared.
"""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Moments
from survey_engine.spec.model import Construct, ModelSpec, Path

CUTOFF = 0.708


@dataclass(frozen=True, kw_only=True)
class Redundancy:
    """Path from a construct to a single global item that is meant to say the same."""

    construct: str
    item: str
    mode: str
    path: float
    r2: float


def redundancy_analysis(
    construct: Construct, item: str, moments: Moments, *, mode: str = "B"
) -> Redundancy:
    """PLS of two constructs: the indicators of one, the global item of the other.

    Parameters
    ----------
    construct : Construct
    item : str
        A column of `moments` that is no indicator of the construct.
    moments : Moments
    mode : str
        Outer mode of the construct.

    Raises
    ------
    EstimationError
        INDICATOR_MISSING, ZERO_VARIANCE_ITEM or SINGULAR_BLOCK.
    """
    name = f"{construct.name} ({item})"
    spec = ModelSpec(
        id="redundancy",
        constructs=(construct, Construct(name=name, indicators=(item,))),
        paths=(Path.model_validate({"from": construct.name, "to": name}),),
    )
    modes = {construct.name: mode} if len(construct.indicators) > 1 else {}
    fit = PlsEstimator(modes=modes).fit(spec, moments)
    return Redundancy(
        construct=construct.name,
        item=item,
        mode=fit.modes[0],
        path=float(fit.paths[0, 1]),
        r2=float(fit.r2[1]),
    )
