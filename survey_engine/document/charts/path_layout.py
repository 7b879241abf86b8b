"""A grid for a model that brings none: longest-path layers, barycentre order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

_WIDEST = 5
"""Layers that fit side by side on a page; deeper models read from top to bottom."""


def layered_grid(
    names: Sequence[str], edges: Sequence[tuple[str, str]]
) -> dict[str, tuple[float, float]]:
    """Column and row of each construct, causes to the left (or above, if deep).

    Layers are longest paths from the sources; a path that skips layers holds a free place
    in each of them, so that its arrow finds a way; the order within a layer follows the
    mean place of the neighbours, in alternating sweeps (Sugiyama et al. 1981).
    An edge that closes a cycle is ignored for the layers.

    Parameters
    ----------
    names : sequence of str
    edges : sequence of (source, target)

    Returns
    -------
    dict
        ``name -> (column, row)``.

    Examples
    --------
    >>> layered_grid(["A", "B", "C"], [("A", "C"), ("B", "C")])
    {'A': (0.0, 0.0), 'B': (0.0, 1.0), 'C': (1.0, 0.5)}
    """
    depth = _longest_paths(names, edges)
    layers, links = _with_places(names, edges, depth)
    places = _ordered(layers, links)
    first = min((places[name] for name in names), default=0.0)
    if len(layers) > _WIDEST:
        return {name: (places[name] - first, float(depth[name])) for name in names}
    return {name: (float(depth[name]), places[name] - first) for name in names}


def _with_places(
    names: Sequence[str], edges: Sequence[tuple[str, str]], depth: dict[str, int]
) -> tuple[list[list[str]], dict[str, list[str]]]:
    """Layers with a stand-in for every skipped layer of an edge, and the neighbours."""
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in names:
        layers[depth[name]].append(name)
    links: dict[str, list[str]] = {name: [] for name in names}
    for source, target in edges:
        chain = [source]
        for layer in range(depth[source] + 1, depth[target]):
            stand_in = f"{source}\0{target}\0{layer}"
            layers[layer].append(stand_in)
            links[stand_in] = []
            chain.append(stand_in)
        chain.append(target)
        for one, other in itertools.pairwise(chain):
            links[one].append(other)
            links[other].append(one)
    return layers, links


def _ordered(layers: list[list[str]], links: dict[str, list[str]]) -> dict[str, float]:
    places = {
        name: _centred(layer, index) for layer in layers for index, name in enumerate(layer)
    }
    for sweep in range(8):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = {name: _barycentre(places, links[name], places[name]) for name in layer}
            # Equal wishes keep their order: the sort is stable.
            layer.sort(key=wanted.__getitem__)
            for index, name in enumerate(layer):
                places[name] = _centred(layer, index)
    return places


def _centred(layer: Sequence[str], index: int) -> float:
    return index - (len(layer) - 1) / 2


def _barycentre(places: dict[str, float], neighbours: Sequence[str], own: float) -> float:
    if not neighbours:
        return own
    return sum(places[name] for name in neighbours) / len(neighbours)


def _longest_paths(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    parents: dict[str, list[str]] = {name: [] for name in names}
    for source, target in edges:
        parents[target].append(source)
    depth: dict[str, int] = {}

    def place(name: str, above: frozenset[str]) -> int:
        if name not in depth:
            seen = above | {name}
            causes = [parent for parent in parents[name] if parent not in seen]
            depth[name] = max((place(parent, seen) + 1 for parent in causes), default=0)
        return depth[name]

    for name in names:
        place(name, frozenset())
    return depth
