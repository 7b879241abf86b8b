"""Directed graphs of a model: who acts on whom, and a circle if there is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from survey_engine.spec.model import Statement
from survey_engine.spec.view import MEASUREMENT

Graph = Mapping[str, Sequence[str]]


def regression_graph(statements: Sequence[Statement]) -> dict[str, list[str]]:
    """Targets by source of every regression that is not fixed to zero."""
    graph: dict[str, list[str]] = {}
    for statement in statements:
        absent = bool(statement.fixed) and all(value == 0.0 for value in statement.fixed)
        if statement.op == "~" and not absent and statement.lhs != statement.rhs:
            graph.setdefault(statement.rhs, []).append(statement.lhs)
            graph.setdefault(statement.lhs, [])
    return graph


def measurement_graph(statements: Sequence[Statement]) -> dict[str, list[str]]:
    """Indicators by construct."""
    graph: dict[str, list[str]] = {}
    for statement in statements:
        if statement.op in MEASUREMENT:
            graph.setdefault(statement.lhs, []).append(statement.rhs)
            graph.setdefault(statement.rhs, [])
    return graph


def cycles(graph: Graph) -> Iterator[tuple[str, ...]]:
    """One circle per group of nodes that can reach themselves, as ``(A, B, A)``.

    Depth first with an explicit stack: every edge is followed once.
    """
    done: set[str] = set()
    for root in graph:
        if root not in done:
            yield from _cycle_from(root, graph, done)


def _cycle_from(root: str, graph: Graph, done: set[str]) -> Iterator[tuple[str, ...]]:
    trail = [root]
    place = {root: 0}
    waiting = [iter(graph[root])]
    found = False
    while waiting:
        following = next(waiting[-1], None)
        if following is None:
            waiting.pop()
            left = trail.pop()
            done.add(left)
            del place[left]
        elif following in place:
            if not found:
                yield (*trail[place[following] :], following)
            found = True
        elif following not in done:
            place[following] = len(trail)
            trail.append(following)
            waiting.append(iter(graph[following]))
