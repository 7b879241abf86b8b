"""When a finding is true: pure rules over a study's result, one function a rule.

A rule returns candidates only if its guard holds; it never words anything. The name of
a rule is the key of its sentence in the wording files (``findings.<rule>``), so a verb
can only be printed when the guard behind it has passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from survey_engine.analysis.results import Driver, MapPoint, SimpleSecondOpinion
from survey_engine.estimation.estimates import Estimate
from survey_engine.report.narrative.candidate import Candidate
from survey_engine.study.result import StudyResult

HTMT_CLOSE = 0.90
"""Above this two constructs are hardly told apart (Henseler et al. 2015)."""
LOADING_WEAK = 0.40
"""Below this an item is a candidate for removal (Hair et al. 2019)."""
RHO_C_LOW = 0.70
AVE_LOW = 0.50
ALPHA = 0.05


Rule = Callable[[StudyResult], Iterator[Candidate]]


def positive(row: Estimate) -> bool:
    """Whether the interval lies above zero; False without an interval."""
    return row.ci_lower is not None and row.ci_lower > 0


def leading_run(drivers: tuple[Driver, ...]) -> tuple[Driver, ...]:
    """The strongest driver and those after it that neighbours do not separate."""
    run: list[Driver] = []
    for driver in drivers:
        run.append(driver)
        if driver.separable_from_next:
            break
    return tuple(run)


def admissibility(result: StudyResult) -> Iterator[Candidate]:
    """The solution may not be used, or only with doubt."""
    verdict = result.assessment.admissibility.verdict
    if verdict != "yes":
        yield Candidate(rule=f"admissible_{verdict}", base=result.n, link="method")


def strongest_driver(result: StudyResult) -> Iterator[Candidate]:
    """One driver leads: its difference to the second excludes zero."""
    drivers = result.drivers.drivers if result.drivers else ()
    if drivers and positive(drivers[0]) and drivers[0].separable_from_next:
        first = drivers[0]
        yield Candidate(
            rule="strongest_driver",
            base=result.n,
            link="drivers",
            numbers={"effect": first},
            constructs={"driver": first.source, "target": first.target},
        )


def leading_group(result: StudyResult) -> Iterator[Candidate]:
    """Two or more drivers lead together: the data cannot separate them."""
    drivers = result.drivers.drivers if result.drivers else ()
    run = leading_run(drivers)
    if len(run) < 2 or drivers[0].separable_from_next is None or not positive(drivers[0]):
        return
    whole = len(run) == len(drivers)
    rule = "no_driver_stands_out" if whole or len(run) > 3 else "leading_group"
    yield Candidate(
        rule=rule,
        base=result.n,
        link="drivers",
        numbers={"first": run[0], "second": run[1]},
        constructs={"driver": run[0].source, "next": run[1].source, "target": run[0].target},
        listed=tuple(driver.source for driver in run),
    )


def _points(result: StudyResult, importance: str, performance: str) -> Iterator[MapPoint]:
    if result.importance_performance is None:
        return
    for point in result.importance_performance.points:
        at = (point.importance_vs_mean, point.performance_vs_mean)
        if at == (importance, performance):
            yield point


def _map_candidate(result: StudyResult, rule: str, point: MapPoint) -> Candidate:
    mapped = result.importance_performance
    mean = Estimate(est=mapped.mean_performance if mapped else None)
    return Candidate(
        rule=rule,
        base=result.n,
        link="priorities",
        numbers={"performance": point.performance, "effect": point.importance, "mean": mean},
        constructs={"driver": point.construct, "target": mapped.target if mapped else ""},
    )


def matters_and_lags(result: StudyResult) -> Iterator[Candidate]:
    """Importance interval above the mean and performance interval below it."""
    for point in _points(result, "above", "below"):
        yield _map_candidate(result, "matters_and_lags", point)


def matters_and_strong(result: StudyResult) -> Iterator[Candidate]:
    """Both intervals above the mean of the drivers."""
    for point in _points(result, "above", "above"):
        yield _map_candidate(result, "matters_and_strong", point)


def matters_at_average(result: StudyResult) -> Iterator[Candidate]:
    """Importance above the mean; performance cannot be told from it."""
    for point in _points(result, "above", "unclear"):
        yield _map_candidate(result, "matters_at_average", point)


def lags_importance_unclear(result: StudyResult) -> Iterator[Candidate]:
    """Performance below the mean; importance not shown to be above it."""
    for importance in ("unclear", "below"):
        for point in _points(result, importance, "below"):
            yield _map_candidate(result, "lags_importance_unclear", point)


def association_not_shown(result: StudyResult) -> Iterator[Candidate]:
    """A driver's interval includes zero."""
    for driver in result.drivers.drivers if result.drivers else ():
        if driver.includes_zero:
            yield Candidate(
                rule="association_not_shown",
                base=result.n,
                link="drivers",
                numbers={"effect": driver},
                constructs={"driver": driver.source, "target": driver.target},
            )


