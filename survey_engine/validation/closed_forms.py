"""Numbers that follow from a formula on paper, or from exact population moments."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.special import chdtr, chdtri, fdtri

from survey_engine.analysis.proportions import adjusted_wald_nps, wilson
from survey_engine.assessment.fit_measures.rmsea import cumulative, noncentrality_at
from survey_engine.assessment.item_statistics import block_statistics
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Array, Moments
from survey_engine.numerics.polychoric import polychoric, thresholds_of
from survey_engine.responses.row_moments import kish_n, mean_and_covariance
from survey_engine.spec.model_text import parse_model_text
from survey_engine.validation.check import Check, Frames, Requirement

EXACT = 1e-10
MODEL = "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nB ~ A\nC ~ A + B\n"
PATHS = {"A → B": 0.6, "A → C": 0.3, "B → C": 0.4}
LOADINGS = (0.8, 0.7, 0.6)


def reliability(frames: Frames) -> Iterator[Check]:
    """Parallel items: alpha is the Spearman-Brown formula."""
    del frames
    for k, r in ((2, 0.5), (5, 0.4), (10, 0.2)):
        covariance = np.full((k, k), r) + (1 - r) * np.eye(k)
        found = block_statistics(covariance, 200)
        value = k * r / (1 + (k - 1) * r)
        cell = f"alpha of {k} items correlated {r}"
        yield Check(cell=cell, value=found.alpha, reference=value, tolerance=EXACT)
        # Feldt's limits, by the F distribution itself.
        lower = 1 - (1 - value) * fdtri(199, 199 * (k - 1), 0.975)
        yield Check(
            cell=f"{cell}, lower limit",
            value=found.alpha_lower,
            reference=float(lower),
            tolerance=EXACT,
        )


def polychoric_correlations(frames: Frames) -> Iterator[Check]:
    """Two halved normal variables: the correlation is sin(2 pi (p11 - 1/4)).

    Sheppard (1899).
    """
    del frames
    for share in (0.15, 0.25, 0.30, 0.40):
        table = np.array([[share, 0.5 - share], [0.5 - share, share]]) * 1000
        cut = thresholds_of(table.sum(axis=1))
        found = polychoric(table[None], cut[None], cut[None])
        yield Check(
            cell=f"p11 = {share}",
            value=float(found.rho[0]),
            reference=math.sin(2 * math.pi * (share - 0.25)),
            measure="absolute",
            tolerance=1e-7,
        )


def survey_statistics(frames: Frames) -> Iterator[Check]:
    """Weights, shares and the net promoter score."""
    del frames
    weights = np.array([1.0, 1.0, 2.0, 4.0])
    yield Check(cell="Kish n", value=kish_n(weights, 4), reference=64 / 22, tolerance=EXACT)
    values = np.array([[1.0], [2.0], [3.0], [4.0]])
    mean, covariance = mean_and_covariance(values, weights / 2)
    yield Check(cell="weighted mean", value=float(mean[0]), reference=25 / 8, tolerance=EXACT)
    yield Check(
        cell="weighted variance",
        value=float(covariance[0, 0]),
        reference=(1 * (17 / 8) ** 2 + (9 / 8) ** 2 + 2 / 64 + 4 * 49 / 64) / 8,
        tolerance=EXACT,
    )
    z = 1.959963984540054
    for share, n in ((0.1, 50.0), (0.5, 200.0), (1.0, 20.0)):
        centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
        lower, _ = wilson(share, n, 0.95)
        yield Check(
            cell=f"Wilson lower, {share:g} of {n:g}",
            value=lower,
            reference=centre - half,
            tolerance=1e-9,
        )
    p, d = (0.5 * 100 + 0.75) / 103, (0.2 * 100 + 0.75) / 103
    half = z * math.sqrt((p + d - (p - d) ** 2) / 103)
    yield Check(
        cell="net promoter score, lower limit",
        value=adjusted_wald_nps(0.5, 0.2, 100.0, 0.95)[0],
        reference=100 * (p - d - half),
        tolerance=1e-9,
    )


def chi_square(frames: Frames) -> Iterator[Check]:
    """The noncentral chi-square behind the RMSEA interval."""
    del frames
    # P(X <= x) with 2 degrees of freedom is 1 - exp(-x/2).
    for x in (1.0, 3.0, 9.0):
        yield Check(
            cell=f"central, df 2, {x:g}",
            value=float(chdtr(2, x)),
            reference=1 - math.exp(-x / 2),
            tolerance=EXACT,
        )
    for df, noncentrality in ((24, 61.3), (3, 2.0), (241, 334.6)):
        x = float(chdtri(df, 0.01)) + noncentrality
        probability = cumulative(x, df, noncentrality)
        # The Poisson mixture of central distributions, summed here term by term.
        terms = np.arange(2000)
        log_share = terms * math.log(noncentrality / 2) - noncentrality / 2
        log_share -= np.array([math.lgamma(k + 1) for k in terms])
        mixture = float((np.exp(log_share) * chdtr(df + 2 * terms, x)).sum())
        cell = f"df {df}, noncentrality {noncentrality}"
        yield Check(cell=cell, value=probability, reference=mixture, tolerance=1e-9)
        yield Check(
            cell=f"{cell}, inverted",
            value=noncentrality_at(x, df, probability),
            reference=noncentrality,
            tolerance=1e-7,
        )


def population(frames: Frames) -> Iterator[Check]:
    """Exact moments of a factor model give back its parameters: ML and consistent PLS."""
    del frames
    spec = parse_model_text(MODEL, file="validation")
    moments = _population_moments(spec.indicators)
    names = list(spec.construct_names)
    fit = CbSemEstimator(std_lv=False).fit(spec, moments)
    estimated = {
        f"{row.rhs} → {row.lhs}": row.std_all for row in fit.parameters if row.op == "~"
    }
    consistent = PlsEstimator(consistent=True).fit(spec, moments)
    for key, value in PATHS.items():
        source, target = (names.index(name) for name in key.split(" → "))
        mine = estimated[key]
        yield Check(
            cell=f"ML {key}",
            value=float("nan") if mine is None else mine,
            reference=value,
            tolerance=1e-7,
        )
        yield Check(
            cell=f"PLSc {key}",
            value=float(consistent.paths[source, target]),
            reference=value,
            tolerance=1e-7,
        )
    yield Check(
        cell="ML chi-square", value=fit.chisq, reference=0.0, measure="absolute", tolerance=1e-6
    )


def _population_moments(columns: tuple[str, ...]) -> Moments:
    a_b, a_c, b_c = PATHS.values()
    r = np.eye(3)
    r[0, 1] = r[1, 0] = a_b
    r[0, 2] = r[2, 0] = a_c + a_b * b_c
    r[1, 2] = r[2, 1] = b_c + a_b * a_c
    loadings = np.kron(np.eye(3), np.array(LOADINGS)[:, None])
    covariance: Array = loadings @ r @ loadings.T
    np.fill_diagonal(covariance, 1.0)
    n = 500
    return Moments(
        columns=columns, n=n, n_effective=float(n), mean=np.zeros(9), covariance=covariance
    )


_PAPER = "closed form"
REQUIREMENTS = (
    Requirement(
        id="reliability_formula", area="arithmetic", source="Spearman 1910", run=reliability
    ),
    Requirement(
        id="polychoric_formula",
        area="arithmetic",
        source="Sheppard 1899",
        run=polychoric_correlations,
    ),
    Requirement(id="survey_formulas", area="arithmetic", source=_PAPER, run=survey_statistics),
    Requirement(id="chi_square_formulas", area="arithmetic", source=_PAPER, run=chi_square),
    Requirement(
        id="population_recovered", area="structural", source="population", run=population
    ),
)
