"""Own starting values: loadings and latent covariances from ratios of covariances.

Every construct has a proxy, the mean of its items; covariances of proxies estimate
those of the constructs once divided by the mean loadings, and paths follow by
regression. No iteration, and scale-free.
"""

from __future__ import annotations

import numpy as np

from survey_engine.estimation.cbsem.composite_start import (
    canonical_weights,
    known_weights,
    set_block,
)
from survey_engine.estimation.cbsem.entry import Entry
from survey_engine.estimation.cbsem.implied import columns, implied, mean_factors
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.start_safeguards import block_start, positive_definite
from survey_engine.estimation.cbsem.structure import Index, Structure
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array


def start_values(table: ParameterTable, structure: Structure, data: Sample) -> Array:
    """Starting values of the independent parameters, shape (r,).

    Parameters
    ----------
    table : ParameterTable
    structure : Structure
    data : Sample
        One sample, without a leading axis.
    """
    values = []
    for rows, covariance, fixed in _by_group(table, data):
        units = entry_units(table, rows, covariance)
        size = np.sqrt(np.diagonal(covariance))
        standard = covariance / np.outer(size, size)
        builder = _Builder(rows, table, structure, (standard, fixed / units))
        values.append(builder.entries() * units)
    found = _with_thresholds(structure, np.stack(values), data)
    return to_free(table, structure, _with_means(structure, found, data))


def plain_start(table: ParameterTable, structure: Structure, data: Sample) -> Array:
    """A cautious second start: equal loadings, no paths, half of each variance as error."""
    latents = set(table.latents)
    values = []
    for rows, covariance, fixed in _by_group(table, data):
        units = entry_units(table, rows, covariance)
        plain = fixed / units
        for i, entry in enumerate(rows):
            if not entry.free:
                continue
            if entry.op == "=~":
                plain[i] = 1.0
            elif entry.op == "~~" and entry.lhs == entry.rhs:
                plain[i] = 0.2 if entry.lhs in latents else 0.5
            else:
                plain[i] = 0.0
        values.append(plain * units)
    found = _with_thresholds(structure, np.stack(values), data)
    return to_free(table, structure, _with_means(structure, found, data))


def _by_group(
    table: ParameterTable, data: Sample
) -> list[tuple[tuple[Entry, ...], Array, Array]]:
    """Rows, covariance and fixed values of every group."""
    count = len(table.rows)
    return [
        (table.entries[g * count : (g + 1) * count], data.covariance[g], data.fixed[g])
        for g in range(len(table.groups))
    ]


def entry_units(table: ParameterTable, rows: tuple[Entry, ...], covariance: Array) -> Array:
    """Factors from values for standardised items to values in item units, (E,).

    A construct has the unit of its marker, so that fixed loadings of 1 stay 1.
    """
    size = np.sqrt(np.diagonal(covariance))
    unit = {name: float(size[i]) for i, name in enumerate(table.observed)}
    for _ in table.latents:  # as many passes as there can be levels
        for entry in rows:
            marker = entry.op in ("=~", "<~") and not entry.free and entry.value == 1.0
            if marker and entry.lhs not in unit and entry.rhs in unit:
                unit[entry.lhs] = unit[entry.rhs]
    factors = []
    for entry in rows:
        left, right = unit.get(entry.lhs, 1.0), unit.get(entry.rhs, 1.0)
        if entry.op == "=~":
            factors.append(right / left)
        elif entry.op in ("~", "<~"):
            factors.append(left / right)
        else:
            factors.append(left * right)
    return np.array(factors)


def _with_thresholds(structure: Structure, values: Array, data: Sample) -> Array:
    """Thresholds of the sample and scales of 1, by group.

    The sample statistics begin with the thresholds of each ordered variable and the
    mean of each measured one.
    """
    at = structure.threshold
    if data.statistics is not None and len(at.entry):
        steps = np.bincount(at.row, minlength=len(structure.observed))
        ends = np.cumsum(np.maximum(steps, 1))
        start = ends - np.maximum(steps, 1)
        values[:, at.entry] = data.statistics[:, start[at.row] + at.column]
        values[:, structure.scaling.entry] = 1.0
    return values


