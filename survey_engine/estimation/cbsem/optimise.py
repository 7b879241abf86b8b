"""Damped Fisher scoring, batched over a leading axis with active-set shrinking.

The step solves the expected information against the gradient; it is halved until the
discrepancy falls. Close to the optimum, and where many digits are wanted, the exact Hessian
takes its place: scoring gains about one digit a step, Newton's steps double them.
Convergence is judged by the distance to the optimum in standard errors,
``sqrt(n g' (2 I)^{-1} g)``, which no change of item units alters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.cbsem.discrepancy.evaluation import (
    Discrepancy,
    Evaluation,
    exact_hessian,
)
from survey_engine.estimation.cbsem.observed import Sample, cholesky
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.numerics.moments import Array

MAX_HALVINGS = 12
SURE_STEP = 1e-9
"""Below this expected fall of F rounding hides the true one: the step is taken."""
RENEWED_STEPS = 1
"""Steps after the first that always compute the information anew."""
SLOW = 0.2
"""A distance that shrinks less than this factor asks for new information."""
NEAR = 0.1
"""Standard errors from the optimum within which the exact Hessian is worth its price."""
SOON = 10.0
"""Times `NEAR` from where one more step with old information usually leads there."""
MANY_DIGITS = 1e-6
"""A tolerance below this asks for it at all."""


@dataclass(frozen=True, kw_only=True)
class Optimum:
    """Where Fisher scoring stopped, for every member of the batch.

    Attributes
    ----------
    x : ndarray, shape (B, r)
    value : ndarray, shape (B,)
        The discrepancy F.
    gradient : ndarray, shape (B, r)
        Of F, at `x`.
    distance : ndarray, shape (B,)
        To the optimum, in standard errors, as predicted by the last step.
    converged : ndarray of bool, shape (B,)
    iterations : ndarray of int, shape (B,)
    last_step : ndarray, shape (B, r)
    """

    x: Array
    value: Array
    gradient: Array
    distance: Array
    converged: NDArray[np.bool_]
    iterations: NDArray[np.intp]
    last_step: Array


def inverse_information(information: Array) -> Array:
    """Inverses of symmetric matrices; a ridge steps in where one is singular."""
    try:
        return np.asarray(np.linalg.inv(information))
    except np.linalg.LinAlgError:
        diagonal = np.diagonal(information, axis1=-2, axis2=-1)
        ridge = (1e-8 * diagonal + 1e-12)[..., None] * np.eye(diagonal.shape[-1])
        return np.asarray(np.linalg.inv(information + ridge))


def minimise(
    discrepancy: Discrepancy,
    structure: Structure,
    data: Sample,
    start: Array,
    *,
    tolerance: float,
    max_iterations: int,
) -> Optimum:
    """Minimise a discrepancy from one start for all members, or one for each.

    Parameters
    ----------
    discrepancy : Discrepancy
    structure : Structure
    data : Sample
        With a leading axis of length B.
    start : ndarray, shape (r,) or (B, r)
    tolerance : float
        Largest distance to the optimum, in standard errors.
    max_iterations : int

    Returns
    -------
    Optimum
    """
    run = _Run(discrepancy, structure, data, start, tolerance)
    for _ in range(max_iterations):
        if not len(run.active):
            break
        run.step()
    return run.result


class _Run:
    """The state of a batch; members that are done leave the active set."""

    def __init__(
        self,
        discrepancy: Discrepancy,
        structure: Structure,
        data: Sample,
        start: Array,
        tolerance: float,
    ) -> None:
        size = data.covariance.shape[0]
        self.discrepancy = discrepancy
        self.structure = structure
        self.data = data
        self.tolerance = tolerance
        self.hessian = exact_hessian(discrepancy)
        self.near = NEAR if self.hessian is not None and tolerance < MANY_DIGITS else 0.0
        one = start.ndim == 1
        self.x = np.repeat(start[None], size, axis=0) if one else start.copy()
        self.at = self.discrepancy.evaluate(structure, self.x, data)
        self.active = np.flatnonzero(np.isfinite(self.at.value))
        self.steps = 0
        self.inverse = np.empty((size, start.shape[-1], start.shape[-1]))
        self.fresh = np.zeros(size, dtype=bool)
        self.exact = np.zeros(size, dtype=bool)
        self.distance = np.full(size, np.inf)
        self.result = Optimum(
            x=self.x.copy(),
            value=np.full(size, np.inf),
            gradient=np.full(self.x.shape, np.nan),
            distance=np.full(size, np.inf),
            converged=np.zeros(size, dtype=bool),
            iterations=np.zeros(size, dtype=np.intp),
            last_step=np.zeros(self.x.shape),
        )
        if len(self.active) < size:
            self._keep(self.active)
        if len(self.active):
            # Where all start at the same values one information serves everyone.
            first = np.arange(1 if one else len(self.active))
            known = discrepancy.information(
                structure, self.at.take(first), self.data.take(first)
            )
            self.inverse[:] = inverse_information(known)

    def step(self) -> None:
        """One step for every active member.

        The information is renewed in the first steps and wherever progress is slow;
        elsewhere the last one serves, for it costs several times a gradient.
        """
        slope = self.discrepancy.gradient(self.structure, self.at, self.data)
        direction, fall, distance = self._direction(slope)
        renewed = np.flatnonzero(self._outdated(distance) & ~(distance <= self.tolerance))
        self.fresh[:] = False
        if len(renewed):
            self._renew(renewed, distance[renewed] < self.near)
            direction, fall, distance = self._direction(slope)
        self.steps += 1
        ahead = self._ahead(distance)
        self.distance = distance
        done = self._record(slope, distance, ahead)
        if ahead.any():
            self.result.x[self.active[ahead]] += direction[ahead]
        moving = np.flatnonzero(~done & np.isfinite(fall))
        if not len(moving):
            self.active = moving
        elif len(moving) < len(done):
            self._keep(moving)
        if len(moving):
            self._advance(direction[moving], np.abs(fall[moving]))

    def _ahead(self, distance: Array) -> NDArray[np.bool_]:
        """Members that one more Newton step takes within the tolerance.

        On the same exact Hessian distances shrink at a steady rate: where the next one is
        known to be small enough the step is taken without looking at it again.
        """
        steady = self.exact & ~self.fresh & (distance <= SLOW * self.distance)
        if not steady.any():
            return steady
        return np.asarray(steady & (distance**2 <= self.tolerance * self.distance))

    def _outdated(self, distance: Array) -> NDArray[np.bool_]:
        """Members whose information no longer serves."""
        if self.steps == 0:
            return np.zeros(len(distance), dtype=bool)
        slow = ~(distance <= SLOW * self.distance)
        if self.steps <= RENEWED_STEPS:  # not where the exact one is a step away
            slow |= ~(distance < SOON * self.near)
        return slow | (~self.exact & (distance < self.near))

    def _direction(self, slope: Array) -> tuple[Array, Array, Array]:
        """Scoring direction, the fall of F it promises, the distance to the optimum."""
        direction = -0.5 * (self.inverse @ slope[..., None])[..., 0]
        fall = -np.einsum("bi,bi->b", slope, direction)
        return direction, fall, np.sqrt(np.abs(fall) * self.data.n)

    def _renew(self, chosen: NDArray[np.intp], near: NDArray[np.bool_]) -> None:
        """New information of the chosen members: the exact one of those that are `near`."""
        for exact, members in ((True, chosen[near]), (False, chosen[~near])):
            if not len(members):
                continue
            whole = len(members) == len(self.active)
            at = self.at if whole else self.at.take(members)
            data = self.data if whole else self.data.take(members)
            self.inverse[members] = inverse_information(self._curvature(at, data, exact=exact))
            self.exact[members] = exact
        self.fresh[chosen] = True

    def _curvature(self, at: Evaluation, data: Sample, *, exact: bool) -> Array:
        """Half the Hessian where it is wanted and positive definite, else the expected one."""
        if exact and self.hessian is not None:
            found = self.hessian(self.structure, at, data)
            good = np.asarray(np.isfinite(cholesky(found)).all(axis=(-2, -1)))
            if good.all():
                return found
            expected = self.discrepancy.information(self.structure, at, data)
            return np.where(good[:, None, None], found, expected)
        return self.discrepancy.information(self.structure, at, data)

    def _record(
        self, slope: Array, distance: Array, ahead: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Note where the active members stand; say which of them are done."""
        here, done = self.active, np.asarray((distance <= self.tolerance) | ahead)
        result = self.result
        result.x[here], result.gradient[here] = self.x, slope
        result.value[here], result.distance[here] = self.at.value, distance
        result.iterations[here] += 1
        result.converged[here[done]] = True
        return done

    def _advance(self, direction: Array, fall: Array) -> None:
        """Halve the steps that do not lower F; drop members that cannot move."""
        trial = self.x + direction
        after = self.discrepancy.evaluate(self.structure, trial, self.data)
        sure = (fall < SURE_STEP) & np.isfinite(after.value)
        failing = np.flatnonzero(~(sure | (after.value <= self.at.value - 1e-4 * fall)))
        length = 1.0
        for _ in range(MAX_HALVINGS):
            if not len(failing):
                break
            length *= 0.5
            trial[failing] = self.x[failing] + length * direction[failing]
            again = self.discrepancy.evaluate(
                self.structure, trial[failing], self.data.take(failing)
            )
            after.put(failing, again)
            goal = self.at.value[failing] - 1e-4 * length * fall[failing]
            failing = failing[~(again.value <= goal)]
        stuck = failing[self.fresh[failing]]
        self._stay(failing, trial, after)
        self.result.last_step[self.active] = trial - self.x
        self.x, self.at = trial, after
        if len(stuck):
            self._keep(np.setdiff1d(np.arange(len(self.active)), stuck))

    def _stay(self, failing: NDArray[np.intp], trial: Array, after: Evaluation) -> None:
        """Members that failed on old information stay and renew it in the next step."""
        if len(failing):
            trial[failing] = self.x[failing]
            after.put(failing, self.at.take(failing))
            self.distance[failing] = 0.0

    def _keep(self, chosen: NDArray[np.intp]) -> None:
        self.active = self.active[chosen] if self.steps else chosen
        self.x, self.inverse = self.x[chosen], self.inverse[chosen]
        self.fresh, self.exact = self.fresh[chosen], self.exact[chosen]
        self.distance = self.distance[chosen]
        self.data, self.at = self.data.take(chosen), self.at.take(chosen)
