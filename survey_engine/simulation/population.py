"""A population with known parameters, and the moments it implies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec

LOADINGS = (0.85, 0.80, 0.75, 0.82, 0.78, 0.72, 0.80)
"""Loadings given in turn to the items of a block where none are stated."""
OFFSETS = (0.0, 0.08, -0.10, 0.05, -0.05, 0.12, -0.08)
"""Item means beside their construct's, in standard deviations, in turn."""
EXPLAINED = 0.55
"""Share of an endogenous construct's variance explained where no paths are stated."""


@dataclass(frozen=True, kw_only=True)
class Population:
    """Standardised parameters of a population: a common-factor model.

    Attributes
    ----------
    loadings : Mapping[str, float]
        Correlation of an item (or a lower-order construct) with its construct. Items
        left out take a plausible default; a single item has 1.
    paths : Mapping[tuple[str, str], float]
        Standardised paths by (from, to). Paths of the model left out share the default
        explained variance equally.
    correlations : Mapping[tuple[str, str], float]
        Among exogenous constructs, .4 where left out.
    mean, standard_deviation : float
        Of every item, as shares of the scale's range above its minimum.
    shifts : Mapping[str, float]
        Item means beside `mean`, in standard deviations, by construct.
    """

    loadings: Mapping[str, float] = field(default_factory=dict)
    paths: Mapping[tuple[str, str], float] = field(default_factory=dict)
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)
    mean: float = 0.68
    standard_deviation: float = 0.19
    shifts: Mapping[str, float] = field(default_factory=dict)


def ecsi_population() -> Population:
    """Plausible values for the European customer satisfaction index model."""
    return Population(
        loadings={"CUSL2": 0.65, "PERQ2": 0.70, "IMAG3": 0.68},
        paths={
            ("Image", "Expectation"): 0.60,
            ("Image", "Satisfaction"): 0.20,
            ("Image", "Loyalty"): 0.20,
            ("Expectation", "Quality"): 0.60,
            ("Expectation", "Value"): 0.10,
            ("Expectation", "Satisfaction"): 0.08,
            ("Quality", "Value"): 0.55,
            ("Quality", "Satisfaction"): 0.45,
            ("Value", "Satisfaction"): 0.20,
            ("Satisfaction", "Complaints"): 0.50,
            ("Satisfaction", "Loyalty"): 0.50,
            ("Complaints", "Loyalty"): 0.08,
        },
        shifts={"Value": -0.5, "Loyalty": -0.2, "Quality": 0.2, "Expectation": 0.25},
    )


@dataclass(frozen=True, kw_only=True)
class LatentStructure:
    """Standardised constructs of a population.

    Attributes
    ----------
    names : tuple[str, ...]
        K constructs in the order of the model.
    correlation : ndarray, shape (K, K)
    paths : ndarray, shape (K, K)
        From row to column, lower-order constructs by their loadings included.
    residual : ndarray, shape (K, K)
        Covariances of what the paths leave unexplained.
    """

    names: tuple[str, ...]
    correlation: Array
    paths: Array
    residual: Array


def latent_structure(spec: ModelSpec, population: Population) -> LatentStructure:
    """Correlations of the constructs when every one has variance 1.

    Raises
    ------
    EstimationError
        POPULATION_IMPOSSIBLE if paths explain all of a construct or more, or form a
        cycle.
    """
    names = spec.construct_names
    at = {name: i for i, name in enumerate(names)}
    causes = _causes(spec)
    order = _causal_order(names, causes)
    size = len(names)
    correlation, paths, residual = np.eye(size), np.zeros((size, size)), np.zeros((size, size))
    exogenous = [name for name in order if not causes[name]]
    for i, first in enumerate(exogenous):
        for second in exogenous[:i]:
            value = _correlation(population, first, second)
            for a, b in ((at[first], at[second]), (at[second], at[first])):
                correlation[a, b] = residual[a, b] = value
        residual[at[first], at[first]] = 1.0
    known = [at[name] for name in exogenous]
    for name in (n for n in order if causes[n]):
        k, sources = at[name], [at[c] for c in causes[name]]
        within = correlation[np.ix_(sources, sources)]
        slopes = _slopes(name, causes[name], within, population)
        paths[sources, k] = slopes
        correlation[k, known] = correlation[known, k] = (
            slopes @ correlation[np.ix_(sources, known)]
        )
        residual[k, k] = 1 - float(slopes @ within @ slopes)
        if residual[k, k] <= 0:
            raise _impossible(name)
        known.append(k)
    if float(np.linalg.eigvalsh(correlation)[0]) <= 0:
        raise _impossible(", ".join(exogenous))
    return LatentStructure(names=names, correlation=correlation, paths=paths, residual=residual)


