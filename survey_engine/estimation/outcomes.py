"""What a statistic says about a batch of resamples, and what becomes of the bad ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class BatchOutcome:
    """What a statistic says about B resamples.

    Attributes
    ----------
    values : Mapping[str, ndarray], each of shape (B, ...)
    reason : ndarray of int, shape (B,)
        0 = usable; otherwise the position (from 1) of the cause in `reasons`.
    reasons : tuple[str, ...]
    inadmissible : tuple[str, ...]
        Those of `reasons` that leave a solution to look at: it exists and is impossible
        as a measurement. The others leave nothing.
    errors : Mapping[str, ndarray]
        Standard errors inside each resample, for a studentised bootstrap only.
    """

    values: Mapping[str, Array]
    reason: NDArray[np.intp]
    reasons: tuple[str, ...]
    inadmissible: tuple[str, ...] = ()
    errors: Mapping[str, Array] = field(default_factory=dict)


class BatchStatistic(Protocol):
    """A picklable function of batched moments."""

    def __call__(self, mean: Array, covariance: Array, n: int) -> BatchOutcome:
        """Compute the statistic of means (B, p) and covariances (B, p, p), divisor n."""
        ...


Treatment = Literal["keep", "drop", "replace"]
"""What becomes of resamples without an admissible solution."""


@dataclass(frozen=True, kw_only=True)
class ResamplingOptions:
    """How to resample, beyond how often.

    Attributes
    ----------
    inadmissible : {"drop", "keep", "replace"}
        Leave failed and inadmissible resamples out; keep the inadmissible ones (failed
        ones leave nothing to keep); or draw further resamples of the same seed in their
        place, at most as many again as were requested.
    studentised : bool
        Also find standard errors inside each resample, by a grouped jackknife of its
        rows: about fifty times the work.
    compare : tuple[str, ...]
        Statistics whose draws are wanted under all three treatments, where they differ.
    """

    inadmissible: Treatment = "drop"
    studentised: bool = False
    compare: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TreatedDraws:
    """Draws of some statistics under one treatment of inadmissible resamples."""

    treatment: Treatment
    drawn: int
    draws: Mapping[str, Array] = field(repr=False)

    @property
    def used(self) -> int:
        """Number of resamples used."""
        return len(next(iter(self.draws.values()), ()))


def joined(outcomes: Sequence[BatchOutcome]) -> BatchOutcome:
    """Outcomes of consecutive resamples as one."""
    if len(outcomes) == 1:
        return outcomes[0]
    return BatchOutcome(
        values={
            name: np.concatenate([outcome.values[name] for outcome in outcomes])
            for name in outcomes[0].values
        },
        reason=np.concatenate([outcome.reason for outcome in outcomes]),
        reasons=outcomes[0].reasons,
        inadmissible=outcomes[0].inadmissible,
        errors={
            name: np.concatenate([outcome.errors[name] for outcome in outcomes])
            for name in outcomes[0].errors
        },
    )


def kept(outcome: BatchOutcome, treatment: Treatment) -> NDArray[np.bool_]:
    """Which resamples a treatment uses."""
    kept = outcome.reason == 0
    if treatment == "keep":
        for name in outcome.inadmissible:
            kept |= outcome.reason == outcome.reasons.index(name) + 1
    return np.asarray(kept)


def only(values: Mapping[str, Array], used: NDArray[np.bool_]) -> Mapping[str, Array]:
    """Values of the resamples used."""
    return values if used.all() else {name: each[used] for name, each in values.items()}
