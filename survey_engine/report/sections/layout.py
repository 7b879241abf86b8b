"""Where the path diagram draws a construct the model gives no place for."""

from __future__ import annotations

from survey_engine.spec.model import ModelSpec


def grid(model: ModelSpec) -> dict[str, tuple[float, float]]:
    """Column and row of every construct, from the model or by longest-path layers.

    A model with a complete ``layout`` is drawn as its author placed it. Otherwise the
    column is the longest path from an exogenous construct, and rows follow the mean row
    of a construct's predecessors (barycentre), ties in the order of the model.
    """
    if all(name in model.layout for name in model.construct_names):
        return {name: (cell.column, cell.row) for name, cell in model.layout.items()}
    depth = _depths(model)
    placed: dict[str, tuple[float, float]] = {}
    for column in range(max(depth.values(), default=0) + 1):
        names = [name for name in model.construct_names if depth[name] == column]
        names.sort(key=lambda name: _centre(name, model, placed))
        for row, name in enumerate(names):
            # Every second column is shifted so that no path runs through a node.
            placed[name] = (float(column), row + 0.5 * (column % 2))
    return placed


def _depths(model: ModelSpec) -> dict[str, int]:
    """Longest path to each construct; as many rounds as constructs also ends on a cycle."""
    depth = dict.fromkeys(model.construct_names, 0)
    for _ in model.construct_names:
        for path in model.paths:
            if path.source in depth and path.target in depth:
                depth[path.target] = min(
                    max(depth[path.target], depth[path.source] + 1), len(depth) - 1
                )
    return depth


def _centre(name: str, model: ModelSpec, placed: dict[str, tuple[float, float]]) -> float:
    rows = [placed[p.source][1] for p in model.paths if p.target == name and p.source in placed]
    return sum(rows) / len(rows) if rows else 0.0
