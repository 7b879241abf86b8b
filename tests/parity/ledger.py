"""Every deterministic number of a golden block beside ours, and how many have one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

Key = tuple[str, ...]
Ours = Mapping[str, Any]
"""By key of the golden block: the same nesting, matrices as dicts of (row, column)."""


def leaves(node: Any, path: Key = ()) -> Iterator[tuple[Key, float]]:
    """Numbers of a golden block by their place; matrices by row and column."""
    if isinstance(node, dict) and set(node) >= {"rows", "cols", "values"}:
        for row, values in zip(node["rows"], node["values"], strict=True):
            for column, value in zip(node["cols"], values, strict=True):
                if value is not None:
                    yield (*path, str(row), str(column)), float(value)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*path, str(key)))
    elif isinstance(node, list):
        for at, value in enumerate(node):
            name = _name_of(value, at)
            yield from leaves(value, (*path, name))
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield path, float(node)


def _name_of(row: Any, at: int) -> str:
    if isinstance(row, dict):
        for key in ("name", "relationships", "construct", "Name"):
            if key in row:
                return str(row[key])
    return str(at)


def matrix(values: Any, rows: tuple[str, ...], columns: tuple[str, ...]) -> dict[str, Any]:
    """Ours as nested dicts."""
    return {
        row: {c: float(values[i][j]) for j, c in enumerate(columns)}
        for i, row in enumerate(rows)
    }


def vector(values: Any, names: tuple[str, ...]) -> dict[str, float]:
    """Ours by name."""
    return {name: float(value) for name, value in zip(names, values, strict=True)}


class Ledger:
    """Differences found and numbers counted over the blocks of one file."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance
        self.wrong: list[str] = []
        self.covered = 0
        self.left: Counter[str] = Counter()

    def compare(self, block: str, golden: Mapping[str, Any], ours: Ours) -> None:
        """Cell by cell; what `ours` does not have is counted by its top key."""
        for path, value in leaves(golden):
            mine = _at(ours, path)
            if mine is None:
                self.left["/".join(path[:2]) if path[0] == "assess" else path[0]] += 1
                continue
            self.covered += 1
            limit = self.tolerance * max(1.0, abs(value))
            if not abs(mine - value) <= limit:
                self.wrong.append(f"{block} {'/'.join(path)}: ours {mine!r}, golden {value!r}")

    def report(self, name: str) -> str:
        """Share covered, and what is left by key."""
        total = self.covered + sum(self.left.values())
        share = 100.0 * self.covered / total
        rest = ", ".join(f"{key} {count}" for key, count in sorted(self.left.items()))
        return (
            f"{name}: {self.covered} of {total} numbers ({share:.1f} %) compared; left: {rest}"
        )


def _at(ours: Any, path: Key) -> float | None:
    for key in path:
        if not isinstance(ours, Mapping) or key not in ours:
            return None
        ours = ours[key]
    if ours is None or isinstance(ours, Mapping):
        return None
    value = float(ours)
    return value if np.isfinite(value) else None
