"""Hidden classes of respondents by FIMIX-PLS: a mixture of regressions on fixed scores.

Reference
---------
Hahn, C., Johnson, M. D., Herrmann, A. & Huber, F. (2002). Capturing customer heterogeneity
using a finite mixture PLS approach. Schmalenbach Business Review 54, 243-269.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey_engine.analysis.class_retention import Known, described, retain
from survey_engine.analysis.class_solutions import ClassPath, HiddenClasses
from survey_engine.assessment.resampled import number
from survey_engine.assessment.scored_rows import ScoredRows
from survey_engine.numerics.regression_mixture import Equations, Mixture, fit_mixture

STARTS = 20


def hidden_classes(
    rows: ScoredRows, *, most: int, seed: int, known: Known | None
) -> tuple[HiddenClasses, NDArray[np.intp]]:
    """FIMIX-PLS with 1 to `most` classes.

    Parameters
    ----------
    known : (names, ndarray of shape (n, F)), optional
        Variables that may say who the classes are.

    Returns
    -------
    HiddenClasses
    labels : ndarray of int, shape (n,)
        The most likely class of each row in the retained solution.
    """
    equations = Equations(
        targets=tuple(target for target, _ in rows.equations),
        predecessors=tuple(sources for _, sources in rows.equations),
    )
    found = [
        fit_mixture(rows.scores, equations, g, weights=rows.weights, seed=seed, starts=STARTS)
        for g in range(1, most + 1)
    ]
    kept = retain(found, rows.weights)
    chosen = found[kept.classes - 1]
    labels = chosen.posterior.argmax(axis=1)
    estimates = (_paths(chosen, rows), ())
    return described(kept, "fimix", estimates, (labels, known), seed=seed), labels


def _paths(chosen: Mixture, rows: ScoredRows) -> tuple[ClassPath, ...]:
    return tuple(
        ClassPath(
            hidden_class=g + 1,
            source=rows.names[source],
            target=rows.names[target],
            est=number(chosen.slopes[g, source, target]),
        )
        for g in range(chosen.classes)
        for target, sources in rows.equations
        for source in sources
    )
