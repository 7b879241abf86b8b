"""What the items say without a model: KMO, Bartlett, parallel analysis, EFA.

Everything is computed from the correlations, so weights and missing data are treated as
in the model. The rotated factor solution comes from factor_analyzer (its only import in
the package); the rest is closed form.
"""

from __future__ import annotations

import warnings

import numpy as np
from scipy.special import chdtrc

from survey_engine.assessment.result import Exploratory
from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.estimation.estimates import IndicatorEstimate
from survey_engine.numerics.moments import Array, Moments

ROTATION = "oblimin"
PARALLEL_SAMPLES = 500
PARALLEL_QUANTILE = 0.95
_SINGULAR = 1e-10


def sampling_adequacy(correlation: Array) -> tuple[float, Array]:
    """Kaiser-Meyer-Olkin measure: of all items, and of each, shape (p,).

    Squared correlations over the same plus squared partial correlations (Kaiser 1974,
    Psychometrika 39).
    """
    inverse = np.linalg.inv(correlation)
    scale = np.sqrt(np.diag(inverse))
    partial = -inverse / np.outer(scale, scale)
    off = ~np.eye(correlation.shape[0], dtype=bool)
    r2 = np.where(off, correlation**2, 0.0)
    q2 = np.where(off, partial**2, 0.0)
    overall = float(r2.sum() / (r2.sum() + q2.sum()))
    return overall, r2.sum(axis=0) / (r2.sum(axis=0) + q2.sum(axis=0))


def bartlett_sphericity(correlation: Array, n: float) -> tuple[float, int, float]:
    """Bartlett's (1951) test of no correlation at all: chi-square, df, p."""
    p = correlation.shape[0]
    log_determinant = float(np.linalg.slogdet(correlation)[1])
    chisq = -(n - 1 - (2 * p + 5) / 6) * log_determinant
    df = p * (p - 1) // 2
    return chisq, df, float(chdtrc(df, chisq))


def parallel_eigenvalues(n: int, p: int, seed: int) -> Array:
    """Eigenvalues of random data: 95 % quantiles over 500 samples, descending, (p,).

    Horn (1965, Psychometrika 30) with the quantile of Glorfeld (1995). The covariance of
    normal data is drawn as a Wishart matrix (Bartlett decomposition), so the cost does
    not depend on `n`.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, n, p]))
    lower = np.tril(rng.standard_normal((PARALLEL_SAMPLES, p, p)), -1)
    degrees = n - 1 - np.arange(p)
    diagonal = np.sqrt(rng.chisquare(degrees, (PARALLEL_SAMPLES, p)))
    lower[:, np.arange(p), np.arange(p)] = diagonal
    covariance = lower @ lower.swapaxes(-1, -2)
    scale = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    correlation = covariance / (scale[:, :, None] * scale[:, None, :])
    values = np.linalg.eigvalsh(correlation)[:, ::-1]
    result: Array = np.quantile(values, PARALLEL_QUANTILE, axis=0)
    return result


def retained(eigenvalues: Array, reference: Array) -> int:
    """Leading eigenvalues above their reference, stopping at the first that is not."""
    above = eigenvalues > reference
    return int(above.size if above.all() else np.argmin(above))


def rotated_loadings(correlation: Array, n_factors: int) -> Array:
    """Minres loadings after oblimin rotation, shape (p, m), each factor mostly positive."""
    from factor_analyzer import FactorAnalyzer

    with warnings.catch_warnings():
        # factor_analyzer 0.5.1 passes scikit-learn an argument renamed in 1.6; the
        # result is not affected and the user can do nothing about it.
        warnings.filterwarnings(
            "ignore", message="'force_all_finite' was renamed", category=FutureWarning
        )
        model = FactorAnalyzer(
            n_factors=n_factors,
            rotation=ROTATION if n_factors > 1 else None,
            method="minres",
            is_corr_matrix=True,
        ).fit(correlation)
    loadings = np.asarray(model.loadings_, dtype=float)
    return loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)


def explore(moments: Moments, *, seed: int) -> Exploratory | Diagnostic:
    """Exploratory analysis of all items of `moments`.

    Returns
    -------
    Exploratory or Diagnostic
        ``EXPLORATORY_NOT_AVAILABLE`` when the correlations are singular or there are
        not more respondents than items: a missing appendix page, not an error.
    """
    columns, n = moments.columns, moments.n
    correlation = moments.correlation
    finite = bool(np.all(np.isfinite(correlation)))
    if (
        len(columns) < 3
        or n <= len(columns) + 1
        or not finite
        or np.linalg.eigvalsh(correlation)[0] < _SINGULAR
    ):
        return diagnostic("EXPLORATORY_NOT_AVAILABLE", where=Where(items=columns), n=n)
    overall, per_item = sampling_adequacy(correlation)
    chisq, df, p = bartlett_sphericity(correlation, n)
    eigenvalues = np.asarray(np.linalg.eigvalsh(correlation)[::-1], dtype=np.float64)
    reference = parallel_eigenvalues(n, len(columns), seed)
    n_factors = retained(eigenvalues, reference)
    rows: list[IndicatorEstimate] = []
    if n_factors:
        loadings = rotated_loadings(correlation, n_factors)
        rows = [
            IndicatorEstimate(construct=f"F{f + 1}", item=item, est=float(loadings[j, f]))
            for j, item in enumerate(columns)
            for f in range(n_factors)
        ]
    return Exploratory(
        kmo=overall,
        kmo_items=dict(zip(columns, per_item.tolist(), strict=True)),
        bartlett_chisq=chisq,
        bartlett_df=df,
        bartlett_p=p,
        eigenvalues=tuple(eigenvalues.tolist()),
        parallel_eigenvalues=tuple(reference.tolist()),
        n_factors=n_factors,
        rotation=ROTATION if n_factors > 1 else "none",
        loadings=tuple(rows),
        seed=seed,
    )
