"""Latent-class SEM: classes whose structural equation models differ.

References
----------
Jedidi, K., Jagpal, H. S. & DeSarbo, W. S. (1997). Finite-mixture structural equation models
for response-based segmentation and unobserved heterogeneity. Marketing Science 16, 39-59.
Bauer, D. J. & Curran, P. J. (2003). Distributional assumptions of growth mixture models.
Psychological Methods 8, 338-363: skewed answers of one class look like several.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey_engine.analysis.class_retention import Known, described, retain
from survey_engine.analysis.class_solutions import ClassMean, ClassPath, HiddenClasses
from survey_engine.assessment.resampled import number
from survey_engine.estimation.cbsem.class_estimates import ClassEstimates, class_estimates
from survey_engine.estimation.cbsem.class_mixture import Searching, fit_class_mixture
from survey_engine.estimation.cbsem.class_model import Specific, class_models
from survey_engine.numerics.moments import ArrayRows
from survey_engine.responses.row_moments import moments_of_rows
from survey_engine.spec.model import ModelSpec


def latent_class_sem(
    spec: ModelSpec,
    rows: ArrayRows,
    *,
    most: int,
    seed: int,
    specific: Specific = "structure",
    known: Known | None = None,
) -> tuple[HiddenClasses, NDArray[np.intp]]:
    """Mixtures of structural equation models with 1 to `most` classes.

    Parameters
    ----------
    spec : ModelSpec
    rows : ArrayRows
        Complete rows; case weights are honoured.
    specific : str
        What differs between classes: ``"structure"`` (paths, means, variances and
        covariances of the constructs) or ``"all"``.
    known : (names, ndarray of shape (n, F)), optional
        Variables that may say who the classes are.

    Returns
    -------
    HiddenClasses
        Paths and means in standard deviations of the constructs over all respondents.
    labels : ndarray of int, shape (n,)
        The most likely class of each row in the retained solution.

    Raises
    ------
    EstimationError
        Those of `class_models`.
    """
    models = class_models(spec, moments_of_rows(rows), most, specific)
    at = [rows.columns.index(name) for name in models[0].table.observed]
    weights = np.ones(rows.n_rows) if rows.weights is None else rows.weights
    how = Searching(seed=seed)
    found = [fit_class_mixture(model, rows.values[:, at], weights, how) for model in models]
    kept = retain(found, weights)
    chosen = found[kept.classes - 1]
    labels = chosen.posterior.argmax(axis=1)
    estimates = class_estimates(chosen)
    told = (_paths(estimates, spec), _means(estimates, spec))
    return described(kept, "sem", told, (labels, known), seed=seed), labels


def _paths(found: ClassEstimates, spec: ModelSpec) -> tuple[ClassPath, ...]:
    at = {name: k for k, name in enumerate(found.names)}
    return tuple(
        ClassPath(
            hidden_class=g + 1,
            source=path.source,
            target=path.target,
            est=number(found.paths[g, at[path.target], at[path.source]]),
        )
        for g in range(len(found.paths))
        for path in spec.paths
    )


def _means(found: ClassEstimates, spec: ModelSpec) -> tuple[ClassMean, ...]:
    if len(found.means) == 1:
        return ()
    at = {name: k for k, name in enumerate(found.names)}
    return tuple(
        ClassMean(hidden_class=g + 1, construct=name, est=number(found.means[g, at[name]]))
        for g in range(len(found.means))
        for name in spec.construct_names
        if name in at
    )
