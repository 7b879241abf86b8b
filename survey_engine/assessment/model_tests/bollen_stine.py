r"""The Bollen-Stine bootstrap: how often would a true model misfit as much as this one?

Rows are changed to ``(x - m) S^{-1/2} Sigma^{1/2}``, in which the model holds exactly, and
resampled; the p-value is the share of refitted chi-squares at least as large as the
observed one (Bollen & Stine 1992). The change is linear: it is made on resampled moments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.estimation.bootstrap import BatchOutcome, bootstrap
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array, Moments, RowSource
from survey_engine.spec.model import ModelSpec

RESAMPLES = 1_000


@dataclass(frozen=True, kw_only=True)
class BollenStine:
    """The bootstrap test of exact fit.

    `p` is ``(1 + number at least as large) / (usable + 1)``; None with fewer than two
    usable resamples. `mean_chisq` should be near the degrees of freedom.
    """

    chisq: float
    p: float | None
    requested: int
    usable: int
    mean_chisq: float | None
    quantile_95: float | None
    seed: int


@dataclass(frozen=True, kw_only=True)
class _ChiSquare:
    """Picklable: chi-squares of resamples in which the model holds."""

    estimator: CbSemEstimator
    spec: ModelSpec
    moments: Moments
    fit: CbSemFit
    change: Array

    def __call__(self, mean: Array, covariance: Array, n: int) -> BatchOutcome:
        del mean, n
        changed = self.change.T @ covariance @ self.change
        batch = self.estimator.fit_batch(self.spec, self.moments, changed, start=self.fit)
        # An improper member still has a chi-square; only those without one are lost.
        return BatchOutcome(
            values={"chisq": batch.chisq},
            reason=np.where(batch.converged, 0, 1).astype(np.intp),
            reasons=("NOT_CONVERGED",),
        )


def bollen_stine(
    estimator: CbSemEstimator,
    fit: CbSemFit,
    rows: RowSource,
    *,
    requested: int = RESAMPLES,
    seed: int = 1,
    workers: int = 1,
) -> BollenStine:
    """Test exact fit by resampling under the model; one group, complete rows.

    Parameters
    ----------
    estimator : CbSemEstimator
        That gave `fit`.
    fit : CbSemFit
    rows : RowSource
        With at least the columns of ``fit.moments``.
    requested, seed, workers : int
    """
    columns = rows.columns
    change = np.eye(len(columns))
    at = np.ix_(*[[columns.index(name) for name in fit.moments.columns]] * 2)
    change[at] = _change(fit.moments.covariance, fit.implied)
    spread = np.eye(len(columns))
    spread[at] = fit.moments.covariance
    drawn = bootstrap(
        rows,
        _ChiSquare(
            estimator=estimator,
            spec=fit.spec,
            moments=_named(fit.moments, columns, spread),
            fit=fit,
            change=change,
        ),
        requested=requested,
        seed=seed,
        workers=workers,
    )
    found = drawn.draws["chisq"]
    known = len(found) >= 2
    beyond = int((found >= fit.chisq).sum())
    return BollenStine(
        chisq=fit.chisq,
        p=(1 + beyond) / (len(found) + 1) if known else None,
        requested=requested,
        usable=drawn.usable,
        mean_chisq=float(found.mean()) if known else None,
        quantile_95=float(np.quantile(found, 0.95)) if known else None,
        seed=seed,
    )


def _named(moments: Moments, columns: tuple[str, ...], spread: Array) -> Moments:
    """Moments that name the columns of the rows, as the batched fit wants them."""
    mean = np.zeros(len(columns))
    return Moments(
        columns=columns,
        n=moments.n,
        n_effective=moments.n_effective,
        mean=mean,
        covariance=spread,
        weighted=moments.weighted,
        missing=moments.missing,
    )


def _change(sample: Array, implied: Array) -> Array:
    own, vectors = np.linalg.eigh(sample)
    theirs, directions = np.linalg.eigh(implied)
    unroot = (vectors / np.sqrt(own)) @ vectors.T
    root = (directions * np.sqrt(np.maximum(theirs, 0.0))) @ directions.T
    return np.asarray(unroot @ root)
