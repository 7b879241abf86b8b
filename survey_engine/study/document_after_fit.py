"""What was asked of a fitted covariance-based model, in the result JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from survey_engine.assessment.model_tests.residuals import Residuals, large_residuals
from survey_engine.assessment.model_tests.score_tests import ScoreTest
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.study.after_fit import AfterFit


def model_tests(found: AfterFit | None, fit: object = None) -> dict[str, Any] | None:
    """Residuals, standardised solution, tests of parameters and of measurement."""
    if found is None:
        return None
    return {
        "residuals": residual_rows(found.residuals),
        "mean_residuals": mean_residual_rows(found.residuals),
        "large_residuals": [asdict(one) for one in large_residuals(found.residuals)],
        "unbiased_srmr": _dict(found.unbiased_srmr),
        "standardised_solution": [asdict(one) for one in found.standardised],
        "modification_indices": None
        if found.modification is None
        else [asdict(one) for one in found.modification],
        "equality_tests": {
            "total": score_row(found.equality_total),
            "each": [score_row(one) for one in found.equality],
        },
        "rmsea_power": [asdict(one) for one in found.power],
        "corrected_chisq": [asdict(one) for one in found.corrected],
        "noncentrality": _dict(found.noncentrality),
        "reliability": [asdict(one) for one in found.reliability],
        "heterotrait": _pairs(found, fit),
        "discriminant": None
        if found.discriminant is None
        else [asdict(one) for one in found.discriminant],
        "method_factor": _dict(found.method),
        "harman": _dict(found.harman),
        "bollen_stine": _dict(found.bollen_stine),
        "dynamic_cutoffs": _dict(found.dynamic_cutoffs),
    }


def invariance(found: AfterFit | None) -> dict[str, Any] | None:
    """The ladder, step by step."""
    if found is None or found.invariance is None:
        return None
    ladder = found.invariance
    return {
        "group": ladder.group,
        "labels": list(ladder.labels),
        "paths_comparable": ladder.paths_comparable,
        "means_comparable": ladder.means_comparable,
        "limits": asdict(ladder.limits),
        "steps": [
            {
                "step": one.step,
                "chisq": one.ratio.chisq,
                "df": one.ratio.df,
                "chisq_diff": one.ratio.chisq_diff,
                "df_diff": one.ratio.df_diff,
                "p": one.ratio.p,
                "aic": one.ratio.aic,
                "bic": one.ratio.bic,
                "cfi": one.cfi,
                "rmsea": one.rmsea,
                "srmr": one.srmr,
                "delta_cfi": one.delta_cfi,
                "delta_rmsea": one.delta_rmsea,
                "delta_srmr": one.delta_srmr,
                "verdict": one.verdict,
                "freed": list(one.freed),
                "searched": one.searched,
                "suggested": [score_row(test) for test in one.suggested],
            }
            for one in ladder.steps
        ],
        "latent_means": [asdict(one) for one in ladder.latent_means],
        "alignment": _dict(ladder.alignment),
    }


def _dict(found: Any) -> dict[str, Any] | None:
    return None if found is None else asdict(found)


def score_row(test: ScoreTest) -> dict[str, Any]:
    """A score test as plain values."""
    return {
        "lhs": test.lhs,
        "rhs": test.rhs,
        "chisq": test.chisq,
        "df": test.df,
        "p": test.p,
        "epc": test.epc,
    }


def residual_rows(found: Residuals) -> list[dict[str, Any]]:
    """Lower triangles with the diagonal, group by group."""
    p = len(found.observed)
    return [
        {
            "first": found.observed[j],
            "second": found.observed[i],
            "group": g + 1,
            "residual": found.raw[g, i, j],
            "correlation": found.correlation[g, i, j],
            "normalised": found.normalised[g, i, j],
            "z": found.z[g, i, j],
        }
        for g in range(len(found.raw))
        for i, j in zip(*np.tril_indices(p), strict=True)
    ]


def mean_residual_rows(found: Residuals) -> list[dict[str, Any]]:
    """Residuals of means; empty where means are not modelled."""
    if np.isnan(found.mean_z).all() and not found.mean.any():
        return []
    return [
        {"item": item, "group": g + 1, "residual": found.mean[g, i], "z": found.mean_z[g, i]}
        for g in range(len(found.mean))
        for i, item in enumerate(found.observed)
    ]


def _pairs(found: AfterFit, fit: object) -> list[dict[str, Any]]:
    """HTMT of every pair of constructs, by convention."""
    if not isinstance(fit, CbSemFit) or not found.htmt:
        return []
    names = fit.spec.construct_names
    return [
        {
            "first": names[j],
            "second": names[i],
            **{convention: values[i, j] for convention, values in found.htmt.items()},
        }
        for i, j in zip(*np.tril_indices(len(names), -1), strict=True)
    ]
