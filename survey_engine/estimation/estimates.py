"""Rows of result tables: an estimate, its interval, and what it belongs to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number with its standard error and interval; None where undefined."""

    est: float | None
    se: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None


@dataclass(frozen=True, kw_only=True)
class EffectEstimate(Estimate):
    """A path, indirect or total effect, f2 or VIF of `source` on `target`."""

    source: str
    target: str


@dataclass(frozen=True, kw_only=True)
class IndicatorEstimate(Estimate):
    """A loading, indicator weight, cross-loading or VIF of an item and a construct."""

    construct: str
    item: str


@dataclass(frozen=True, kw_only=True)
class ConstructEstimate(Estimate):
    """A statistic of one construct: score on 0-100, R2, alpha, AVE."""

    construct: str


@dataclass(frozen=True, kw_only=True)
class PairEstimate(Estimate):
    """A statistic of two constructs: HTMT, a construct correlation."""

    first: str
    second: str
