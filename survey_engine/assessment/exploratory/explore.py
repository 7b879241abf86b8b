"""What the items say without a model: adequacy, how many factors, and which.

Everything is computed from the correlations, so weights and missing data are treated as
in the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.exploratory.adequacy import (
    bartlett_sphericity,
    sampling_adequacy,
)
from survey_engine.assessment.exploratory.extraction import Extraction
from survey_engine.assessment.exploratory.retention import (
    minimum_average_partial,
    parallel_eigenvalues,
    parallel_factor_eigenvalues,
    reduced_eigenvalues,
    retained,
)
from survey_engine.assessment.exploratory.rotation import Rotation
from survey_engine.assessment.exploratory.solution import FactorSolution, factor_solution
from survey_engine.assessment.result import Exploratory
from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.estimation.estimates import IndicatorEstimate
from survey_engine.numerics.moments import Array, Moments

_SINGULAR = 1e-10


@dataclass(frozen=True, kw_only=True)
class ExploratoryChoice:
    """How to explore.

    Attributes
    ----------
    n_factors : int or None
        None takes what parallel analysis of components retains.
    extraction, rotation : str
    """

    n_factors: int | None = None
    extraction: Extraction = "minres"
    rotation: Rotation = "oblimin"


def explore(
    moments: Moments,
    *,
    seed: int,
    choice: ExploratoryChoice | None = None,
    correlation: Array | None = None,
) -> Exploratory | Diagnostic:
    """Exploratory analysis of all items of `moments`.

    Parameters
    ----------
    moments : Moments
    seed : int
        Of the random correlations of parallel analysis.
    choice : ExploratoryChoice, optional
    correlation : ndarray, shape (p, p), optional
        Correlations to use in place of those of `moments`, such as polychoric ones.

    Returns
    -------
    Exploratory or Diagnostic
        ``EXPLORATORY_NOT_AVAILABLE`` when the correlations are singular or there are
        not more respondents than items: a missing appendix page, not an error.
    """
    asked = choice or ExploratoryChoice()
    columns, n = moments.columns, moments.n
    matrix = moments.correlation if correlation is None else correlation
    if (
        len(columns) < 3
        or n <= len(columns) + 1
        or not np.all(np.isfinite(matrix))
        or np.linalg.eigvalsh(matrix)[0] < _SINGULAR
    ):
        return diagnostic("EXPLORATORY_NOT_AVAILABLE", where=Where(items=columns), n=n)
    overall, per_item = sampling_adequacy(matrix)
    chisq, df, p = bartlett_sphericity(matrix, n)
    eigenvalues = np.asarray(np.linalg.eigvalsh(matrix)[::-1], dtype=np.float64)
    reference = parallel_eigenvalues(n, len(columns), seed)
    suggested = retained(eigenvalues, reference)
    m = suggested if asked.n_factors is None else min(asked.n_factors, len(columns) - 1)
    found = None
    if m:
        found = factor_solution(
            matrix, m, n=n, extraction=asked.extraction, rotation=asked.rotation
        )
    average = minimum_average_partial(matrix)
    reduced = parallel_factor_eigenvalues(n, len(columns), seed)
    return Exploratory(
        kmo=overall,
        kmo_items=dict(zip(columns, per_item.tolist(), strict=True)),
        bartlett_chisq=chisq,
        bartlett_df=df,
        bartlett_p=p,
        eigenvalues=tuple(eigenvalues.tolist()),
        parallel_eigenvalues=tuple(reference.tolist()),
        n_factors=m,
        n_components_parallel=suggested,
        n_factors_parallel=retained(reduced_eigenvalues(matrix), reduced),
        n_components_map=int(np.nanargmin(average)) + 1,
        map_values=tuple(average.tolist()),
        extraction=asked.extraction,
        rotation=found.rotation if found else "none",
        solution=found,
        loadings=_loadings(columns, found),
        seed=seed,
    )


def _loadings(
    columns: tuple[str, ...], found: FactorSolution | None
) -> tuple[IndicatorEstimate, ...]:
    if found is None:
        return ()
    return tuple(
        IndicatorEstimate(construct=f"F{f + 1}", item=item, est=float(found.pattern[j, f]))
        for j, item in enumerate(columns)
        for f in range(found.pattern.shape[1])
    )
