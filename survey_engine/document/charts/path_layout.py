"""A grid for a model that brings none: longest-path layers, barycentre order."""

from __future__ import annotations

from collections.abc import Sequence


def layered_grid(
    names: Sequence[str], edges: Sequence[tuple[str, str]]
) -> dict[str, tuple[float, float]]:
    """Column and row of each construct, causes to the left.

    Columns are longest paths from the sources (Sugiyama et al. 1981, step 1); the order
    within a column follows the mean row of the neighbours, in alternating sweeps.
    An edge that closes a cycle is ignored for the columns.

    Parameters
    ----------
    names : sequence of str
    edges : sequence of (source, target)

    Returns
    -------
    dict
        ``name -> (column, row)``, rows centred on the tallest column.
    """
    columns = _longest_paths(names, edges)
    layers: dict[int, list[str]] = {}
    for name in names:
        layers.setdefault(columns[name], []).append(name)
    rows = {
        name: _offset(layer, index)
        for layer in layers.values()
        for index, name in enumerate(layer)
    }
    neighbours: dict[str, list[str]] = {name: [] for name in names}
    for source, target in edges:
        neighbours[source].append(target)
        neighbours[target].append(source)
    order = sorted(layers)
    for sweep in range(6):
        for column in order if sweep % 2 == 0 else reversed(order):
            layer = layers[column]
            weight = {name: _barycentre(rows, neighbours[name], rows[name]) for name in layer}
            layer.sort(key=lambda name, weight=weight: (weight[name], names.index(name)))  # type: ignore[misc]
            for index, name in enumerate(layer):
                rows[name] = _offset(layer, index)
    top = min(rows.values(), default=0.0)
    return {name: (float(columns[name]), rows[name] - top) for name in names}


def _offset(layer: Sequence[str], index: int) -> float:
    return index - (len(layer) - 1) / 2


def _barycentre(rows: dict[str, float], neighbours: Sequence[str], own: float) -> float:
    if not neighbours:
        return own
    return sum(rows[name] for name in neighbours) / len(neighbours)


def _longest_paths(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    parents: dict[str, list[str]] = {name: [] for name in names}
    for source, target in edges:
        parents[target].append(source)
    columns: dict[str, int] = {}

    def column(name: str, above: frozenset[str]) -> int:
        if name not in columns:
            seen = above | {name}
            causes = [parent for parent in parents[name] if parent not in seen]
            columns[name] = max((column(parent, seen) + 1 for parent in causes), default=0)
        return columns[name]

    for name in names:
        column(name, frozenset())
    return columns
