"""The shared comparer: walks a reference block and compares every number it knows.

A reference block (see ../shared/golden/README.md) is nested: tables are lists of row
objects, matrices ``{"rows", "cols", "values"}``, named vectors objects. Our side is the
same nesting with our numbers; what we do not hold is counted, not compared. Use::

    found = compare(block, ours_of(fit, measures) | {"residuals_cor": ...})
    assert found.failures == ()
    print(found.share)

`ours_of` gives what a `CbSemFit` says; other tests add their own keys.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.cbsem.solution import solution_of
from survey_engine.estimation.cbsem.standardise import inner_covariance
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array, ArrayRows, Moments

RELATIVE = 1e-6
"""Of reference runs polished to a gradient of 1e-14."""
ABSOLUTE = 1e-9
"""Where the reference is zero but for rounding."""
NOT_STATISTICS = (
    "call",
    "model_syntax",
    "note",
    "warnings",
    "iterations",
    "max_abs_gradient",
    "max_abs_coef_diff_to_unpolished_default_run",
    "polished_by_newton",
    "norig",
    "tolerance_note",
)
"""How the reference program got there, not what the data say."""
COLUMNS = {
    "est": "est",
    "se": "se",
    "z": "z",
    "pvalue": "p",
    "ci.lower": "ci_lower",
    "ci.upper": "ci_upper",
    "std.lv": "std_lv",
    "std.all": "std_all",
    "std.nox": "std_nox",
    "block": "group",
}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What was compared and what was not.

    Attributes
    ----------
    compared, present : int
        Numbers (and nulls) compared, and found in the reference.
    failures : tuple[str, ...]
        Each names the cell and both values.
    missing : dict[str, int]
        Numbers not compared, by the first key of the block.
    """

    compared: int
    present: int
    failures: tuple[str, ...]
    missing: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> str:
        """Such as ``"402 of 431 numbers compared; not: residuals_cor 29"``."""
        rest = ", ".join(f"{key} {count}" for key, count in self.missing.items())
        text = f"{self.compared} of {self.present} numbers compared"
        return f"{text}; not: {rest}" if rest else text


def compare(
    block: Mapping[str, Any],
    ours: Mapping[str, Any],
    *,
    relative: float = RELATIVE,
    absolute: float = ABSOLUTE,
) -> Comparison:
    """Compare everything in `block` that `ours` has under the same keys."""
    walk = _Walk(relative, absolute)
    for key, theirs in block.items():
        if key == "fit_measures":
            theirs = {k.replace(".", "_"): v for k, v in theirs.items()}
        if key not in NOT_STATISTICS:
            walk.visit((key,), theirs, ours.get(key, _ABSENT))
    return Comparison(
        compared=walk.compared,
        present=walk.compared + sum(walk.missing.values()),
        failures=tuple(walk.failures),
        missing=dict(walk.missing),
    )


_ABSENT = object()


class _Walk:
    def __init__(self, relative: float, absolute: float) -> None:
        self.relative, self.absolute = relative, absolute
        self.compared = 0
        self.missing: Counter[str] = Counter()
        self.failures: list[str] = []

    def visit(self, path: tuple[str, ...], theirs: Any, ours: Any) -> None:
        theirs = _named(theirs)
        if isinstance(theirs, dict):
            known = ours if isinstance(ours, Mapping) else {}
            for key, value in theirs.items():
                self.visit((*path, str(key)), value, known.get(key, _ABSENT))
        elif isinstance(theirs, list):
            known = ours if isinstance(ours, Sequence) else []
            for i, value in enumerate(theirs):
                mine = known[i] if i < len(known) else _ABSENT
                self.visit((*path, str(i)), value, mine)
        elif theirs is None or isinstance(theirs, (bool, int, float)):
            self.number(path, theirs, ours)

    def number(self, path: tuple[str, ...], theirs: Any, ours: Any) -> None:
        if ours is _ABSENT:
            self.missing[path[0]] += 1
            return
        self.compared += 1
        if not self._near(theirs, ours):
            self.failures.append(f"{'.'.join(path)}: ours {ours!r}, reference {theirs!r}")

    def _near(self, theirs: Any, ours: Any) -> bool:
        unknown = ours is None or (isinstance(ours, float) and math.isnan(ours))
        if theirs is None or unknown:
            return theirs is None and unknown
        return math.isclose(ours, theirs, rel_tol=self.relative, abs_tol=self.absolute)


def _named(value: Any) -> Any:
    """Matrices and parameter tables as objects keyed by names."""
    if isinstance(value, dict) and {"rows", "cols", "values"} <= set(value):
        return {
            (row, column): value["values"][i][j]
            for i, row in enumerate(value["rows"])
            for j, column in enumerate(value["cols"])
        }
    is_table = isinstance(value, list) and value and isinstance(value[0], dict)
    if is_table and {"lhs", "op", "rhs"} <= set(value[0]):
        # Constraints stand in lavaan's table as rows of their own, all zero.
        numbers = [r for r in value if r["op"] not in ("==", "<", ">")]
        return {
            parameter_key(r["lhs"], r["op"], r["rhs"], r.get("group", 1)): {
                k: v for k, v in r.items() if k not in ("lhs", "op", "rhs", "group", "label")
            }
            for r in numbers
        }
    return value


