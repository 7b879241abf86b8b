"""Sampling covariance of the free parameters, from the information."""

from __future__ import annotations

import numpy as np

from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array

LARGEST_CONDITION = 1e15
"""Scaled information beyond this condition number has no usable inverse."""


def condition_number(information: Array) -> float:
    """Condition number of the information scaled to a unit diagonal."""
    diagonal = np.diagonal(information)
    if not np.all(diagonal > 0):
        return float("inf")
    root = np.sqrt(diagonal)
    values = np.linalg.eigvalsh(information / np.outer(root, root))
    return float(values[-1] / values[0]) if values[0] > 0 else float("inf")


def parameter_covariance(
    table: ParameterTable, information: Array, n: float, *, condition: float
) -> Array:
    """Covariance of the q free values, shape (q, q): ``T (n I)^{-1} T'``.

    Parameters
    ----------
    table : ParameterTable
    information : ndarray, shape (r, r)
        Information of one observation in the independent parameters.
    n : float
    condition : float
        `condition_number` of the information.

    Returns
    -------
    ndarray
        NaN everywhere if the information is singular: the model is not identified, and
        no standard error exists.
    """
    if not condition < LARGEST_CONDITION:
        return np.full((table.n_free, table.n_free), np.nan)
    inverse = np.linalg.inv(information) / n
    return np.asarray(table.basis @ inverse @ table.basis.T)


def weakest_parameters(table: ParameterTable, information: Array) -> tuple[str, ...]:
    """Entries that the least certain direction of the information moves most."""
    root = np.sqrt(np.maximum(np.diagonal(information), 1e-300))
    direction = np.linalg.eigh(information / np.outer(root, root))[1][:, 0] / root
    moved = np.abs(table.basis @ direction)
    chosen = np.flatnonzero(moved > 0.1 * moved.max())[:5] + 1
    texts = (e.text for e in table.entries if e.free in chosen)
    return tuple(dict.fromkeys(texts))


def entry_errors(structure: Structure, covariance: Array) -> Array:
    """Standard errors of all entries, shape (G, E); 0 for fixed ones."""
    errors = np.zeros((structure.n_groups, structure.n_entries))
    with np.errstate(invalid="ignore"):
        root = np.sqrt(np.diagonal(covariance))
    if len(root):
        free = np.where(structure.number >= 0, root[structure.number], 0.0)
        errors[:, structure.free] = free
    return errors
