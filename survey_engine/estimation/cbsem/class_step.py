"""One damped scoring step for classes of respondents, with variances kept from zero.

The M-step of a mixture is a multi-group ML fit to weighted moments. A generalised EM needs
only that it lowers the discrepancy (Dempster, Laird & Rubin 1977, section 3), so that one
step from where the last ended is enough. Classes may be far apart from their start and
nearly unidentified by their few respondents, so that steps are damped (Levenberg-Marquardt;
Nocedal & Wright 2006, section 10.3) rather than halved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.cbsem.discrepancy import ml
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.optimise import inverse_information
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.numerics.moments import Array

TRIES = 8
STRONGER, WEAKER = 8.0, 0.25
LEAST_DAMPING, FIRST_DAMPING = 1e-9, 1e-3
ENOUGH = 1e-4
"""Share of the promised fall of F that a step must bring."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The least that variances, and what of an item the others leave unexplained, may be.

    Attributes
    ----------
    at : ndarray of int, shape (v,)
    least : ndarray, shape (v,)
    left : ndarray, shape (p,)
        Least implied variance of an item given the others. With sound variances it is
        never reached; covariances beyond the variances of constructs lead there, to
        densities of any height.
    """

    at: NDArray[np.intp]
    least: Array
    left: Array

    def lifted(self, x: Array) -> Array:
        """Values (..., r) with variances no smaller than the least."""
        found = x.copy()
        found[..., self.at] = np.maximum(found[..., self.at], self.least)
        return found

    def held(self, x: Array) -> NDArray[np.bool_]:
        """Which free values stand at their least, shape of `x`."""
        found = np.zeros(x.shape, dtype=np.bool_)
        found[..., self.at] = x[..., self.at] <= self.least
        return found


class ClassSteps:
    """Scoring steps of S starts at once.

    Attributes
    ----------
    x : ndarray, shape (S, r)
        Where the starts are.
    damping : ndarray, shape (S,)
        Kept between steps: less after a success, more after a failure.
    """

    def __init__(self, structure: Structure, limits: Limits, x: Array) -> None:
        self.structure = structure
        self.limits = limits
        self.x = limits.lifted(x)
        self.damping = np.full(len(x), FIRST_DAMPING)

    def take(self, at: NDArray[np.intp]) -> ClassSteps:
        """The steps of some starts."""
        found = ClassSteps(self.structure, self.limits, self.x[at])
        found.damping = self.damping[at]
        return found

    def step(self, data: Sample) -> None:
        """Move every start once towards its moments, or nowhere if F does not fall.

        Parameters
        ----------
        data : Sample
            Of S starts, `sizes` of shape (S, G).
        """
        with np.errstate(all="ignore"):  # a step too far has no F and is refused
            self._step(data)

    def _step(self, data: Sample) -> None:
        at = ml.evaluate(self.structure, self.x, data)
        slope = ml.gradient(self.structure, at, data)
        information = ml.information(self.structure, at, data)
        held = self.limits.held(self.x) & (slope > 0)
        information[held[:, :, None] | held[:, None, :]] = 0.0
        slope = np.where(held, 0.0, slope)
        trying = np.flatnonzero(np.isfinite(at.value))
        for attempt in range(TRIES):
            here = self.x[trying]
            x = self._damped(information[trying], slope[trying], trying)
            fall = np.abs((slope[trying] * (x - here)).sum(axis=1))
            after = ml.evaluate(self.structure, x, _taken(data, trying))
            left = 1 / np.diagonal(after.weight, axis1=-2, axis2=-1)
            good = after.value <= at.value[trying] - ENOUGH * fall
            good &= (left >= self.limits.left).all(axis=(-2, -1))
            self.x[trying[good]] = x[good]
            if attempt == 0:
                self.damping[trying[good]] *= WEAKER
            trying = trying[~good]
            if not len(trying):
                break
            self.damping[trying] *= STRONGER
        self.damping = np.maximum(self.damping, LEAST_DAMPING)

    def _damped(self, information: Array, slope: Array, who: NDArray[np.intp]) -> Array:
        """Values of some starts after a damped step, variances kept from zero."""
        own = np.diagonal(information, axis1=1, axis2=2) * self.damping[who, None]
        places = np.arange(slope.shape[1])
        damped = information.copy()
        # What stands at its floor has no information and, with slope 0, does not move.
        damped[:, places, places] += np.where(own > 0, own, 1.0)
        return self.limits.lifted(self.x[who] - 0.5 * _solved(damped, slope))


def _solved(left: Array, right: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(left, right[..., None])[..., 0])
    except np.linalg.LinAlgError:
        return np.asarray((inverse_information(left) @ right[..., None])[..., 0])


def _taken(data: Sample, at: NDArray[np.intp]) -> Sample:
    return replace(data.take(at), sizes=data.sizes[at], counts=data.counts[at])
