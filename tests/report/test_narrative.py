"""Guards: what may be said, and what must not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survey_engine.analysis.results import SegmentScore
from survey_engine.assessment.result import Admissibility
from survey_engine.errors import Diagnostic, Severity, Where
from survey_engine.estimation.estimates import ConstructEstimate, Estimate
from survey_engine.report.narrative import findings
from survey_engine.report.narrative.diagnostics import DiagnosticWording
from survey_engine.report.narrative.labels import Labels
from survey_engine.report.narrative.numbers import Numbers
from survey_engine.report.narrative.titles import scores_title
from survey_engine.report.narrative.wording import MissingWording, Wording
from survey_engine.report.sections.items import answer_groups

from . import factory


def rules_of(result: object) -> list[str]:
    return [found.rule for found in findings.candidates(result)]  # type: ignore[arg-type]


def test_strongest_needs_a_lead_that_excludes_zero() -> None:
    whole = factory.study_result()
    assert "strongest_driver" in rules_of(whole)
    unclear = replace(whole, drivers=factory.drivers(separable=(False, True, True, None)))
    said = rules_of(unclear)
    assert "strongest_driver" not in said
    group = next(f for f in findings.candidates(unclear) if f.rule == "leading_group")
    assert group.listed == ("Quality", "Image")


def test_no_separation_at_all_names_no_group() -> None:
    unclear = replace(
        factory.study_result(), drivers=factory.drivers(separable=(False, False, False, None))
    )
    assert "no_driver_stands_out" in rules_of(unclear)
    assert "leading_group" not in rules_of(unclear)


def test_without_intervals_no_driver_is_called_strongest() -> None:
    whole = factory.study_result()
    assert whole.drivers is not None
    bare = tuple(
        replace(d, ci_lower=None, ci_upper=None, separable_from_next=None)
        for d in whole.drivers.drivers
    )
    said = rules_of(replace(whole, drivers=replace(whole.drivers, drivers=bare)))
    assert not {"strongest_driver", "leading_group", "no_driver_stands_out"} & set(said)


@pytest.mark.parametrize(
    ("importance", "performance", "rule"),
    [
        ("above", "below", "matters_and_lags"),
        ("above", "above", "matters_and_strong"),
        ("above", "unclear", "matters_at_average"),
        ("unclear", "below", "lags_importance_unclear"),
        ("below", "below", "lags_importance_unclear"),
        ("unclear", "unclear", None),
    ],
)
def test_map_sentences_follow_both_intervals(
    importance: str, performance: str, rule: str | None
) -> None:
    whole = factory.study_result()
    mapped = whole.importance_performance
    assert mapped is not None
    point = replace(
        mapped.points[0],
        importance_vs_mean=importance,  # type: ignore[arg-type]
        performance_vs_mean=performance,  # type: ignore[arg-type]
    )
    result = replace(whole, importance_performance=replace(mapped, points=(point,)))
    wanted = {
        "matters_and_lags",
        "matters_and_strong",
        "matters_at_average",
        "lags_importance_unclear",
    }
    assert [r for r in rules_of(result) if r in wanted] == ([rule] if rule else [])


def test_measurement_failures_are_findings() -> None:
    said = {found.rule: found for found in findings.candidates(factory.study_result())}
    assert said["hardly_distinct"].constructs == {"first": "Satisfaction", "second": "Loyalty"}
    assert said["weak_item"].items == {"item": "CUSL2"}
    assert "unreliable" not in said


def test_a_doubtful_solution_is_never_crowded_out() -> None:
    whole = factory.study_result()
    doubtful = replace(whole.assessment, admissibility=Admissibility(verdict="doubtful"))
    chosen = findings.summary_findings(replace(whole, assessment=doubtful))
    assert chosen[0].rule == "admissible_doubtful"
    assert chosen[-1].rule == "simple_agrees"
    assert len(chosen) == findings.MOST_FINDINGS


def segment(p: float, *, withheld: bool = False) -> SegmentScore:
    return SegmentScore(
        column="region", segment="North", n=80, withheld=withheld, caution=False,
        est=75.0, ci_lower=72.0, ci_upper=78.0, p_holm=p, comparisons=4,
        difference_to_rest=Estimate(est=4.2, ci_lower=1.1, ci_upper=7.3),
    )  # fmt: skip


def test_segments_differ_only_by_the_adjusted_test() -> None:
    whole = factory.study_result()
    assert "segment_above" in rules_of(replace(whole, segments=(segment(0.01),)))
    assert "segment_above" not in rules_of(replace(whole, segments=(segment(0.06),)))
    hidden = replace(whole, segments=(segment(0.01, withheld=True),))
    assert "segment_above" not in rules_of(hidden)


def score(construct: str, lower: float, upper: float) -> ConstructEstimate:
    return ConstructEstimate(
        construct=construct, est=(lower + upper) / 2, ci_lower=lower, ci_upper=upper
    )


def test_lowest_needs_a_clear_interval() -> None:
    words = Wording(language="en", catalogue=factory.wording("en"))
    labels = Labels(language="en", model=factory.study_result().model)
    clear = (score("Value", 58, 62), score("Image", 70, 74), score("Quality", 71, 75))
    assert scores_title(clear, words, labels) == "Perceived value scores lowest"
    overlapping = (score("Value", 58, 71), score("Image", 70, 74), score("Quality", 71, 75))
    assert scores_title(overlapping, words, labels) == "Scores of all constructs"


def test_numbers_in_both_languages() -> None:
    en = Numbers(formats=factory.wording("en")["formats"])
    zh = Numbers(formats=factory.wording("zh")["formats"])
    row = Estimate(est=71.24, ci_lower=69.0, ci_upper=73.26)
    assert en.estimate(row, en.points) == "71.2 [69.0, 73.3]"
    assert zh.estimate(row, zh.points) == "71.2\uff0869.0\uff5e73.3\uff09"
    effect = Estimate(est=0.1, ci_lower=-0.02, ci_upper=0.2)
    assert en.estimate(effect, en.five) == "+0.5 [−0.1, 1.0]"
    assert en.coefficient(-0.0001) == ".00"
    assert en.coefficient(1.0) == "1.00"
    assert en.coefficient(float("nan")) == en.points(None) == "–"
    assert en.interval(None, 1.0, en.points) == ""
    assert en.p_value(0.04) == ".040"
    assert en.percent(0.119, 1) == "11.9%"


def test_answer_groups_are_symmetric_and_complete() -> None:
    for low, high in ((1, 5), (1, 7), (1, 8), (1, 9), (1, 10), (0, 10), (1, 11), (0, 20)):
        groups = answer_groups(low, high)
        flat = [v for a, b in groups for v in range(a, b + 1)]
        assert flat == list(range(low, high + 1))
        sizes = [b - a for a, b in groups]
        assert sizes == sizes[::-1]


def test_enumeration() -> None:
    en = Wording(language="en", catalogue=factory.wording("en"))
    assert en.enumerate(["a"]) == "a"
    assert en.enumerate(["a", "b", "c"]) == "a, b and c"
    with pytest.raises(MissingWording, match=r"en: report\.nothing"):
        en.say("report.nothing")


def test_a_diagnostic_without_words_or_values_still_speaks() -> None:
    catalogue = {"diagnostics": {"X": {"message": "{items} has {n} of {total}", "remedy": "R"}}}
    speak = DiagnosticWording(catalogue=catalogue).say
    known = Diagnostic(
        code="X", severity=Severity.ERROR, where=Where(items=("A", "B")), parameters={"n": 2.5}
    )
    assert speak(known) == ("A, B has 2.5 of …", "R")
    assert speak(Diagnostic(code="Y", severity=Severity.INFO)) == ("Y", "")