def parameter_key(lhs: str, op: str, rhs: str, group: int) -> str:
    """One parameter of one group, as ``"visual =~ x2 [1]"``; covariances either way."""
    if op == "~~":
        lhs, rhs = sorted((lhs, rhs))
    return f"{lhs} {op} {rhs.replace(' ', '')} [{1 if op == ':=' else group}]"


def matrix(values: Array, rows: Sequence[str], columns: Sequence[str] = ()) -> dict[Any, float]:
    """A matrix of ours, by the names of rows and columns."""
    return {
        (row, column): float(values[i, j])
        for i, row in enumerate(rows)
        for j, column in enumerate(columns or rows)
    }


def ours_of(fit: CbSemFit, measures: Mapping[str, float | None]) -> dict[str, Any]:
    """Everything a covariance-based fit says, nested as in the reference blocks."""
    by_group = {(group.label or "single"): index for index, group in enumerate(fit.groups)}
    several = len(by_group) > 1
    latent = {label: _latent(fit, g) for label, g in by_group.items()}
    moments = {label: _moments(fit, g) for label, g in by_group.items()}
    r2 = {label: fit.groups[g].r2 for label, g in by_group.items()}

    def grouped(found: dict[str, Any]) -> Any:
        return found if several else found["single"]

    return {
        "converged": fit.converged,
        "post_check_ok": _sound(fit),
        "npar": fit.npar,
        "nobs": [group.moments.n for group in fit.groups],
        "parameters": {
            parameter_key(row.lhs, row.op, row.rhs, row.group): {
                theirs: getattr(row, mine) for theirs, mine in COLUMNS.items()
            }
            for row in fit.parameters
        },
        "fit_measures": dict(measures),
        "r2": grouped(r2),
        "implied": {label: found["implied"] for label, found in moments.items()},
        "sampstat": {label: found["sampstat"] for label, found in moments.items()},
        "lv_cov": grouped({label: found["cov"] for label, found in latent.items()}),
        "lv_cor": grouped({label: found["cor"] for label, found in latent.items()}),
        "vcov": _vcov(fit),
    }


def _sound(fit: CbSemFit) -> bool:
    """No negative variance, and positive definite latent covariances in every group."""
    solution = solution_of(fit)
    negative = any(
        row.op == "~~" and row.lhs == row.rhs and (row.est or 0.0) < 0 for row in fit.parameters
    )
    at = [solution.structure.inner.index(name) for name in solution.table.latents]
    latent = inner_covariance(solution.at.parts)[:, at][:, :, at]
    smallest = np.linalg.eigvalsh(latent).min(initial=1.0)
    return not negative and bool(smallest > -(np.finfo(float).eps ** 0.75))


def _latent(fit: CbSemFit, group: int) -> dict[str, Any]:
    """Covariances and correlations of every latent variable of the model."""
    solution = solution_of(fit)
    names = solution.table.latents
    at = [solution.structure.inner.index(name) for name in names]
    covariance = inner_covariance(solution.at.parts)[group][np.ix_(at, at)]
    with np.errstate(invalid="ignore"):
        scale = np.sqrt(np.diagonal(covariance))
        correlation = covariance / np.outer(scale, scale)
    return {"cov": matrix(covariance, names), "cor": matrix(correlation, names)}


def _moments(fit: CbSemFit, group: int) -> dict[str, Any]:
    table = solution_of(fit).table
    names = table.observed
    found = fit.groups[group]
    implied: dict[str, Any] = {"cov": matrix(found.implied, names)}
    sampstat: dict[str, Any] = {"cov": matrix(found.sample_covariance, names)}
    if table.means:
        implied["mean"] = dict(zip(names, found.implied_mean.tolist(), strict=True))
        sampstat["mean"] = dict(zip(names, found.sample_mean.tolist(), strict=True))
    return {"implied": implied, "sampstat": sampstat}


def _vcov(fit: CbSemFit) -> dict[Any, float]:
    """Covariances of the free parameters under the reference's names, one group."""
    names = {row.free: row.label or f"{row.lhs}{row.op}{row.rhs}" for row in fit.parameters}
    names.pop(0, None)
    return matrix(fit.free_covariance, [names[k + 1] for k in range(len(names))])


def moments_of(frame: Any, columns: Sequence[str] | None = None) -> tuple[Moments, ArrayRows]:
    """Moments and rows of the numeric columns of a complete table."""
    numbers = frame[list(columns)] if columns else frame.select_dtypes("number")
    numbers = numbers.loc[:, numbers.notna().all()]
    values = numbers.to_numpy(float)
    names = tuple(numbers.columns)
    moments = Moments(
        columns=names,
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )
    return moments, ArrayRows(columns=names, values=values)


def grouped_moments(frame: Any, group: str | None = None) -> GroupedMoments:
    """The same by group, groups in order of first appearance."""
    if group is None:
        moments, rows = moments_of(frame)
        return GroupedMoments.single(moments, rows)
    labels = tuple(dict.fromkeys(frame[group]))
    parts = [moments_of(frame[frame[group] == label]) for label in labels]
    return GroupedMoments(
        labels=tuple(str(label) for label in labels),
        groups=tuple(part[0] for part in parts),
        rows=tuple(part[1] for part in parts),
    )
