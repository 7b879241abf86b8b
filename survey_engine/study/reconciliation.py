"""What `reconcile` returns: engines side by side, their differences and the reasons."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from survey_engine.errors import Diagnostic
from survey_engine.spec.model import ModelSpec
from survey_engine.study.canonical import plain

Key = tuple[str, ...]
Numbers = Mapping[Key, float]
Verdict = Literal["none", "explained", "partly", "unexplained"]

SCHEMA = "1"
TABLES = ("table", "differences", "engines")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The numbers of one engine that are compared, each by name; NaN is left out.

    Attributes
    ----------
    paths : mapping of (from, to)
        Standardised.
    loadings : mapping of (construct, item)
        Standardised.
    index : mapping of (construct,)
        On 0-100; empty without an index.
    ranks : mapping of (construct,)
        Of the drivers of the index, 1 = strongest.
    errors : mapping of (lhs, op, rhs)
        Standard errors of the free parameters; empty where none are computed.
    test : mapping
        ``("chisq",)`` and ``("rmsea",)`` as the engine reports them.
    within : mapping of quantity to mapping
        Standard errors of paths, loadings and index, for judging a difference.
    scaled : bool
        Whether the test is corrected for non-normality.
    """

    paths: Numbers = field(default_factory=dict)
    loadings: Numbers = field(default_factory=dict)
    index: Numbers = field(default_factory=dict)
    ranks: Numbers = field(default_factory=dict)
    errors: Numbers = field(default_factory=dict)
    test: Numbers = field(default_factory=dict)
    within: Mapping[str, Numbers] = field(default_factory=dict)
    scaled: bool = False