def segment_differs(result: StudyResult) -> Iterator[Candidate]:
    """A segment's difference to the rest: Holm-adjusted p under .05, 30 answers or more."""
    for row in result.segments:
        if row.withheld or row.p_holm is None or row.p_holm >= ALPHA:
            continue
        difference = row.difference_to_rest
        if difference is None or difference.est is None:
            continue
        yield Candidate(
            rule="segment_above" if difference.est > 0 else "segment_below",
            base=row.n,
            link="segments",
            numbers={"difference": difference, "score": row},
            counts={"comparisons": row.comparisons},
            texts={"segment": row.segment},
        )


def hardly_distinct(result: StudyResult) -> Iterator[Candidate]:
    """HTMT at or above the wider bound: the closest pair is named, the rest counted."""
    pairs = [
        pair
        for pair in result.assessment.htmt
        if pair.est is not None and pair.est >= HTMT_CLOSE
    ]
    if pairs:
        closest = max(pairs, key=lambda pair: pair.est or 0.0)
        yield Candidate(
            rule="hardly_distinct" if len(pairs) == 1 else "hardly_distinct_several",
            base=result.n,
            link="measurement",
            numbers={"htmt": closest, "bound": Estimate(est=HTMT_CLOSE)},
            constructs={"first": closest.first, "second": closest.second},
            counts={"pairs": len(pairs)},
        )


def weak_item(result: StudyResult) -> Iterator[Candidate]:
    """A loading under the removal bound."""
    for row in result.loadings:
        if row.est is not None and row.est < LOADING_WEAK:
            yield Candidate(
                rule="weak_item",
                base=result.n,
                link="measurement",
                numbers={"loading": row, "bound": Estimate(est=LOADING_WEAK)},
                constructs={"construct": row.construct},
                items={"item": row.item},
            )


def unreliable(result: StudyResult) -> Iterator[Candidate]:
    """Composite reliability under the bound: the lowest construct is named."""
    low = [
        (row.rho_c, row.construct)
        for row in result.assessment.constructs
        if row.rho_c is not None and row.rho_c < RHO_C_LOW
    ]
    if low:
        value, construct = min(low)
        yield Candidate(
            rule="unreliable",
            base=result.n,
            link="measurement",
            numbers={"rho_c": Estimate(est=value), "bound": Estimate(est=RHO_C_LOW)},
            constructs={"construct": construct},
        )


def second_opinion(result: StudyResult) -> Iterator[Candidate]:
    """The plain average beside the model, and whether the top two drivers agree."""
    opinion = result.simple_opinion
    if opinion is not None:
        yield Candidate(
            rule=agreement(result, opinion),
            base=result.n,
            link="method",
            numbers={"simple": opinion.index_unit_weights, "model": opinion.index_model},
            constructs={"driver": opinion.top_two_model[0]} if opinion.top_two_model else {},
            listed=opinion.top_two_model,
        )


def agreement(result: StudyResult, opinion: SimpleSecondOpinion) -> str:
    """Whether the plain average ranks the top two alike, nearly alike, or differently.

    ``"simple_close"``: the strongest driver is the same, and the second place went to a
    driver that the model's own second cannot be separated from.
    """
    if opinion.same_top_two:
        return "simple_agrees"
    model, simple = opinion.top_two_model, opinion.top_two_simple
    if len(model) == len(simple) == 2 and model[0] == simple[0] and result.drivers:
        contenders = leading_run(result.drivers.drivers[1:])
        if simple[1] in {driver.source for driver in contenders}:
            return "simple_close"
    return "simple_differs"


RULES: tuple[Rule, ...] = (
    admissibility,
    strongest_driver,
    leading_group,
    matters_and_lags,
    matters_and_strong,
    matters_at_average,
    segment_differs,
    hardly_distinct,
    weak_item,
    unreliable,
    lags_importance_unclear,
    association_not_shown,
    second_opinion,
)
"""In the order in which the summary prefers them."""

MOST_FINDINGS = 5
_ALWAYS = frozenset(
    {
        "admissible_no",
        "admissible_doubtful",
        "simple_agrees",
        "simple_close",
        "simple_differs",
    }
)


def candidates(result: StudyResult) -> tuple[Candidate, ...]:
    """Every true statement, in the order of `RULES`."""
    return tuple(found for rule in RULES for found in rule(result))


def summary_findings(result: StudyResult) -> tuple[Candidate, ...]:
    """Three to five candidates for the summary page.

    One of each rule, in the order of `RULES`; a doubt about the solution and the second
    opinion are never crowded out, and neither are failures of the yardstick.
    """
    first_of_rule: dict[str, Candidate] = {}
    for found in candidates(result):
        first_of_rule.setdefault(found.rule, found)
    kept = [found for rule, found in first_of_rule.items() if rule in _ALWAYS]
    others = [found for rule, found in first_of_rule.items() if rule not in _ALWAYS]
    chosen = set(map(id, kept + others[: max(0, MOST_FINDINGS - len(kept))]))
    return tuple(found for found in first_of_rule.values() if id(found) in chosen)
