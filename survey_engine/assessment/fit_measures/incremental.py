"""Fit relative to the independence model (Bentler 1990; Bollen 1989; McDonald & Marsh 1990).

`chisq` and `df` belong to the model, `null_chisq` and `null_df` to the baseline.
"""

from __future__ import annotations

from survey_engine.estimation.fit_result import CbSemFit, ScaledTest

Found = dict[str, float | None]


def cfi(chisq: float, df: int, null_chisq: float, null_df: int) -> float | None:
    """``1 - max(chisq - df, 0) / max(chisq - df, null_chisq - null_df, 0)``."""
    model = max(chisq - df, 0.0)
    worst = max(model, null_chisq - null_df)
    return 1 - model / worst if worst > 0 else None


def tli(chisq: float, df: int, null_chisq: float, null_df: int) -> float | None:
    """Tucker-Lewis (non-normed) index; None without df."""
    if df <= 0 or null_df <= 0 or null_chisq == null_df:
        return None
    null = null_chisq / null_df
    return (null - chisq / df) / (null - 1)


def nfi(chisq: float, null_chisq: float) -> float | None:
    """Normed fit index (Bentler & Bonett 1980)."""
    return (null_chisq - chisq) / null_chisq if null_chisq > 0 else None


def rfi(chisq: float, df: int, null_chisq: float, null_df: int) -> float | None:
    """Relative fit index (Bollen 1986)."""
    if df <= 0 or null_df <= 0 or null_chisq <= 0:
        return None
    null = null_chisq / null_df
    return (null - chisq / df) / null


def pnfi(chisq: float, df: int, null_chisq: float, null_df: int) -> float | None:
    """Parsimonious normed fit index (James, Mulaik & Brett 1982)."""
    normed = nfi(chisq, null_chisq)
    return normed * df / null_df if normed is not None and null_df > 0 else None


def ifi(chisq: float, df: int, null_chisq: float) -> float | None:
    """Incremental fit index (Bollen 1989)."""
    room = null_chisq - df
    return (null_chisq - chisq) / room if room > 0 else None


def rni(chisq: float, df: int, null_chisq: float, null_df: int) -> float | None:
    """Relative noncentrality index (McDonald & Marsh 1990): the CFI without bounds."""
    room = null_chisq - null_df
    return (room - (chisq - df)) / room if room != 0 else None


def _every(chisq: float, df: int, null_chisq: float, null_df: int) -> Found:
    four = (chisq, df, null_chisq, null_df)
    index = tli(*four)
    nested = df <= null_df  # else the baseline does not lie within the model
    return {
        "cfi": cfi(*four),
        "tli": index,
        "nnfi": index,
        "rfi": rfi(*four) if nested else None,
        "nfi": nfi(chisq, null_chisq) if nested else None,
        "pnfi": pnfi(*four),
        "ifi": ifi(chisq, df, null_chisq),
        "rni": rni(*four),
    }


def _robust(fit: CbSemFit, model: ScaledTest, null: ScaledTest) -> Found:
    """Indices of the noncentralities ``chisq - tr(U Gamma)`` (Brosseau-Liard & Savalei
    2014), which estimate what the plain indices would be without sampling error.
    """
    away, worst = fit.chisq - model.trace, fit.baseline_chisq - null.trace
    below = max(away, 0.0)
    bounded = 1 - below / max(below, worst) if max(below, worst) > 0 else None
    free = 1 - away / worst if worst != 0 else None
    ratio = None
    if model.df > 0 and worst != 0:
        ratio = 1 - (away * null.df) / (worst * model.df)
    return {
        "cfi_robust": bounded,
        "tli_robust": ratio,
        "nnfi_robust": ratio,
        "rni_robust": free,
    }


def measures(fit: CbSemFit) -> Found:
    """Every incremental index; scaled and robust ones of a robust estimator."""
    found = _every(fit.chisq, fit.df, fit.baseline_chisq, fit.baseline_df)
    model, null = fit.scaled, fit.baseline_scaled
    if model is None or null is None:
        return found
    scaled = _every(model.chisq, model.df, null.chisq, null.df)
    found.update({f"{name}_scaled": value for name, value in scaled.items()})
    found.update(_robust(fit, model, null))
    return found