@dataclass(frozen=True, kw_only=True)
class EngineOutcome:
    """One engine: its numbers, or the diagnostic that says why there are none.

    Attributes
    ----------
    engine : str
        As on the command line: ``"pls"`` ... ``"semopy"``; ``"fiml"`` is maximum
        likelihood from all answers.
    status : str
        ``"fitted"``, ``"not_needed"`` or ``"failed"``.
    admissible : str or None
        ``"yes"``, ``"doubtful"`` or ``"no"``; None without a fit.
    metric : str or None
    n : int or None
    facts : Facts
    reasons : tuple[Diagnostic, ...]
        Against the solution, or why there is none. Scope: engine.
    """

    engine: str
    status: Literal["fitted", "not_needed", "failed"]
    admissible: str | None = None
    metric: str | None = None
    n: int | None = None
    facts: Facts = field(default_factory=Facts)
    reasons: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why two engines differ.

    Attributes
    ----------
    code : str
        Such as ``"attenuation"``; a key of the wording.
    share : float
        Of the difference, gone when this one thing is made the same: 1 - gap after /
        gap before. Negative where the gap grows. Shares of several reasons need not
        add up to 1.
    parameters : mapping
        Numbers the wording needs.
    """

    code: str
    share: float
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Two engines on one quantity.

    Attributes
    ----------
    first, second : str
        Engines.
    quantity : str
        ``"paths"``, ``"loadings"``, ``"index"``, ``"ranks"``, ``"errors"`` or ``"test"``.
    gap : float
        Root mean square of the differences; of log ratios for errors and test.
    largest : float
        Largest difference, first minus second (log ratio for errors and test).
    at : tuple of str
        Where it is.
    verdict : str
        ``"none"``: within rounding or within the standard errors of both engines;
        ``"explained"``: one thing made the same closes more than half of the gap;
        ``"partly"``: the best reason closes less; ``"unexplained"``: none closes any.
    reasons : tuple[Reason, ...]
        By share, largest first: those that close some of the gap.
    tried : tuple[Reason, ...]
        Those that close none of it.
    """

    first: str
    second: str
    quantity: str
    gap: float
    largest: float
    at: Key
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    tried: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """Engines side by side.

    Attributes
    ----------
    model : ModelSpec
    target : str or None
        The index construct.
    engines : tuple[EngineOutcome, ...]
    differences : tuple[Difference, ...]
    lead : str or None
        The engine whose numbers to report.
    lead_code : str
        Why it leads; a key of the wording.
    lead_reasons : tuple[Diagnostic, ...]
        What stands against maximum likelihood where it does not lead.
    diagnostics : tuple[Diagnostic, ...]
    """

    model: ModelSpec
    target: str | None
    engines: tuple[EngineOutcome, ...]
    differences: tuple[Difference, ...]
    lead: str | None
    lead_code: str
    lead_reasons: tuple[Diagnostic, ...]
    diagnostics: tuple[Diagnostic, ...]

    def engine(self, name: str) -> EngineOutcome:
        """One engine.

        Raises
        ------
        KeyError
            It was not asked.
        """
        for one in self.engines:
            if one.engine == name:
                return one
        raise KeyError(name)

    def difference(self, first: str, second: str, quantity: str = "paths") -> Difference:
        """One difference.

        Raises
        ------
        KeyError
            The two were not compared on it.
        """
        for one in self.differences:
            if (one.first, one.second, one.quantity) == (first, second, quantity):
                return one
        raise KeyError((first, second, quantity))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, valid by ``schema/reconciliation-1.json`` but for the words."""
        return {
            "model": self.model.id,
            "index_construct": self.target,
            "engines": [_engine(one) for one in self.engines],
            "table": _table(self),
            "differences": [_difference(one) for one in self.differences],
            "lead": {
                "engine": self.lead,
                "code": self.lead_code,
                "reasons": [one.code for one in self.lead_reasons],
            },
        }

    def to_frame(self, table: str = "table") -> pd.DataFrame:
        """``"table"`` (paths, index and ranks, a column an engine), ``"differences"`` or
        ``"engines"``.

        Raises
        ------
        KeyError
            There is no such table.
        """
        if table not in TABLES:
            raise KeyError(f"no table {table!r}; there are {', '.join(TABLES)}")
        rows = self.to_dict()[table]
        if table == "table":
            rows = [
                {**{k: v for k, v in r.items() if k != "values"}, **r["values"]} for r in rows
            ]
        if table == "differences":
            rows = [_flat(row) for row in rows]
        return pd.DataFrame(rows)


def _engine(one: EngineOutcome) -> dict[str, Any]:
    return {
        "engine": one.engine,
        "status": one.status,
        "admissible": one.admissible,
        "metric": one.metric,
        "n": one.n,
        "chisq": one.facts.test.get(("chisq",)),
        "rmsea": one.facts.test.get(("rmsea",)),
        "reasons": [reason.code for reason in one.reasons],
    }


def _table(found: Reconciliation) -> list[dict[str, Any]]:
    """Long in what is compared, wide in engines."""
    fitted = [one for one in found.engines if one.status == "fitted"]
    rows = []
    for quantity in ("paths", "index", "ranks"):
        keys = dict.fromkeys(key for one in fitted for key in getattr(one.facts, quantity))
        for key in keys:
            target = key[1] if quantity == "paths" else found.target
            values = {one.engine: getattr(one.facts, quantity).get(key) for one in fitted}
            rows.append(
                {"quantity": quantity, "from": key[0], "to": target, "values": plain(values)}
            )
    return rows


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "first": one.first,
        "second": one.second,
        "quantity": one.quantity,
        "gap": finite(one.gap),
        "largest": finite(one.largest),
        "at": list(one.at),
        "verdict": one.verdict,
        "reasons": [_reason(reason) for reason in one.reasons],
        "tried": [_reason(reason) for reason in one.tried],
    }


def _reason(one: Reason) -> dict[str, Any]:
    return {
        "code": one.code,
        "share": finite(one.share),
        "parameters": plain(dict(one.parameters)),
    }


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    first = row["reasons"][0] if row["reasons"] else {"code": None, "share": None}
    kept = {k: row[k] for k in ("first", "second", "quantity", "gap", "largest", "verdict")}
    at = " → ".join(row["at"])
    return {**kept, "at": at, "reason": first["code"], "share": first["share"]}


def finite(number: float) -> float | None:
    """The number; None where it is not finite."""
    return number if math.isfinite(number) else None
