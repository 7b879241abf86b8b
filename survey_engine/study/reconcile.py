"""`reconcile`: one model through every engine, and why their numbers differ."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from survey_engine.errors import (
    Diagnostic,
    EstimationError,
    Scope,
    Severity,
    SurveyEngineError,
    diagnostic,
)
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.reconcile_engines import (
    NotNeeded,
    Run,
    run_engine,
    semopy_run,
    unused_options,
)
from survey_engine.study.reconcile_gaps import apart, gap, negligible, share_closed
from survey_engine.study.reconcile_pair import Changed, Pair
from survey_engine.study.reconcile_reasons import REASONS
from survey_engine.study.reconciliation import (
    Difference,
    EngineOutcome,
    Reason,
    Reconciliation,
    Verdict,
)
from survey_engine.study.result import StudySpec
from survey_engine.study.second_look import second_look

ENGINES = ("pls", "plsc", "sum", "ml", "mlr", "fiml", "wlsmv", "semopy")
"""In the order of the table."""

_ALL = ("paths", "index", "ranks")
PAIRS: dict[tuple[str, str], tuple[str, ...]] = {
    ("sum", "pls"): _ALL,
    ("pls", "plsc"): _ALL,
    ("sum", "ml"): _ALL,
    ("pls", "ml"): ("paths", "loadings", "index", "ranks"),
    ("plsc", "ml"): ("paths", "loadings", "index", "ranks"),
    ("mlr", "ml"): ("paths", "errors", "test"),
    ("fiml", "ml"): ("paths", "loadings", "index", "ranks"),
    ("wlsmv", "ml"): ("paths", "loadings", "index", "ranks"),
    ("semopy", "ml"): ("paths", "loadings", "test"),
}
"""Engines that are neighbours: what they are compared on."""

CLOSES = 0.10
"""A smaller share of the gap is no reason."""
EXPLAINS = 0.50

Progress = Callable[[str, int, int], None]


def reconcile(
    data: SurveyData,
    model: ModelSpec,
    spec: StudySpec | None = None,
    *,
    engines: tuple[str, ...] = ENGINES,
    progress: Progress | None = None,
) -> Reconciliation:
    """Fit PLS, PLSc, sum scores, ML, MLR, FIML, WLSMV and semopy; explain the differences.

    Parameters
    ----------
    data : SurveyData
    model : ModelSpec
    spec : StudySpec, optional
        Options every engine shares; its estimator leads where nothing stands against it.
        With `resamples`, maximum likelihood is also refitted in so many resamples for the
        share that fails. With `ordered`, WLSMV is run whatever the number of categories.
    engines : tuple of str
        Some of `ENGINES`; semopy is asked only beside ``"ml"``.
    progress : callable, optional
        Called with ``"engines"``, engines done and engines in all.

    Returns
    -------
    Reconciliation
        An engine that cannot fit is a row with its diagnostics, scope engine.

    Raises
    ------
    EstimationError
        RECONCILE_NO_ENGINE with the errors of the engines: none could fit.
    """
    asked = spec or StudySpec()
    runs: dict[str, Run] = {}
    outcomes: list[EngineOutcome] = []
    chosen = [name for name in ENGINES if name in engines]
    for done, engine in enumerate(chosen):
        if progress is not None:
            progress("engines", done, len(chosen))
        outcomes.append(_outcome(engine, data, model, asked, runs))
    if not runs:
        told = [replace(d, scope=Scope.PRIMARY) for one in outcomes for d in one.reasons]
        errors = [d for d in told if d.severity is Severity.ERROR]
        raise EstimationError(diagnostic("RECONCILE_NO_ENGINE"), *_distinct(errors))
    first = next(iter(runs.values())).prepared
    lead, code, against = _lead(runs, asked)
    pairs = [
        (Pair(first=a, second=b, runs=runs), quantities)
        for (a, b), quantities in PAIRS.items()
        if a in runs and b in runs
    ]
    found = [_difference(pair, quantity) for pair, each in pairs for quantity in each]
    return Reconciliation(
        model=first.model,
        target=first.target,
        engines=tuple(outcomes),
        differences=tuple(one for one in found if one is not None),
        lead=lead,
        lead_code=code,
        lead_reasons=against,
        diagnostics=_distinct(
            [*data.diagnostics, *unused_options(asked), *first.diagnostics, *_told(outcomes)]
        ),
    )


def _outcome(
    engine: str, data: SurveyData, model: ModelSpec, spec: StudySpec, runs: dict[str, Run]
) -> EngineOutcome:
    """Run one engine, put its run among `runs`, and say how it went."""
    try:
        run = _run(engine, data, model, spec, runs)
    except NotNeeded as told:
        return EngineOutcome(engine=engine, status="not_needed", reasons=(told.reason,))
    except SurveyEngineError as problem:
        reasons = tuple(_of_engine(one) for one in problem.diagnostics)
        return EngineOutcome(engine=engine, status="failed", reasons=reasons)
    if isinstance(run, Diagnostic):
        return EngineOutcome(engine=engine, status="failed", reasons=(_of_engine(run),))
    estimated = run.estimated
    verdict = estimated.admissibility.verdict
    reasons = tuple(_of_engine(one) for one in estimated.admissibility.reasons)
    if not estimated.fit.converged:
        return EngineOutcome(engine=engine, status="failed", admissible="no", reasons=reasons)
    runs[engine] = run
    metric = run.prepared.metric if engine in ("pls", "plsc", "sum") else None
    return EngineOutcome(
        engine=engine,
        status="fitted",
        admissible=verdict,
        metric=metric,
        n=estimated.fit.moments.n,
        facts=run.facts,
        reasons=reasons,
    )


def _run(
    engine: str, data: SurveyData, model: ModelSpec, spec: StudySpec, runs: dict[str, Run]
) -> Run | Diagnostic:
    if engine != "semopy":
        return run_engine(engine, data, model, spec)
    if "ml" not in runs:
        raise NotNeeded(diagnostic("RECONCILE_NEEDS_ML", scope=Scope.ENGINE))
    return semopy_run(runs["ml"])


def _of_engine(found: Diagnostic) -> Diagnostic:
    return replace(found, scope=Scope.ENGINE)


def _told(outcomes: list[EngineOutcome]) -> list[Diagnostic]:
    return [reason for one in outcomes for reason in one.reasons]


def _distinct(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    kept: list[Diagnostic] = []
    for one in found:
        if one not in kept:
            kept.append(one)
    return tuple(kept)


def _lead(
    runs: dict[str, Run], spec: StudySpec
) -> tuple[str | None, str, tuple[Diagnostic, ...]]:
    """Whose numbers to report, why, and what stands against maximum likelihood.

    The engine asked for leads. PLS leads instead of any other that is not admissible
    beyond doubt; beside PLS, maximum likelihood says whether it could have led.
    """
    against = _against(runs, spec)
    sound = {name for name, run in runs.items() if _verdict(run) == "yes"}
    wanted = spec.estimator
    if wanted in sound and wanted != "pls":
        return wanted, "requested", against
    if "pls" in sound:
        ml = runs.get("ml")
        if ml is None:
            return "pls", "ml_not_fitted", against
        return "pls", "ml_doubtful" if against else "both_sound", against
    leading = next((name for name in ENGINES if name in sound), None)
    return leading, "pls_doubtful" if leading else "none_sound", against


def _verdict(run: Run) -> str:
    return run.estimated.admissibility.verdict


def _against(runs: dict[str, Run], spec: StudySpec) -> tuple[Diagnostic, ...]:
    if "ml" not in runs:
        return ()
    run = runs["ml"]
    reasons = run.estimated.admissibility.reasons
    if spec.resamples and run.estimated.fit.converged:
        looked = second_look(run.prepared, seed=spec.seed, times=spec.resamples)[1]
        reasons = looked.reasons
    return tuple(_of_engine(one) for one in reasons)


def _difference(pair: Pair, quantity: str) -> Difference | None:
    """One quantity of two engines, with the reasons tried; None where there is nothing."""
    ours, theirs = pair.ours.facts, pair.theirs.facts
    differences = apart(ours, theirs, quantity)
    if not differences:
        return None
    before = gap(differences)
    at = max(differences, key=lambda key: abs(differences[key]))
    n = min(pair.ours.estimated.fit.moments.n, pair.theirs.estimated.fit.moments.n)
    reasons: list[Reason] = []
    none = negligible(ours, theirs, quantity, differences, n)
    if not none:
        reasons = _tried(pair, quantity, before)
    closing = tuple(one for one in reasons if one.share > CLOSES)
    verdict: Verdict = "none"
    if not none:
        verdict = "unexplained"
        if closing:
            verdict = "explained" if closing[0].share > EXPLAINS else "partly"
    return Difference(
        first=pair.first,
        second=pair.second,
        quantity=quantity,
        gap=before,
        largest=differences[at],
        at=at,
        verdict=verdict,
        reasons=closing,
        tried=tuple(one for one in reasons if one not in closing),
    )


def _tried(pair: Pair, quantity: str, before: float) -> list[Reason]:
    """Every reason that could be, largest share first."""
    found: list[Reason] = []
    for code, change in REASONS.items():
        if code not in pair.tried:
            pair.tried[code] = _changed(change, pair)
        changed = pair.tried[code]
        if changed is None:
            continue
        after = gap(apart(changed.first, changed.second, quantity))
        share = share_closed(before, after)
        if math.isfinite(share):
            found.append(Reason(code=code, share=share, parameters=changed.parameters))
    return sorted(found, key=lambda one: -round(one.share, 6))


def _changed(change: Callable[[Pair], Changed | None], pair: Pair) -> Changed | None:
    """A counterfactual that cannot be fitted is no evidence."""
    try:
        return change(pair)
    except SurveyEngineError:
        return None
