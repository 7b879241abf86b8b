"""The one place that calls factor_analyzer: extraction and rotation.

Its default stopping rules (1e-5) are tightened; its warning about a renamed scikit-learn
argument is silenced, because the result is not affected and the user can do nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from survey_engine.numerics.moments import Array

TIGHT = 1e-12
ROTATION_STEPS = 5_000


@contextmanager
def _quietly() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="'force_all_finite' was renamed", category=FutureWarning
        )
        yield


def fitted_loadings(correlation: Array, n_factors: int, method: str) -> Array:
    """Unrotated loadings by ``"minres"`` or ``"ml"``, shape (p, m)."""
    from factor_analyzer import FactorAnalyzer

    with _quietly():
        model = FactorAnalyzer(
            n_factors=n_factors, rotation=None, method=method, is_corr_matrix=True
        ).fit(correlation)
    return np.asarray(model.loadings_, dtype=np.float64)


def rotated(loadings: Array, method: str) -> tuple[Array, Array]:
    """Pattern loadings (p, m) and factor correlations (m, m) after a rotation."""
    from factor_analyzer import Rotator

    rotator = Rotator(method=method, normalize=True, tol=TIGHT, max_iter=ROTATION_STEPS)
    with _quietly():
        pattern = np.asarray(rotator.fit_transform(loadings), dtype=np.float64)
    phi = getattr(rotator, "phi_", None)
    size = loadings.shape[1]
    return pattern, np.eye(size) if phi is None else np.asarray(phi, dtype=np.float64)