def _with_means(structure: Structure, values: Array, data: Sample) -> Array:
    """Intercepts and latent means that reproduce the sample means, by group.

    The implied means are linear in them, so given everything else they are found by
    least squares.
    """
    if not structure.means:
        return values
    rows = np.flatnonzero((structure.scale == 0) & (structure.mean_at <= len(structure.inner)))
    values[:, structure.free[rows]] = data.fixed[:, structure.free[rows]]
    parts = implied(structure, values)
    slopes = columns(parts)[..., structure.u] * mean_factors(structure, parts)[..., None, :]
    for g in range(structure.n_groups):
        free = rows[structure.number[g, rows] >= 0]
        away = data.mean[g] - parts.mean[g]
        values[g, structure.free[free]] = np.linalg.lstsq(slopes[g][:, free], away, rcond=None)[
            0
        ]
    return values


def to_free(table: ParameterTable, structure: Structure, values: Array) -> Array:
    """Independent parameters nearest to the values of the entries (G, E), shape (r,)."""
    free = values[:, structure.free]
    count = len(table.rows)
    starts = [(i, e.start) for i, e in enumerate(table.entries) if e.start is not None]
    position = {int(row): k for k, row in enumerate(structure.free)}
    for i, start in starts:
        group, row = divmod(i, count)
        if row in position:
            free[group, position[row]] = start * structure.sign[row]
    if structure.simple:
        return np.asarray(free[0])
    known = structure.number.ravel() >= 0
    design = structure.design.reshape(-1, structure.design.shape[-1])[known]
    wanted = (free - structure.constant).ravel()[known]
    return np.asarray(np.linalg.lstsq(design, wanted, rcond=None)[0])


