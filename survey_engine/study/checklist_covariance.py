"""Checklist lines of covariance-based models beyond fit indices and reliability.

Every line: what was found, the cut-off (editable through ``StudySpec.cutoffs``), the verdict
and the source. Lines without a value in this study are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.model_tests.residuals import large_residuals
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array
from survey_engine.study.after_fit import AfterFit
from survey_engine.study.result import ChecklistLine, StudyResult

CUTOFFS: dict[str, tuple[float, float]] = {
    "model_df": (1, 0),
    "rmsea_ci_upper": (0.08, 0.10),
    "largest_correlation_residual": (0.10, 0.15),
    "large_standardised_residuals": (0, 5),
    "largest_modification_index": (3.84, 10.83),
    "power_close_fit": (0.80, 0.50),
    "swain_p": (0.05, 0.01),
    "bollen_stine_p": (0.05, 0.01),
    "largest_skewness": (3.0, 3.0),
    "largest_kurtosis": (10.0, 20.0),
    "mardia_kurtosis": (5.0, 10.0),
    "fewest_categories": (5, 4),
    "largest_factor_correlation": (0.85, 1.0),
    "method_variance": (0.10, 0.25),
    "invariance_cfi": (0.010, 0.015),
    "invariance_rmsea": (0.015, 0.030),
    "invariance_srmr": (0.030, 0.045),
    "indirect_without_interval": (0, 0),
    "estimates_without_error": (0, 0),
}
"""Where a value passes, and how far it is only a caution."""
RISING = frozenset(
    (
        "model_df",
        "power_close_fit",
        "swain_p",
        "bollen_stine_p",
        "fewest_categories",
    )
)
"""Lines that pass at or above their cut-off; the others at or below it."""


@dataclass(frozen=True)
class Asked:
    """What a line is filled from."""

    result: StudyResult
    fit: CbSemFit
    answers: AfterFit


Values = Callable[[Asked], float | None]


def covariance_lines(result: StudyResult) -> tuple[ChecklistLine, ...]:
    """Every line this study has a value for, in the order of the checklist."""
    fit, answers = result.fit, result.after_fit
    if not isinstance(fit, CbSemFit) or answers is None:
        return ()
    found = []
    for name, (values, source) in LINES.items():
        value = values(Asked(result, fit, answers))
        if value is not None and np.isfinite(value):
            found.append(_line(name, float(value), source, result))
    return tuple(found)


def _line(name: str, value: float, source: str, result: StudyResult) -> ChecklistLine:
    good, fair = result.spec.cutoffs.get(name, CUTOFFS[name])
    above = name in RISING
    passes = value >= good if above else value <= good
    tolerated = value >= fair if above else value <= fair
    shown = f"{good:g}".replace("0.", ".", 1) if abs(good) < 1 else f"{good:g}"
    return ChecklistLine(
        item=name,
        value=value,
        cutoff=f"{'≥' if above else '≤'} {shown}",
        verdict="pass" if passes else "caution" if tolerated else "fail",
        source=source,
    )


def _df(asked: Asked) -> float | None:
    return float(asked.fit.df)


def _rmsea_limit(asked: Asked) -> float | None:
    return asked.result.fit_measures.get("rmsea_ci_upper")


def _correlation_residual(asked: Asked) -> float | None:
    return float(np.abs(asked.answers.residuals.correlation).max())


def _large_z(asked: Asked) -> float | None:
    listed = large_residuals(asked.answers.residuals)
    return float(sum(one.z is not None and abs(one.z) > 2.58 for one in listed))


def _index(asked: Asked) -> float | None:
    return asked.answers.modification[0].mi_scaled if asked.answers.modification else None


def _power(asked: Asked) -> float | None:
    return next((one.power for one in asked.answers.power if one.test == "close"), None)


def _swain(asked: Asked) -> float | None:
    return next((one.p for one in asked.answers.corrected if one.method == "swain"), None)


def _bollen_stine(asked: Asked) -> float | None:
    return None if asked.answers.bollen_stine is None else asked.answers.bollen_stine.p


def _answers(asked: Asked) -> Array:
    """Complete rows of the model's items, (n, p)."""
    at = [asked.result.data.columns.index(name) for name in asked.fit.moments.columns]
    values = np.asarray(asked.result.data.values[:, at], dtype=float)
    complete: Array = values[~np.isnan(values).any(axis=1)]
    return complete


