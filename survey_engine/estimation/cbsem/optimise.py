"""Damped Fisher scoring, batched over a leading axis with active-set shrinking.

The step solves the expected information against the gradient; it is halved until the
discrepancy falls. Convergence is judged by the distance to the optimum in standard
errors, ``sqrt(n g' (2 I)^{-1} g)``, which no change of item units alters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.cbsem.discrepancy import ml
from survey_engine.estimation.cbsem.implied import Implied, Structure
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.numerics.moments import Array

MAX_HALVINGS = 12
SURE_STEP = 1e-9
"""Below this expected fall of F rounding hides the true one: the step is taken."""


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


def solve(information: Array, right: Array) -> Array:
    """Solve symmetric systems; a ridge steps in where one is singular."""
    try:
        return np.asarray(np.linalg.solve(information, right[..., None])[..., 0])
    except np.linalg.LinAlgError:
        diagonal = np.diagonal(information, axis1=-2, axis2=-1)
        ridge = 1e-8 * diagonal + 1e-12
        damped = information + ridge[..., None] * np.eye(right.shape[-1])
        return np.asarray(np.linalg.solve(damped, right[..., None])[..., 0])


def minimise(
    structure: Structure, data: Sample, start: Array, *, tolerance: float, max_iterations: int
) -> Optimum:
    """Minimise the ML discrepancy from `start`.

    Parameters
    ----------
    structure : Structure
    data : Sample
        With a leading axis of length B.
    start : ndarray, shape (B, r)
    tolerance : float
        Largest distance to the optimum, in standard errors.
    max_iterations : int

    Returns
    -------
    Optimum
    """
    run = _Run(structure, data, start)
    for _ in range(max_iterations):
        run.step(tolerance)
        if not len(run.active):
            break
    return run.result()


class _Run:
    """The state of a batch; members that are done leave the active set."""

    def __init__(self, structure: Structure, data: Sample, start: Array) -> None:
        size = start.shape[0]
        self.structure = structure
        self.data = data
        self.x = start.copy()
        self.at = ml.evaluate(structure, self.x, data)
        self.active = np.flatnonzero(np.isfinite(self.at.value))
        self.value = np.full(size, np.inf)
        self.final_x = start.copy()
        self.gradient = np.full(start.shape, np.nan)
        self.distance = np.full(size, np.inf)
        self.converged = np.zeros(size, dtype=bool)
        self.iterations = np.zeros(size, dtype=np.intp)
        self.last_step = np.zeros(start.shape)
        if len(self.active) < size:
            self._keep(self.active)

    def step(self, tolerance: float) -> None:
        """One scoring step for every active member."""
        slope = ml.gradient(self.structure, self.at, self.data)
        direction = -0.5 * solve(ml.information(self.structure, self.at), slope)
        fall = -np.einsum("bi,bi->b", slope, direction)
        here = self.active
        self.gradient[here], self.value[here] = slope, self.at.value
        self.final_x[here] = self.x
        self.iterations[here] += 1
        distance = np.sqrt(np.maximum(fall, 0) * self.data.n)
        self.distance[here] = distance
        done = (distance <= tolerance) & (fall >= 0)
        self.converged[here[done]] = True
        moving = np.flatnonzero(~done & np.isfinite(fall))
        if len(moving) < len(here):
            self._keep(moving)
            direction, fall = direction[moving], fall[moving]
        if len(self.active):
            self._advance(direction, fall)

    def _advance(self, direction: Array, fall: Array) -> None:
        """Halve the steps that do not lower F; drop members that cannot move."""
        trial = self.x + direction
        after = ml.evaluate(self.structure, trial, self.data)
        enough = (after.value <= self.at.value - 1e-4 * fall) | (
            (fall < SURE_STEP) & np.isfinite(after.value)
        )
        failing = np.flatnonzero(~enough)
        length = 1.0
        for _ in range(MAX_HALVINGS):
            if not len(failing):
                break
            length *= 0.5
            trial[failing] = self.x[failing] + length * direction[failing]
            again = ml.evaluate(self.structure, trial[failing], self.data.take(failing))
            _replace(after, again, failing)
            goal = self.at.value[failing] - 1e-4 * length * fall[failing]
            failing = failing[~(again.value <= goal)]
        self.last_step[self.active] = trial - self.x
        self.x, self.at = trial, after
        if len(failing):
            self._keep(np.setdiff1d(np.arange(len(self.active)), failing))

    def _keep(self, chosen: NDArray[np.intp]) -> None:
        self.active = self.active[chosen]
        self.x = self.x[chosen]
        self.data = self.data.take(chosen)
        parts = Implied(**{k: v[chosen] for k, v in vars(self.at.parts).items()})
        self.at = ml.Evaluation(
            value=self.at.value[chosen], parts=parts, inverse=self.at.inverse[chosen]
        )

    def result(self) -> Optimum:
        """What was reached; members still active at the limit have not converged."""
        return Optimum(
            x=self.final_x,
            value=self.value,
            gradient=self.gradient,
            distance=self.distance,
            converged=self.converged,
            iterations=self.iterations,
            last_step=self.last_step,
        )


def _replace(whole: ml.Evaluation, part: ml.Evaluation, at: NDArray[np.intp]) -> None:
    """Write the evaluations of some members back into those of the batch."""
    whole.value[at] = part.value
    whole.inverse[at] = part.inverse
    for name, matrix in vars(whole.parts).items():
        if matrix.flags.writeable:
            matrix[at] = getattr(part.parts, name)
