"""The same digits: whatever the workers, and from the same seed again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from survey_engine.estimation.bootstrap import BatchOutcome, bootstrap
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.validation.check import Check, Frames, Requirement

RESAMPLES, ROWS, ITEMS = 1_000, 200, 6


def correlations(mean: Array, covariance: Array, n: int) -> BatchOutcome:
    """Correlations of resamples, (B, p, p); a function of the module, so that it pickles."""
    del mean, n
    scale = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    return BatchOutcome(
        values={"r": covariance / (scale[:, :, None] * scale[:, None, :])},
        reason=np.zeros(len(covariance), dtype=np.intp),
        reasons=(),
    )


def digest(workers: int, seed: int) -> int:
    """The first 48 bits of the hash of 1,000 resamples' correlations."""
    rows = ArrayRows(
        columns=tuple(map(str, range(ITEMS))),
        values=np.random.default_rng(7).integers(1, 11, (ROWS, ITEMS)).astype(float),
    )
    drawn = bootstrap(rows, correlations, requested=RESAMPLES, seed=seed, workers=workers)
    return int(hashlib.sha256(drawn.draws["r"].tobytes()).hexdigest()[:12], 16)


def same_digits(frames: Frames) -> Iterator[Check]:
    """One process, one process again, two processes; another seed must differ."""
    del frames
    first = digest(1, 1)
    for cell, value in (("again", digest(1, 1)), ("two processes", digest(2, 1))):
        yield Check(cell=cell, value=value, reference=first, measure="equal", tolerance=0)
    yield Check(
        cell="another seed differs",
        value=float(digest(1, 2) != first),
        reference=1.0,
        measure="equal",
        tolerance=0,
    )


REQUIREMENTS = (
    Requirement(id="same_digits", area="reproducibility", source="SHA-256", run=same_digits),
)
