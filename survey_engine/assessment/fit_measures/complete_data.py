"""CFI, TLI and RMSEA of incomplete answers as they would be without gaps.

FIML measures its misfit where answers exist, so that missing answers hide misfit; these
take F between the saturated and the fitted moments as if data were complete, less what
sampling alone would give (Zhang & Savalei 2023, Psychological Methods 28, eqs 13 to 18).
"""

from __future__ import annotations

import math

from survey_engine.assessment.fit_measures.chi_square import multiplier
from survey_engine.assessment.fit_measures.rmsea import (
    CLOSE,
    LEVEL,
    NOT_CLOSE,
    cumulative,
    noncentrality_at,
)
from survey_engine.estimation.fit_result import CbSemFit


def measures(fit: CbSemFit) -> dict[str, float | None]:
    """The measures under lavaan's names; nothing for a fit that is not FIML."""
    if fit.complete is None or fit.df <= 0:
        return {}
    n, groups = multiplier(fit), len(fit.groups)
    found = fit.complete
    misfit = found.discrepancy - found.correction / n
    worst = found.baseline_discrepancy - found.baseline_correction / n
    scale = found.correction / fit.df
    chisq = n * found.discrepancy / scale
    per = n * fit.df / (scale * groups)
    tail = (1 - LEVEL) / 2
    lower, upper = (
        math.sqrt(noncentrality_at(chisq, fit.df, p) / per) for p in (1 - tail, tail)
    )
    tli = _ratio(misfit * fit.baseline_df, worst * fit.df)
    rni = _ratio(misfit, worst)
    positive = max(misfit, 0.0)
    return {
        "cfi_robust": _ratio(positive, max(positive, worst)),
        "tli_robust": tli,
        "nnfi_robust": tli,
        "rni_robust": rni,
        "rmsea_robust": math.sqrt(positive * groups / fit.df),
        "rmsea_ci_lower_robust": lower,
        "rmsea_ci_upper_robust": upper,
        "rmsea_pvalue_robust": 1 - cumulative(chisq, fit.df, CLOSE**2 * per),
        "rmsea_notclose_pvalue_robust": cumulative(chisq, fit.df, NOT_CLOSE**2 * per),
    }


def _ratio(above: float, below: float) -> float | None:
    return 1 - above / below if below > 0 else None
