r"""Composites (``<~``) in covariance-based models: what a text with weights becomes.

A composite C of K indicators is an exact weighted sum. The Henseler-Ogasawara
specification (Schuberth 2023; refined by Yu, Schuberth & Henseler 2023)
writes its block as one measured by C and by K - 1 excrescent variables that are
correlated with each other and with nothing else. The weights then are elements of the
inverse of the loading matrix. Here the same block is written so that the weights
themselves are parameters. With the weight of one indicator, the *pivot* p, at 1:

.. math:: x_k = \nu_k + \lambda_k C + e_k \quad (k \ne p), \qquad
          x_p = \nu_p + C - \sum_{k \ne p} w_k (x_k - \nu_k)

with free variances and covariances of the K - 1 residuals e. The second line is
``C = w'(x - nu)`` solved for the pivot, so both specifications imply the same
covariances with the same number of parameters; decision record 0022.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.entry import (
    Entry,
    changed,
    statement_text,
    where_of,
)
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import Statement


@dataclass(frozen=True, kw_only=True)
class Composite:
    """A weighted sum of observed variables.

    Attributes
    ----------
    name : str
    pivot : str
        The indicator whose weight is 1.
    others : tuple[str, ...]
        The other indicators, in order.
    """

    name: str
    pivot: str
    others: tuple[str, ...]

    @property
    def indicators(self) -> tuple[str, ...]:
        """All indicators, the pivot first."""
        return (self.pivot, *self.others)


def with_unit_weights(entries: list[Entry]) -> list[Entry]:
    """Give each composite its scale: the first weight is 1 unless another one is.

    Raises
    ------
    EstimationError
        COMPOSITE_SCALE where no weight of a composite is or may be set to 1.
    """
    scaled = {e.lhs for e in entries if _is_unit(e)}
    result = []
    for entry in entries:
        if entry.op == "<~" and entry.lhs not in scaled:
            scaled.add(entry.lhs)
            if entry.free != 1:
                where = Where(constructs=(entry.lhs,), parameters=(entry.text,))
                raise EstimationError(
                    diagnostic("COMPOSITE_SCALE", where=where, what=entry.lhs)
                )
            entry = changed(entry, free=0, value=1.0)
        result.append(entry)
    return result


def _is_unit(entry: Entry) -> bool:
    return entry.op == "<~" and not entry.free and entry.value == 1.0


def composites_of(entries: list[Entry]) -> tuple[Composite, ...]:
    """The composites of one group's entries, in order of appearance."""
    blocks: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.op == "<~":
            blocks.setdefault(entry.lhs, []).append(entry)
    found = []
    for name, block in blocks.items():
        pivot = next(e.rhs for e in block if _is_unit(e))
        others = tuple(e.rhs for e in block if e.rhs != pivot)
        found.append(Composite(name=name, pivot=pivot, others=others))
    return tuple(found)


def block_entries(entries: list[Entry]) -> list[Entry]:
    """Loadings of the indicators but the pivot, and moments of their residuals.

    Raises
    ------
    EstimationError
        COMPOSITE_ALONE.
    """
    composites = composites_of(entries)
    if not composites:
        return []
    _refuse_alone(entries, composites)
    added = []
    for one in composites:
        added += [
            Entry(lhs=one.name, op="=~", rhs=item, free=1, hidden=True) for item in one.others
        ]
        added += [
            Entry(lhs=first, op="~~", rhs=second, free=1, hidden=True)
            for i, first in enumerate(one.others)
            for second in one.others[i:]
        ]
    return added


def refuse_composites(statements: tuple[Statement, ...], ordered: bool) -> None:
    """Refuse composites that this specification cannot hold.

    Raises
    ------
    EstimationError
        COMPOSITE_OF_CONSTRUCTS, COMPOSITE_INDICATOR_SHARED, COMPOSITE_ORDERED.
    """
    weights = [s for s in statements if s.op == "<~"]
    if not weights:
        return
    constructs = {s.lhs for s in statements if s.op in ("=~", "<~")}
    problems: list[Diagnostic] = []
    owner: dict[str, Statement] = {}
    for s in weights:
        if s.rhs in constructs:
            problems.append(_refusal("COMPOSITE_OF_CONSTRUCTS", s, s.rhs))
        elif owner.setdefault(s.rhs, s).lhs != s.lhs:
            problems.append(_refusal("COMPOSITE_INDICATOR_SHARED", s, s.rhs))
    for s in statements:
        if s.op not in ("=~", "~", "~~"):
            continue
        sides = (s.rhs,) if s.op == "=~" else (s.lhs, s.rhs)
        shared = [name for name in dict.fromkeys(sides) if name in owner]
        problems += [_refusal("COMPOSITE_INDICATOR_SHARED", s, name) for name in shared]
    if ordered:
        problems.append(_refusal("COMPOSITE_ORDERED", weights[0], weights[0].lhs))
    if problems:
        raise EstimationError(*problems)


def _refusal(code: str, statement: Statement, name: str) -> Diagnostic:
    return diagnostic(
        code, where=where_of(statement), what=statement_text(statement), name=name
    )


def _refuse_alone(entries: list[Entry], composites: tuple[Composite, ...]) -> None:
    """Refuse a composite that nothing else sees: its weights have no information."""
    linked = {
        name
        for e in entries
        if not e.hidden and e.op in ("=~", "~", "~~") and (e.free or e.value != 0.0)
        for name in (e.lhs, e.rhs)
        if e.lhs != e.rhs
    }
    alone = [c.name for c in composites if c.others and c.name not in linked]
    if alone:
        raise EstimationError(
            *(
                diagnostic("COMPOSITE_ALONE", where=Where(constructs=(name,)), what=name)
                for name in alone
            )
        )


def weight_signs(rows: tuple[Entry, ...], composites: tuple[Composite, ...]) -> Array:
    """-1 for every weight but the pivots', 1 for every other row, shape (E,)."""
    pivots = {(one.name, one.pivot) for one in composites}
    turned = [e.op == "<~" and (e.lhs, e.rhs) not in pivots for e in rows]
    return np.where(turned, -1.0, 1.0)