def _causes(spec: ModelSpec) -> dict[str, list[str]]:
    names = set(spec.construct_names)
    causes: dict[str, list[str]] = {name: [] for name in spec.construct_names}
    for path in spec.paths:
        causes[path.target].append(path.source)
    for construct in spec.constructs:
        for item in construct.indicators:
            if item in names:
                causes[item].append(construct.name)
    return causes


def _causal_order(names: tuple[str, ...], causes: dict[str, list[str]]) -> list[str]:
    order: list[str] = []
    while len(order) < len(names):
        ready = [n for n in names if n not in order and set(causes[n]) <= set(order)]
        if not ready:
            raise _impossible(", ".join(n for n in names if n not in order))
        order += ready
    return order


def _correlation(population: Population, first: str, second: str) -> float:
    stated = population.correlations
    return stated.get((first, second), stated.get((second, first), 0.4))


def _slopes(name: str, causes: list[str], within: Array, population: Population) -> Array:
    """Stated paths; where none is stated, equal ones with the default explained share."""
    stated = [
        population.paths.get((cause, name), population.loadings.get(name)) for cause in causes
    ]
    if all(value is None for value in stated):
        return np.full(len(causes), np.sqrt(EXPLAINED / within.sum()))
    return np.array([0.1 if value is None else value for value in stated])


def _impossible(what: str) -> EstimationError:
    where = Where(constructs=(what,))
    return EstimationError(diagnostic("POPULATION_IMPOSSIBLE", where=where, what=what))


def observed_items(spec: ModelSpec) -> tuple[str, ...]:
    """Indicators that are observed, in the order of the model."""
    names = set(spec.construct_names)
    return tuple(dict.fromkeys(i for i in spec.indicators if i not in names))


def loading_matrix(spec: ModelSpec, population: Population) -> Array:
    """Standardised loadings, shape (p, K), rows as `observed_items`."""
    items = observed_items(spec)
    matrix = np.zeros((len(items), len(spec.constructs)))
    for k, construct in enumerate(spec.constructs):
        for j, item in enumerate(construct.indicators):
            if item in items:
                single = len(construct.indicators) == 1
                usual = 1.0 if single else LOADINGS[j % len(LOADINGS)]
                matrix[items.index(item), k] = population.loadings.get(item, usual)
    return matrix


def population_moments(
    spec: ModelSpec, population: Population, *, scale: tuple[float, float] = (1.0, 10.0)
) -> tuple[Array, Array]:
    """Means and covariances of the items, in item units, before rounding.

    Parameters
    ----------
    spec : ModelSpec
    population : Population
    scale : tuple[float, float]
        Lowest and highest answer.

    Returns
    -------
    mean : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
        Rows as `observed_items`.

    Raises
    ------
    EstimationError
        POPULATION_IMPOSSIBLE.
    """
    structure = latent_structure(spec, population)
    loadings = loading_matrix(spec, population)
    correlation = loadings @ structure.correlation @ loadings.T
    if np.any(np.diagonal(correlation) > 1 + 1e-12):
        items = observed_items(spec)
        raise _impossible(items[int(np.argmax(np.diagonal(correlation)))])
    np.fill_diagonal(correlation, 1.0)
    mean, deviation = item_location(spec, population, scale)
    return mean, correlation * deviation**2


def item_location(
    spec: ModelSpec, population: Population, scale: tuple[float, float]
) -> tuple[Array, float]:
    """Item means, shape (p,), and their common standard deviation, in item units."""
    width = scale[1] - scale[0]
    deviation = population.standard_deviation * width
    items = observed_items(spec)
    mean = np.full(len(items), scale[0] + population.mean * width)
    for construct in spec.constructs:
        shift = population.shifts.get(construct.name, 0.0)
        for j, item in enumerate(construct.indicators):
            if item in items:
                mean[items.index(item)] += (shift + OFFSETS[j % len(OFFSETS)]) * deviation
    return mean, deviation
