"""The reporting checklist, filled with the values of the study.

Items and cut-offs are keys or formulas; their words are in the catalogue under
``checklist``. Sources: see `docs` and methodology. Adding a line: one function and one
entry in a registry tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from survey_engine.assessment.resampled import excludes_zero
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.study.checklist_covariance import covariance_lines
from survey_engine.study.cutoffs import judged
from survey_engine.study.result import ChecklistLine, StudyResult

Verdict = Literal["pass", "caution", "fail", "not_applicable"]
Line = Callable[[StudyResult], ChecklistLine | None]


def fill(result: StudyResult) -> tuple[ChecklistLine, ...]:
    """Every line that the study has a value for, in the order of the checklist."""
    lines = _COVARIANCE if isinstance(result.fit, CbSemFit) else _PARTIAL
    found = (line(result) for line in (*_COMMON, *lines))
    closing = (line(result) for line in _CLOSING)
    from survey_engine.study.checklist_robustness import robustness_lines

    every = (*found, *covariance_lines(result), *closing, *robustness_lines(result))
    return tuple(judged(line, result.spec.cutoffs) for line in every if line is not None)


def _line(
    item: str, value: float | str | None, cutoff: str, verdict: Verdict, source: str
) -> ChecklistLine:
    shown: Verdict = "not_applicable" if value is None else verdict
    return ChecklistLine(item=item, value=value, cutoff=cutoff, verdict=shown, source=source)


def _smallest(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return min(known) if known else None


def _largest(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return max(known) if known else None


def _at_least(value: float | None, good: float, fair: float) -> Verdict:
    if value is None:
        return "not_applicable"
    return "pass" if value >= good else "caution" if value >= fair else "fail"


def _at_most(value: float | None, good: float, fair: float) -> Verdict:
    if value is None:
        return "not_applicable"
    return "pass" if value <= good else "caution" if value <= fair else "fail"


def _admissible(result: StudyResult) -> ChecklistLine:
    verdict = result.assessment.admissibility.verdict
    shown: dict[str, Verdict] = {"yes": "pass", "doubtful": "caution", "no": "fail"}
    return _line("admissible", verdict, "yes", shown[verdict], "Hair 2022; JARS")


def _missing(result: StudyResult) -> ChecklistLine:
    kept = result.data.n or result.data.quality.n_kept
    share = 1 - result.n / kept if kept else None
    return _line("rows_left_out", share, "≤ .05", _at_most(share, 0.05, 0.10), "Hair 2022")


def _resamples(result: StudyResult) -> ChecklistLine | None:
    ledger = result.resamples
    if ledger is None:
        return _line("resamples", 0.0, "≥ 5000", "caution", "Becker 2023")
    enough = _at_least(float(ledger.usable), 5000, 1000)
    return _line("resamples", float(ledger.usable), "≥ 5000", enough, "Becker 2023")


def _failed_resamples(result: StudyResult) -> ChecklistLine | None:
    ledger = result.resamples
    if ledger is None:
        return None
    share = ledger.failed / ledger.requested
    verdict = _at_most(share, 0.01, 0.05)
    return _line("failed_resamples", share, "≤ .05", verdict, "JARS")


def _sample_size(result: StudyResult) -> ChecklistLine | None:
    # The smallest path that counts: those whose interval includes 0 are not claimed.
    claimed = [p for p in result.paths if excludes_zero(p) is not False]
    smallest = _smallest(abs(p.est) for p in claimed if p.est)
    if smallest is None or smallest <= 0:
        return None
    needed = (2.486 / smallest) ** 2
    verdict: Verdict = "pass" if result.n >= needed else "caution"
    return _line(
        "sample_size", float(result.n), f"n ≥ {needed:.0f}", verdict, "Kock & Hadaya 2018"
    )


def _loadings(result: StudyResult) -> ChecklistLine:
    smallest = _smallest(row.est for row in result.loadings)
    verdict = _at_least(smallest, 0.708, 0.40)
    return _line("smallest_loading", smallest, "≥ .708", verdict, "Hair 2019")


def _reliability(name: str) -> Line:
    def line(result: StudyResult) -> ChecklistLine:
        values = [getattr(row, name) for row in result.assessment.constructs]
        smallest = _smallest(values)
        verdict = _at_least(smallest, 0.70, 0.60)
        largest = _largest(values)
        if verdict == "pass" and largest is not None and largest > 0.95:
            verdict = "caution"
        return _line(f"smallest_{name}", smallest, ".70 - .95", verdict, "Hair 2019")

    return line


def _ave(result: StudyResult) -> ChecklistLine:
    smallest = _smallest(row.ave for row in result.assessment.constructs)
    verdict = _at_least(smallest, 0.50, 0.50)
    return _line("smallest_ave", smallest, "≥ .50", verdict, "Fornell & Larcker 1981")


def _htmt(result: StudyResult) -> ChecklistLine:
    largest = _largest(row.est for row in result.assessment.htmt)
    verdict = _at_most(largest, 0.85, 0.90)
    return _line("largest_htmt", largest, "< .85", verdict, "Henseler 2015")


def _htmt_limit(result: StudyResult) -> ChecklistLine:
    largest = _largest(row.ci_upper for row in result.assessment.htmt)
    verdict = _at_most(largest, 0.90, 1.0)
    return _line("largest_htmt_limit", largest, "< .90", verdict, "Franke & Sarstedt 2019")


def _fornell_larcker(result: StudyResult) -> ChecklistLine | None:
    judged = [row.passes for row in result.assessment.fornell_larcker if row.passes is not None]
    if not judged:
        return None
    failures = float(sum(not passes for passes in judged))
    verdict: Verdict = "pass" if failures == 0 else "fail"
    return _line("fornell_larcker_failures", failures, "0", verdict, "Fornell & Larcker 1981")


def _vif_antecedents(result: StudyResult) -> ChecklistLine:
    largest = _largest(row.est for row in result.assessment.vif_antecedents)
    verdict = _at_most(largest, 3.0, 5.0)
    return _line("largest_inner_vif", largest, "< 3", verdict, "Hair 2019")


def _vif_formative(result: StudyResult) -> ChecklistLine | None:
    if not isinstance(result.fit, PlsFit):
        return None
    names = zip(result.model.construct_names, result.fit.modes, strict=True)
    formative = {name for name, mode in names if mode == "B"}
    rows = [row.est for row in result.assessment.vif_items if row.construct in formative]
    largest = _largest(rows)
    if largest is None:
        return None
    return _line("largest_item_vif", largest, "< 3", _at_most(largest, 3.0, 5.0), "Hair 2019")


def _r2(result: StudyResult) -> ChecklistLine | None:
    if result.drivers is None:
        return None
    value = result.drivers.r2.est
    verdict = _at_least(value, 0.50, 0.25)
    return _line("index_r2", value, ".25 / .50 / .75", verdict, "Hair 2019")


def _measure(name: str, good: float, fair: float, *, source: str, above: bool) -> Line:
    def line(result: StudyResult) -> ChecklistLine:
        value = result.fit_measures.get(name)
        bounds = result.spec.cutoffs.get(name, (good, fair))
        verdict = _at_least(value, *bounds) if above else _at_most(value, *bounds)
        sign = "≥" if above else "≤"
        return _line(name, value, f"{sign} {bounds[0]:g}".replace("0.", "."), verdict, source)

    return line


def _chisq(result: StudyResult) -> ChecklistLine:
    value = result.fit_measures.get("pvalue")
    return _line("chisq_p", value, "> .05", _at_least(value, 0.05, 0.0), "JARS")


def _cases_per_parameter(result: StudyResult) -> ChecklistLine | None:
    if not isinstance(result.fit, CbSemFit):
        return None
    free = len(result.fit.free_values)
    ratio = result.n / free if free else None
    return _line("n_per_parameter", ratio, "20 : 1", _at_least(ratio, 20, 5), "Jackson 2003")


def _kmo(result: StudyResult) -> ChecklistLine | None:
    found = result.assessment.exploratory
    if found is None:
        return None
    return _line("kmo", found.kmo, "≥ .60", _at_least(found.kmo, 0.60, 0.50), "Kaiser 1974")


def _bartlett(result: StudyResult) -> ChecklistLine | None:
    found = result.assessment.exploratory
    if found is None:
        return None
    verdict: Verdict = "pass" if found.bartlett_p < 0.05 else "fail"
    return _line("bartlett_p", found.bartlett_p, "< .05", verdict, "Bartlett 1951")


def _index_width(result: StudyResult) -> ChecklistLine | None:
    index = result.index
    if index is None or index.ci_lower is None or index.ci_upper is None:
        return None
    width = index.ci_upper - index.ci_lower
    return _line("index_width", width, "≤ 4", _at_most(width, 4.0, 6.0), "EPSI")


def _index_weights(result: StudyResult) -> ChecklistLine | None:
    if result.index is None:
        return None
    smallest = min(result.index.indicator_weights.values())
    verdict: Verdict = "pass" if smallest > 0 else "fail"
    return _line("smallest_index_weight", smallest, "> 0", verdict, "Fornell 1996")


_COMMON: tuple[Line, ...] = (_admissible, _missing, _resamples, _failed_resamples)
_MEASUREMENT: tuple[Line, ...] = (
    _loadings,
    _reliability("alpha"),
    _reliability("rho_a"),
    _reliability("rho_c"),
    _reliability("omega"),
    _ave,
    _htmt,
    _htmt_limit,
    _fornell_larcker,
)
_PARTIAL: tuple[Line, ...] = (
    _sample_size,
    *_MEASUREMENT,
    _vif_formative,
    _vif_antecedents,
    _r2,
)
_COVARIANCE: tuple[Line, ...] = (
    _cases_per_parameter,
    _chisq,
    _measure("rmsea", 0.06, 0.08, source="Hu & Bentler 1999", above=False),
    _measure("cfi", 0.95, 0.90, source="Hu & Bentler 1999", above=True),
    _measure("tli", 0.95, 0.90, source="Hu & Bentler 1999", above=True),
    _measure("srmr", 0.08, 0.10, source="Hu & Bentler 1999", above=False),
    *_MEASUREMENT,
    _r2,
)
_CLOSING: tuple[Line, ...] = (_kmo, _bartlett, _index_width, _index_weights)
