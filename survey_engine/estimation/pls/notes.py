"""What a PLS fit has to say about itself, and why it refuses to exist."""

from __future__ import annotations

import numpy as np

from survey_engine.errors import Diagnostic, Severity, Where, diagnostic
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls import consistent as plsc
from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.estimation.pls.iterate import TINY, composites
from survey_engine.estimation.pls.restarts import RESTARTS
from survey_engine.estimation.pls.result import SINGULAR, ZERO_VARIANCE, PlsBatch
from survey_engine.numerics.moments import Array, Moments


def refusal(batch: PlsBatch, moments: Moments, design: PlsDesign) -> Diagnostic | None:
    """Why the single solution in `batch` cannot be used; None if it can.

    An inadmissible PLSc solution and one that did not converge are solutions to look
    at: `notes_of_fit` marks them.
    """
    reason = int(batch.reason[0])
    if reason == ZERO_VARIANCE:
        constant = ~(np.diagonal(moments.covariance) > 0.0)
        items = tuple(i for i, bad in zip(moments.columns, constant, strict=True) if bad)
        values = tuple(float(value) for value in moments.mean[constant])
        return diagnostic(
            "ZERO_VARIANCE_ITEM",
            severity=Severity.ERROR,
            where=Where(items=items, values=values),
            value=values[0],
            n=moments.n,
            cause="moments",
        )
    if reason == SINGULAR:
        return _singular(moments, design)
    return None


def _singular(moments: Moments, design: PlsDesign) -> Diagnostic:
    """Name the blocks in mode B that are singular, else the constructs that failed."""
    correlation = moments.correlation
    blocks: list[str] = []
    items: list[str] = []
    for k, members in enumerate(design.members):
        if design.modes[k] != "B" or design.sizes[k] == 1:
            continue
        if np.linalg.eigvalsh(correlation[members, members])[0] <= TINY:
            blocks.append(design.constructs[k])
            items.extend(design.items[members])
    if blocks:
        where = Where(constructs=tuple(blocks), items=tuple(items))
        return diagnostic("SINGULAR_BLOCK", where=where)
    return _unrelated(correlation, design) or diagnostic(
        "SINGULAR_PREDICTORS", where=Where(constructs=_collinear(correlation, design))
    )


def _unrelated(correlation: Array, design: PlsDesign) -> Diagnostic | None:
    """Constructs none of whose items correlates with any item of a neighbour."""
    items = design.mask > 0.0
    neighbours = design.adjacency | design.adjacency.T
    alone = [
        name
        for k, name in enumerate(design.constructs)
        if np.abs(correlation[items[:, k]][:, items[:, neighbours[k]].any(axis=1)]).max()
        <= TINY
    ]
    if not alone:
        return None
    return diagnostic("UNRELATED_CONSTRUCT", where=Where(constructs=tuple(alone)))


def _collinear(correlation: Array, design: PlsDesign) -> tuple[str, ...]:
    """Targets whose predecessors' plain averages are collinear; all with several if none."""
    plain = composites(correlation[None], np.ones((1, len(design.block))), design)
    several = [
        (design.constructs[target], group.predecessors[:, g])
        for group in design.regressions
        for g, target in enumerate(group.targets)
        if len(group.predecessors) > 1
    ]
    collinear = tuple(
        name
        for name, at in several
        if np.linalg.eigvalsh(plain.correlations[0][np.ix_(at, at)])[0] <= TINY
    )
    return collinear or tuple(name for name, _ in several)


def notes_of_fit(fit: PlsFit, design: PlsDesign) -> tuple[Diagnostic, ...]:
    """Diagnostics of a solution that exists: signs, what was unused, what attenuates."""
    found = [*_not_converged(fit), *_ambiguous_signs(fit, design), *_unused_statements(fit)]
    if fit.estimator == "plsc":
        found.extend(_inadmissible(fit, design))
        return tuple(found)
    factors = tuple(
        c.name for c in fit.spec.constructs if c.kind == "reflective" and len(c.indicators) > 1
    )
    if factors:
        found.append(diagnostic("PLS_ATTENUATES", where=Where(constructs=factors)))
    return tuple(found)


def _not_converged(fit: PlsFit) -> list[Diagnostic]:
    if fit.converged:
        return []
    return [
        diagnostic(
            "NOT_CONVERGED",
            iterations=fit.iterations,
            criterion=f"{fit.criterion:.2g}",
            restarts=len(RESTARTS),
        )
    ]


def _ambiguous_signs(fit: PlsFit, design: PlsDesign) -> list[Diagnostic]:
    found = []
    own = fit.cross_loadings[np.arange(len(design.block)), design.block]
    for k, members in enumerate(design.members):
        negative = own[members] < 0.0
        if negative.any() and 2 * int(negative.sum()) == int(design.sizes[k]):
            items = tuple(np.array(design.items[members])[negative].tolist())
            where = Where(constructs=(design.constructs[k],), items=items)
            found.append(diagnostic("SIGN_AMBIGUOUS", where=where))
    return found


def _unused_statements(fit: PlsFit) -> list[Diagnostic]:
    """Statements of a model text PLS has no place for: covariances, fixed values ..."""
    unused = [
        s
        for s in fit.spec.statements
        if s.op not in ("=~", "<~", "~") or any(value for value in s.fixed)
    ]
    if not unused:
        return []
    terms = tuple(f"{s.lhs} {s.op} {s.rhs}".strip() for s in unused)
    where = Where(parameters=terms, line=unused[0].line, column=unused[0].column)
    return [diagnostic("PLS_UNUSED_STATEMENTS", where=where)]


def _inadmissible(fit: PlsFit, design: PlsDesign) -> list[Diagnostic]:
    """Name every impossible value of a PLSc solution."""
    rho = plsc.reliabilities(fit.rho_a, design)
    names = design.constructs
    with np.errstate(invalid="ignore"):
        terms = [f"rho_A({names[k]})" for k in np.flatnonzero(~((rho > 0) & (rho <= 1)))]
        beyond = np.triu(~(np.abs(fit.construct_correlations) <= 1.0), 1)
        terms += [f"cor({names[i]}, {names[j]})" for i, j in np.argwhere(beyond)]
        over = np.flatnonzero(~(np.abs(fit.loadings) <= 1.0))
        terms += [f"loading({design.items[j]})" for j in over]
        terms += [f"R2({names[k]})" for k in np.flatnonzero(fit.r2 > 1.0)]
    if not terms:
        return []
    return [diagnostic("PLSC_INADMISSIBLE", where=Where(parameters=tuple(terms)))]
