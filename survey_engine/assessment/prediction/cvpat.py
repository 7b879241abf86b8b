"""Cross-validated predictive ability test: is the difference in loss more than chance?

References
----------
Liengaard, B. D., Sharma, P. N., Hult, G. T. M., Jensen, M. B., Sarstedt, M., Hair, J. F. &
Ringle, C. M. (2021). Prediction: coveted, yet forsaken? Decision Sciences 52, 362-392.
Sharma, P. N., Liengaard, B. D., Hair, J. F., Sarstedt, M. & Ringle, C. M. (2022).
Predictive model assessment and selection in composite-based modeling using PLS-SEM.
European Journal of Marketing 57, 1662-1677.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from survey_engine.assessment.prediction.cross_validate import CrossValidated
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class LossDifference:
    """Average squared error of the model less that of what it is compared with.

    Below zero the model predicts better. `construct` is None for all items together.

    Attributes
    ----------
    versus : {"mean", "lm", "rival"}
    loss, loss_versus, difference : float
        In squared units of the items.
    t, p : float or None
        Student's t with n - 1 degrees of freedom, two-sided; None where losses do not
        differ at all.
    ci_lower, ci_upper : float or None
    """

    construct: str | None
    versus: str
    loss: float
    loss_versus: float
    difference: float
    t: float | None
    p: float | None
    ci_lower: float | None
    ci_upper: float | None


def against_benchmarks(found: CrossValidated, *, confidence: float) -> list[LossDifference]:
    """Against the item averages and against the linear model, overall and by construct."""
    rows = []
    for versus in ("mean", "lm"):
        for construct, at in _parts(found):
            own, other = found.squared["pls"][:, at], found.squared[versus][:, at]
            rows.append(_tested(construct, versus, own, other, found.weights, confidence))
    return rows


def against_rival(
    found: CrossValidated, rival: CrossValidated, *, confidence: float
) -> list[LossDifference]:
    """Against another model of the same rows and folds, on the items both predict.

    Returns nothing where they predict no item in common.
    """
    mine = [found.design.items[j] for j in found.which.items]
    theirs = [rival.design.items[j] for j in rival.which.items]
    rows = []
    for construct, at in _parts(found):
        both = [j for j in at if mine[j] in theirs]
        if both:
            other = rival.squared["pls"][:, [theirs.index(mine[j]) for j in both]]
            own = found.squared["pls"][:, both]
            rows.append(_tested(construct, "rival", own, other, found.weights, confidence))
    return rows


def _parts(found: CrossValidated) -> list[tuple[str | None, NDArray[np.intp]]]:
    of, names = found.which.constructs, found.design.constructs
    each = [(names[k], np.flatnonzero(of == k)) for k in dict.fromkeys(of.tolist())]
    return [(None, np.arange(len(of))), *each]


def _tested(
    construct: str | None,
    versus: str,
    own: Array,
    other: Array,
    weights: Array | None,
    confidence: float,
) -> LossDifference:
    """Liengaard et al. (2021), equations 4-6, on the losses of each respondent."""
    mine, theirs = own.mean(axis=1), other.mean(axis=1)
    known = np.isfinite(mine) & np.isfinite(theirs)
    share = np.ones(len(mine)) if weights is None else weights
    share = share[known] / share[known].sum()
    mine, theirs = mine[known], theirs[known]
    n = len(mine)
    each = mine - theirs
    difference = float(share @ each)
    error = float(np.sqrt(share**2 @ (each - difference) ** 2 * (n / (n - 1.0))))
    t = p = lower = upper = None
    if error > 0.0:
        t = difference / error
        p = float(2.0 * stdtr(n - 1, -abs(t)))
        reach = float(stdtrit(n - 1, 0.5 + confidence / 2.0)) * error
        lower, upper = difference - reach, difference + reach
    return LossDifference(
        construct=construct,
        versus=versus,
        loss=float(share @ mine),
        loss_versus=float(share @ theirs),
        difference=difference,
        t=t,
        p=p,
        ci_lower=lower,
        ci_upper=upper,
    )