class _Builder:
    """Values of one group's rows, from standardised covariances and fixed values."""

    def __init__(
        self,
        rows: tuple[Entry, ...],
        table: ParameterTable,
        structure: Structure,
        data: tuple[Array, Array],
    ) -> None:
        self.rows = rows
        self.structure = structure
        self.s, self.values = data
        self.position = {name: i for i, name in enumerate(table.observed)}
        self.composites = {one.name: one for one in table.composites}
        self.blocks: dict[str, list[int]] = {}
        for i, entry in enumerate(rows):
            if entry.op == "=~" and not entry.hidden:
                self.blocks.setdefault(entry.lhs, []).append(i)

    def entries(self) -> Array:
        """Values of all entries."""
        if not self.structure.inner:
            self._errors(np.empty((0, 0)))
            return self.values
        weights = np.stack([self._proxy(name, 0) for name in self.structure.inner])
        variances = {
            k: self._measurement(name, weights[k])
            for k, name in enumerate(self.structure.inner)
            if name in self.blocks
        }
        for k, name in enumerate(self.structure.inner):
            if name in self.composites:
                set_block(name, self.rows, self.values, (weights[k], self.s, self.position))
        common = weights @ self.s @ weights.T
        for k, variance in variances.items():
            common[k, k] = variance
        common = positive_definite(common)
        self._paths_and_covariances(common)
        self._errors(common)
        return self.values

    def _proxy(self, name: str, depth: int) -> Array:
        """Weights of the observed variables in the mean of a construct's items."""
        weight = np.zeros(len(self.position))
        if name in self.position:
            weight[self.position[name]] = 1.0
            return weight
        if name in self.composites:
            one = self.composites[name]
            at = [self.position[item] for item in one.indicators]
            known = known_weights(one, self.rows, self.values * self.structure.sign)
            weight[at] = canonical_weights(self.s, at, known)
            return weight
        if depth > len(self.blocks):
            return weight
        items = [self.rows[i].rhs for i in self.blocks[name]]
        if all(item in self.position for item in items):
            weight[[self.position[item] for item in items]] = 1 / len(items)
            return weight
        parts = [self._proxy(item, depth + 1) for item in items]
        return np.asarray(np.mean(parts, axis=0))

    def _between(self, items: list[str]) -> Array:
        """Covariances of the indicators of a block, or of their proxies."""
        if all(item in self.position for item in items):
            at = np.array([self.position[item] for item in items])
            return np.asarray(self.s[at[:, None], at])
        parts = np.stack([self._proxy(item, 1) for item in items])
        return np.asarray(parts @ self.s @ parts.T)

    def _measurement(self, name: str, weight: Array) -> float:
        """Set the free loadings of a block; return the construct's variance.

        The proxy's `weight` is rescaled in place to the construct's own unit.
        """
        rows = self.blocks[name]
        between = self._between([self.rows[i].rhs for i in rows])
        loading, variance = block_start(between)
        unit = self._unit(rows, loading, name, variance)
        loading, variance = loading / unit, variance * unit**2
        for i, value in zip(rows, loading.tolist(), strict=True):
            if self.rows[i].free:
                self.values[i] = value
        mean = float(loading.sum()) / len(rows)
        weight /= mean if abs(mean) > 1e-6 else 1.0
        return variance

    def _unit(self, rows: list[int], loading: Array, name: str, variance: float) -> float:
        """The factor that turns relative loadings into the model's units."""
        for k, i in enumerate(rows):
            entry = self.rows[i]
            if not entry.free and entry.value:
                return float(loading[k] / entry.value)
        for i, entry in enumerate(self.rows):
            own = entry.op == "~~" and entry.lhs == entry.rhs == name and not entry.free
            if own and self.values[i] > 0 and variance > 0:
                # A construct without marker points the way its first item does.
                sign = -1.0 if loading[0] < 0 else 1.0
                return sign * float(np.sqrt(self.values[i] / variance))
        return 1.0

    def _paths_and_covariances(self, common: Array) -> None:
        at = self.structure.path
        paths = np.zeros(common.shape)
        by_effect: dict[int, list[int]] = {}
        for k, effect in enumerate(at.row.tolist()):
            by_effect.setdefault(effect, []).append(k)
        for effect, rows in by_effect.items():
            causes = at.column[rows]
            # `common` is positive definite by construction, so this cannot be singular.
            slope = np.linalg.solve(common[causes[:, None], causes], common[causes, effect])
            for entry, value in zip(at.entry[rows].tolist(), slope.tolist(), strict=True):
                own = self.rows[entry]
                if own.free and own.op == "~":
                    self.values[entry] = value
            paths[effect, causes] = self.values[at.entry[rows]]
        difference = np.eye(len(common)) - paths
        left = difference @ common @ difference.T
        where = self.structure.inner_covariance
        floor = np.where(where.row == where.column, 0.1 * common.diagonal()[where.row], -np.inf)
        found = np.maximum(left[where.row, where.column], floor)
        self._set(where.entry, found)

    def _set(self, entries: Index, values: Array) -> None:
        """Values of those entries that are free."""
        for entry, value in zip(entries.tolist(), values.tolist(), strict=True):
            if self.rows[entry].free:
                self.values[entry] = value

    def _errors(self, common: Array) -> None:
        """Error variances: what the common part leaves, at least 5 % of each item."""
        where = self.structure.loading
        loading = np.zeros((len(self.position), common.shape[0]))
        loading[where.row, where.column] = self.values[where.entry]
        explained = ((loading @ common) * loading).sum(axis=1)
        total = self.s.diagonal()
        left = np.maximum(total - explained, 0.05 * total)
        at = self.structure.error
        self._set(at.entry, np.where(at.row == at.column, left[at.row], 0.0))
