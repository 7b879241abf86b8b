"""Are the paths straight lines? Quadratic terms, RESET, and paths beside controls.

References
----------
Ramsey, J. B. (1969). Tests for specification errors in classical linear least-squares
regression analysis. JRSS B 31, 350-371.
Sarstedt, M. et al. (2020). Structural model robustness checks in PLS-SEM. Tourism
Economics 26, 531-554.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from survey_engine.assessment.resampled import number
from survey_engine.assessment.scored_rows import ScoredRows, Term, terms
from survey_engine.numerics.moments import Array
from survey_engine.numerics.regression import least_squares


@dataclass(frozen=True, kw_only=True)
class Quadratic(Term):
    """The squared score of an antecedent, added to its equation; f2 of adding it."""

    f2: float | None


@dataclass(frozen=True, kw_only=True)
class Reset:
    """RESET of one equation: F of the squared and cubed fitted values."""

    target: str
    f: float | None
    df1: int
    df2: int
    p: float | None


@dataclass(frozen=True, kw_only=True)
class Controlled:
    """A path without and with control variables in its equation."""

    source: str
    target: str
    without: float | None
    r2_without: float | None
    r2_with: float | None
    with_controls: Term


def quadratic_terms(rows: ScoredRows) -> tuple[Quadratic, ...]:
    """One antecedent's square at a time, all linear terms kept."""
    count = len(rows.names)
    columns = np.column_stack([rows.scores, rows.scores**2])
    sample = (rows.covariance(columns), rows.resampled(columns))
    found = []
    for target, sources in rows.equations:
        _, linear = least_squares(sample[0], target, sources)
        for source in sources:
            labels = [rows.names[k] for k in (*sources, source)]
            each, r2 = terms(rows, sample, (target, (*sources, source + count)), labels)
            last = each[-1]
            gain = (r2 - float(linear)) / (1 - r2) if r2 < 1 else np.nan
            found.append(
                Quadratic(
                    source=last.source,
                    target=last.target,
                    est=last.est,
                    se=last.se,
                    ci_lower=last.ci_lower,
                    ci_upper=last.ci_upper,
                    p=last.p,
                    f2=number(gain),
                )
            )
    return tuple(found)


def reset_tests(rows: ScoredRows) -> tuple[Reset, ...]:
    """RESET of every equation (powers 2 and 3)."""
    found = []
    for target, sources in rows.equations:
        own = [target, *sources]
        columns = rows.scores[:, own]
        slopes, linear = least_squares(rows.covariance(columns), 0, range(1, len(own)))
        fitted = columns[:, 1:] @ slopes
        wide = np.column_stack([columns, fitted**2, fitted**3])
        _, extended = least_squares(rows.covariance(wide), 0, range(1, wide.shape[1]))
        free = rows.n - wide.shape[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            f = (extended - linear) / 2 / ((1 - extended) / free)
        found.append(
            Reset(
                target=rows.names[target],
                f=number(f),
                df1=2,
                df2=free,
                p=number(fdtrc(2, free, np.maximum(f, 0))) if np.isfinite(f) else None,
            )
        )
    return tuple(found)


def controlled_paths(
    rows: ScoredRows, controls: Array, labels: Sequence[str]
) -> tuple[tuple[Controlled, ...], tuple[Term, ...]]:
    """Every equation with control variables added, scores kept.

    Parameters
    ----------
    controls : ndarray, shape (n, c)
        Numbers and dummies.
    labels : sequence of str, length c

    Returns
    -------
    paths : tuple[Controlled, ...]
    effects : tuple[Term, ...]
        Of the controls themselves.
    """
    count = len(rows.names)
    columns = np.column_stack([rows.scores, controls])
    sample = (rows.covariance(columns), rows.resampled(columns))
    added = tuple(range(count, columns.shape[1]))
    paths: list[Controlled] = []
    effects: list[Term] = []
    for target, sources in rows.equations:
        plain, r2 = least_squares(sample[0], target, sources)
        names = [*(rows.names[k] for k in sources), *labels]
        each, wide = terms(rows, sample, (target, (*sources, *added)), names)
        paths += [
            Controlled(
                source=term.source,
                target=term.target,
                without=number(plain[j]),
                r2_without=number(r2),
                r2_with=number(wide),
                with_controls=term,
            )
            for j, term in enumerate(each[: len(sources)])
        ]
        effects += each[len(sources) :]
    return tuple(paths), tuple(effects)
