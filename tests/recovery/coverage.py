"""Bias and coverage of one cell of a recovery study, and the limits they are held to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from survey_engine.numerics.moments import Array

FAMILY = 3.3
"""Monte-Carlo standard errors allowed: two-sided .1 % for one of some fifty cells."""
RELATIVE_BIAS = 0.02


@dataclass
class Tally:
    """What a cell's data sets gave: estimates and, by kind of interval, who covered."""

    names: list[str]
    truth: Array
    estimates: list[Array] = field(default_factory=list)
    covered: dict[str, list[Array]] = field(default_factory=dict)
    failed: int = 0

    def add(self, estimates: Array, intervals: dict[str, tuple[Array, Array]]) -> None:
        self.estimates.append(estimates)
        for kind, (lower, upper) in intervals.items():
            inside = (lower <= self.truth) & (self.truth <= upper)
            self.covered.setdefault(kind, []).append(inside)

    def summary(self) -> dict[str, Any]:
        """Bias with its Monte-Carlo error, and coverage, by parameter."""
        drawn = np.array(self.estimates)
        error = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
        return {
            "data_sets": len(drawn),
            "failed": self.failed,
            "parameters": self.names,
            "truth": self.truth.tolist(),
            "mean": drawn.mean(axis=0).tolist(),
            "mc_error": error.tolist(),
            "coverage": {
                kind: np.mean(inside, axis=0).tolist() for kind, inside in self.covered.items()
            },
        }


def biased(summary: dict[str, Any]) -> list[str]:
    """Parameters off by more than 2 % and more than 3.3 Monte-Carlo errors."""
    truth, mean = np.array(summary["truth"]), np.array(summary["mean"])
    off = np.abs(mean - truth)
    bad = (off > RELATIVE_BIAS * np.abs(truth)) & (off > FAMILY * np.array(summary["mc_error"]))
    return [
        f"{name}: {mean[k]:.4f} for {truth[k]:.4f}"
        for k, name in enumerate(summary["parameters"])
        if bad[k]
    ]


def miscovered(summary: dict[str, Any], kind: str, *, level: float = 0.95) -> list[str]:
    """Parameters whose coverage is off by more than 3.3 Monte-Carlo errors."""
    allowed = FAMILY * np.sqrt(level * (1 - level) / summary["data_sets"])
    return [
        f"{name}: {share:.3f}"
        for name, share in zip(summary["parameters"], summary["coverage"][kind], strict=True)
        if abs(share - level) > allowed
    ]
