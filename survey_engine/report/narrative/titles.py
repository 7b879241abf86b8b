"""Action titles: which sentence a page may carry, decided by the rules of `findings`."""

from __future__ import annotations

from survey_engine.estimation.estimates import ConstructEstimate
from survey_engine.report.narrative import findings
from survey_engine.report.narrative.candidate import Candidate
from survey_engine.report.narrative.labels import Labels
from survey_engine.report.narrative.numbers import Numbers
from survey_engine.report.narrative.wording import Wording
from survey_engine.study.result import StudyResult


def _first(rule: findings.Rule, result: StudyResult) -> Candidate | None:
    return next(rule(result), None)


def summary_title(
    result: StudyResult, words: Wording, numbers: Numbers, labels: Labels
) -> tuple[str, str]:
    """Title and lead of the summary."""
    at = "report.sections.summary"
    if result.index is None:
        return words.say(f"{at}.title_withheld"), words.say(f"{at}.lead_withheld")
    values = {
        "construct": labels.inside(result.index.construct),
        "index": numbers.points(result.index.est),
        "n": numbers.count(result.index.n),
    }
    strongest = _first(findings.strongest_driver, result)
    if strongest is not None:
        driver = labels.inside(strongest.constructs["driver"])
        title = words.say(f"{at}.title_driver", driver=driver, **values)
    else:
        title = words.say(f"{at}.title", **values)
    lags = list(findings.matters_and_lags(result))
    if lags:
        names = words.enumerate([labels.inside(row.constructs["driver"]) for row in lags])
        return title, words.say(f"{at}.lead_lags", list=names, **values)
    return title, words.say(f"{at}.lead", **values)


def index_title(
    result: StudyResult, words: Wording, numbers: Numbers, bands: tuple[float, float]
) -> str:
    """Where the index stands: in one band only if its whole interval lies there."""
    at = "report.sections.index"
    index = result.index
    if index is None or index.est is None:
        return words.say(f"{at}.title_withheld")
    lower = index.est if index.ci_lower is None else index.ci_lower
    upper = index.est if index.ci_upper is None else index.ci_upper
    value = numbers.points(index.est)
    if index.ci_lower is not None:
        for name, low, high in (
            ("risk", -1.0, bands[0]),
            ("middle", bands[0], bands[1]),
            ("strong", bands[1], 101.0),
        ):
            if low <= lower and upper < high:
                return words.say(
                    f"{at}.title_band", index=value, band=words.say(f"bands.{name}")
                )
    return words.say(f"{at}.title", index=value)


def drivers_title(result: StudyResult, words: Wording, labels: Labels) -> str:
    """Say "strongest" only if its difference to the second excludes zero."""
    at = "report.sections.drivers"
    target = labels.inside(result.drivers.target) if result.drivers else ""
    strongest = _first(findings.strongest_driver, result)
    if strongest is not None:
        driver = labels.inside(strongest.constructs["driver"])
        return words.say(f"{at}.title_strongest", driver=driver, target=target)
    group = _first(findings.leading_group, result)
    if group is not None and group.rule == "leading_group":
        names = words.enumerate([labels.inside(name) for name in group.listed])
        return words.say(f"{at}.title_group", list=names)
    return words.say(f"{at}.title", target=target)


def priorities_title(result: StudyResult, words: Wording, labels: Labels) -> str:
    """Names a priority only if importance and performance intervals both allow it."""
    at = "report.sections.priorities"
    lags = list(findings.matters_and_lags(result))
    if lags:
        names = words.enumerate([labels.inside(row.constructs["driver"]) for row in lags])
        return words.say(f"{at}.title_lags", list=names)
    strong = list(findings.matters_and_strong(result))
    if strong:
        names = words.enumerate([labels.inside(row.constructs["driver"]) for row in strong])
        return words.say(f"{at}.title_strong", list=names)
    return words.say(f"{at}.title")


def scores_title(rows: tuple[ConstructEstimate, ...], words: Wording, labels: Labels) -> str:
    """Say "highest" or "lowest" only if the interval clears every other interval."""
    at = "report.sections.scores"
    highest = _clear(rows, upward=True)
    lowest = _clear(rows, upward=False)
    if highest is not None and lowest is not None:
        return words.say(
            f"{at}.title_both",
            highest=labels.inside(highest),
            lowest=labels.inside(lowest),
        )
    if lowest is not None:
        return words.say(f"{at}.title_lowest", lowest=labels.inside(lowest))
    if highest is not None:
        return words.say(f"{at}.title_highest", highest=labels.inside(highest))
    return words.say(f"{at}.title")


def _clear(rows: tuple[ConstructEstimate, ...], *, upward: bool) -> str | None:
    """The construct whose interval lies beyond all others, None if there is none."""
    bounded = [
        (row.ci_lower, row.ci_upper, row.construct)
        for row in rows
        if row.ci_lower is not None and row.ci_upper is not None
    ]
    if len(bounded) < 2 or len(bounded) < len(rows):
        return None
    for lower, upper, construct in bounded:
        others = [row for row in bounded if row[2] != construct]
        if upward and all(lower > row[1] for row in others):
            return construct
        if not upward and all(upper < row[0] for row in others):
            return construct
    return None


def measurement_title(result: StudyResult, words: Wording) -> str:
    """Says at once whether the yardstick has failures."""
    at = "report.sections.measurement"
    rules = (findings.hardly_distinct, findings.weak_item, findings.unreliable)
    if any(_first(rule, result) for rule in rules):
        return words.say(f"{at}.title_flags")
    return words.say(f"{at}.title")


def model_title(result: StudyResult, words: Wording, numbers: Numbers, labels: Labels) -> str:
    """The share of the index construct's differences that the model accounts for."""
    at = "report.sections.model"
    if result.drivers is None or result.drivers.r2.est is None:
        return words.say(f"{at}.title")
    return words.say(
        f"{at}.title_r2",
        r2=numbers.percent(result.drivers.r2.est),
        target=labels.inside(result.drivers.target),
    )
