"""A factor solution and how well it reproduces the correlations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from survey_engine.assessment.exploratory.adequacy import bartlett_sphericity
from survey_engine.assessment.exploratory.extraction import Extraction, extract
from survey_engine.assessment.exploratory.rotation import Rotation, rotate
from survey_engine.assessment.fit_measures.rmsea import interval, rmsea
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class FactorFit:
    """Fit of an exploratory solution.

    Attributes
    ----------
    objective : float
        ``tr(S^-1 R) - ln|S^-1 R| - p`` at the solution.
    chisq, df, pvalue : float, int, float
        With Bartlett's (1950) factor ``n - 1 - (2p + 5)/6 - 2m/3``.
    rmsea, rmsea_lower, rmsea_upper : float
        With a 90 % interval.
    tli, bic : float
        Tucker & Lewis (1973); ``chisq - df ln n``.
    rmsr : float
        Root mean square of the residual correlations.
    """

    objective: float
    chisq: float
    df: int
    pvalue: float
    rmsea: float | None
    rmsea_lower: float | None
    rmsea_upper: float | None
    tli: float
    bic: float
    rmsr: float


@dataclass(frozen=True, kw_only=True)
class FactorSolution:
    """Extracted and rotated factors.

    Attributes
    ----------
    extraction, rotation : str
    pattern : ndarray, shape (p, m)
    phi : ndarray, shape (m, m)
        Correlations of the factors.
    structure : ndarray, shape (p, m)
        Correlations of items with factors, ``pattern @ phi``.
    communality, uniqueness : ndarray, shape (p,)
    explained : ndarray, shape (m,)
        Share of the items' variance each factor accounts for.
    fit : FactorFit or None
        None for components, and without degrees of freedom.
    """

    extraction: Extraction
    rotation: Rotation
    pattern: Array
    phi: Array
    structure: Array
    communality: Array
    uniqueness: Array
    explained: Array
    fit: FactorFit | None


def factor_solution(
    correlation: Array,
    n_factors: int,
    *,
    n: float,
    extraction: Extraction = "minres",
    rotation: Rotation = "oblimin",
) -> FactorSolution:
    """Extract and rotate `n_factors` factors of a correlation matrix.

    Parameters
    ----------
    correlation : ndarray, shape (p, p)
        Pearson or polychoric; positive definite.
    n_factors : int
    n : float
        Respondents, for the tests.
    extraction : {"minres", "ml", "pa", "pca"}
    rotation : {"none", "varimax", "quartimax", "promax", "oblimin"}
    """
    loadings = extract(correlation, n_factors, extraction)
    pattern, phi = rotate(loadings, rotation if n_factors > 1 else "none")
    communality = np.square(loadings).sum(axis=1)
    return FactorSolution(
        extraction=extraction,
        rotation=rotation if n_factors > 1 else "none",
        pattern=pattern,
        phi=phi,
        structure=pattern @ phi,
        communality=communality,
        uniqueness=1 - communality,
        explained=np.diag(phi @ pattern.T @ pattern) / correlation.shape[0],
        fit=None if extraction == "pca" else factor_fit(correlation, loadings, n),
    )


def factor_fit(correlation: Array, loadings: Array, n: float) -> FactorFit | None:
    """Fit of unrotated loadings, shape (p, m); None without degrees of freedom."""
    p, m = loadings.shape
    df = ((p - m) ** 2 - p - m) // 2
    if df <= 0:
        return None
    implied = loadings @ loadings.T
    np.fill_diagonal(implied, np.diag(correlation))
    ratio = np.linalg.solve(implied, correlation)
    objective = float(np.trace(ratio) - np.linalg.slogdet(ratio)[1] - p)
    chisq = (n - 1 - (2 * p + 5) / 6 - 2 * m / 3) * objective
    residual = (correlation - implied)[np.triu_indices(p, 1)]
    null_chisq, null_df, _ = bartlett_sphericity(correlation, n)
    null_ratio = null_chisq / null_df
    lower, upper = interval(chisq, df, n - 1)
    return FactorFit(
        objective=objective,
        chisq=chisq,
        df=df,
        pvalue=float(chdtrc(df, max(chisq, 0.0))),
        rmsea=rmsea(chisq, df, n - 1),
        rmsea_lower=lower,
        rmsea_upper=upper,
        tli=(null_ratio - chisq / df) / (null_ratio - 1),
        bic=float(chisq - df * np.log(n)),
        rmsr=float(np.sqrt(np.mean(residual**2))),
    )
