"""How many respondents: for a margin, a difference, a path; and what a given n can show.

Formulas assume simple sampling; a design effect multiplies n (Kish 1965).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

INVERSE_ROOT = 2.486
"""Kock & Hadaya (2018): z(.95) + z(.80), one-sided 5 %, power 80 %."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What the answer must withstand.

    Attributes
    ----------
    power : float
        Chance of seeing an effect that is there.
    confidence : float
        Of intervals; 1 minus the size of two-sided tests.
    design_effect : float
        n over effective n (Kish 1965), from unequal weights or clustering.
    """

    power: float = 0.80
    confidence: float = 0.95
    design_effect: float = 1.0

    @property
    def z(self) -> float:
        """Two-sided normal quantile of `confidence`."""
        return float(ndtri(0.5 + self.confidence / 2))


def respondents_for_margin(margin: float, deviation: float, demand: Demand) -> int:
    """Respondents a unit for a mean or index known to plus or minus `margin`.

    ``n = deff (z s / m)^2`` (methodology, section 2.3), rounded up.

    Parameters
    ----------
    margin, deviation : float
        Half the interval, and the standard deviation of the case scores; same units.
    demand : Demand
    """
    return math.ceil(demand.design_effect * (demand.z * deviation / margin) ** 2 - 1e-9)


def margin_of(n: int, deviation: float, demand: Demand) -> float:
    """Half the width of the interval `n` respondents give."""
    return demand.z * deviation * math.sqrt(demand.design_effect / n)


def respondents_for_difference(
    difference: float, deviation: float, demand: Demand, *, correlation: float = 0.0
) -> int:
    """Respondents in each of two units (or waves) to see a difference of their means.

    ``n = 2 (1 - r) deff s^2 (z_conf + z_power)^2 / d^2``; r is 0 for independent units,
    the correlation of a person's two scores for the same people asked twice.
    """
    z = demand.z + float(ndtri(demand.power))
    n = 2 * (1 - correlation) * demand.design_effect * (deviation * z / difference) ** 2
    return math.ceil(n - 1e-9)


def power_of_difference(
    difference: float, deviation: float, n: int, demand: Demand, *, correlation: float = 0.0
) -> float:
    """Chance that `n` a unit show a difference, in either direction of the test."""
    error = deviation * math.sqrt(2 * (1 - correlation) * demand.design_effect / n)
    shift = abs(difference) / error
    return float(ndtr(shift - demand.z) + ndtr(-shift - demand.z))


def respondents_for_path(path: float, demand: Demand) -> int:
    """Respondents for the smallest path that matters, by the inverse square root rule.

    ``n = (z(.95) + z(power))^2 / beta^2`` (Kock & Hadaya 2018, Information Systems
    Journal 28), one-sided at 5 % as they publish it: 155 for .2 at 80 %.

    Parameters
    ----------
    path : float
        Standardised.
    demand : Demand
        Its power and design effect count.
    """
    z = float(ndtri(0.95) + ndtri(demand.power))
    return math.ceil(demand.design_effect * (z / abs(path)) ** 2 - 1e-9)