def _standard(asked: Asked) -> Array | None:
    values = _answers(asked)
    deviation = values.std(axis=0) if len(values) else np.zeros(1)
    return (values - values.mean(axis=0)) / deviation if (deviation > 0).all() else None


def _skewness(asked: Asked) -> float | None:
    z = _standard(asked)
    return None if z is None else float(np.abs((z**3).mean(axis=0)).max())


def _kurtosis(asked: Asked) -> float | None:
    z = _standard(asked)
    return None if z is None else float(np.abs((z**4).mean(axis=0) - 3).max())


def _mardia(asked: Asked) -> float | None:
    """Mardia's (1970) multivariate kurtosis as a normal deviate."""
    z = _standard(asked)
    if z is None or len(z) <= z.shape[1]:
        return None
    n, p = z.shape
    correlation = z.T @ z / n
    if np.linalg.cond(correlation) > 1e12:
        return None
    distance = np.einsum("ij,ij->i", z @ np.linalg.inv(correlation), z)
    kurtosis = float((distance**2).mean())
    return float(abs(kurtosis - p * (p + 2)) / np.sqrt(8 * p * (p + 2) / n))


def _categories(asked: Asked) -> float | None:
    values = _answers(asked)
    return float(min(len(np.unique(column)) for column in values.T)) if len(values) else None


def _factor_correlation(asked: Asked) -> float | None:
    pairs = asked.answers.discriminant or ()
    limits = [max(abs(one.ci_lower or 0), abs(one.ci_upper or 0)) for one in pairs]
    return max(limits, default=None)


def _method(asked: Asked) -> float | None:
    return None if asked.answers.method is None else asked.answers.method.share


def _fall(name: str) -> Values:
    def found(asked: Asked) -> float | None:
        """The largest change of the steps that stand, metric and scalar."""
        ladder = asked.answers.invariance
        if ladder is None:
            return None
        last = {one.step: one for one in ladder.steps}
        changes = [getattr(last[step], f"delta_{name}") for step in ("metric", "scalar")]
        sign = -1.0 if name == "cfi" else 1.0
        return max((sign * one for one in changes if one is not None), default=None)

    return found


def _no_interval(asked: Asked) -> float | None:
    if not asked.result.indirect_effects:
        return None
    return float(sum(one.ci_lower is None for one in asked.result.indirect_effects))


def _no_error(asked: Asked) -> float | None:
    return float(sum(one.se is None for one in asked.fit.parameters))


LINES: dict[str, tuple[Values, str]] = {
    "model_df": (_df, "JARS; Mueller & Hancock 2008"),
    "power_close_fit": (_power, "MacCallum et al. 1996"),
    "largest_skewness": (_skewness, "Kline"),
    "largest_kurtosis": (_kurtosis, "Kline"),
    "mardia_kurtosis": (_mardia, "Mardia 1970; Bentler 2006"),
    "fewest_categories": (_categories, "Rhemtulla 2012"),
    "rmsea_ci_upper": (_rmsea_limit, "Browne & Cudeck 1993"),
    "swain_p": (_swain, "Herzog & Boomsma 2009"),
    "bollen_stine_p": (_bollen_stine, "Bollen & Stine 1992"),
    "largest_correlation_residual": (_correlation_residual, "Kline 2023"),
    "large_standardised_residuals": (_large_z, "Kline 2023; 2024"),
    "largest_modification_index": (_index, "JARS"),
    "invariance_cfi": (_fall("cfi"), "Cheung & Rensvold 2002"),
    "invariance_rmsea": (_fall("rmsea"), "Chen 2007"),
    "invariance_srmr": (_fall("srmr"), "Chen 2007"),
    "largest_factor_correlation": (_factor_correlation, "Ronkko & Cho 2022"),
    "method_variance": (_method, "Podsakoff 2003"),
    "indirect_without_interval": (_no_interval, "Hayes 2018"),
    "estimates_without_error": (_no_error, "JARS"),
}
