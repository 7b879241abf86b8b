"""Checklist lines of the robustness checks, with cut-offs a request may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from survey_engine.numerics.multiple_testing import adjusted
from survey_engine.study.combined_map import NECESSITY_CUTOFFS
from survey_engine.study.result import ChecklistLine, StudyResult
from survey_engine.study.robustness import Robustness

CUTOFFS: dict[str, float] = {
    "full_collinearity_vif": 3.3,
    "harman_share": 0.5,
    "quadratic_p": 0.05,
    "reset_p": 0.05,
    "copula_p": 0.05,
    "class_entropy": 0.5,
    "class_gqi_p": 0.05,
    **NECESSITY_CUTOFFS,
}

_CLASSES_BY = {"fimix": "Hahn 2002", "sem": "Jedidi 1997"}


def robustness_lines(result: StudyResult) -> tuple[ChecklistLine, ...]:
    """Nothing for a study without the checks."""
    found = result.robustness
    if not isinstance(found, Robustness):
        return ()
    cut = CUTOFFS | {name: good for name, (good, _) in result.spec.cutoffs.items()}
    lines = (
        *_method(found, cut),
        *_linearity(found, cut),
        _copulas(found, cut),
        _classes(found, cut),
        _rebus(found, cut),
        _necessity(found, cut),
    )
    return tuple(line for line in lines if line is not None)


def _line(
    item: str, value: float | None, cutoff: str, *, good: bool, source: str
) -> ChecklistLine:
    if value is None:
        return ChecklistLine(
            item=item, value=None, cutoff=cutoff, verdict="not_applicable", source=source
        )
    return ChecklistLine(
        item=item,
        value=value,
        cutoff=cutoff,
        verdict="pass" if good else "caution",
        source=source,
    )


def _show(value: float) -> str:
    text = f"{value:g}"
    return text[1:] if text.startswith("0.") else text


def _smallest(values: Iterable[float | None]) -> float | None:
    """The smallest p, adjusted for their number by Holm."""
    known = np.array([value for value in values if value is not None])
    return float(adjusted(known)["holm"].min()) if known.size else None


def _method(found: Robustness, cut: Mapping[str, float]) -> tuple[ChecklistLine, ...]:
    vif = [row.est for row in found.common_method.full_collinearity if row.est is not None]
    largest = max(vif) if vif else None
    limit = cut["full_collinearity_vif"]
    share, half = found.common_method.harman, cut["harman_share"]
    return (
        _line(
            "full_collinearity_vif",
            largest,
            f"≤ {_show(limit)}",
            good=largest is not None and largest <= limit,
            source="Kock 2015",
        ),
        _line(
            "harman_share",
            share,
            f"< {_show(half)}",
            good=share is not None and share < half,
            source="Podsakoff 2003",
        ),
    )


def _linearity(found: Robustness, cut: Mapping[str, float]) -> tuple[ChecklistLine, ...]:
    quadratic = _smallest(row.p for row in found.quadratic)
    reset = _smallest(row.p for row in found.reset)
    return tuple(
        _line(
            item,
            value,
            f"≥ {_show(cut[item])}",
            good=value is not None and value >= cut[item],
            source=by,
        )
        for item, value, by in (
            ("quadratic_p", quadratic, "Sarstedt 2020"),
            ("reset_p", reset, "Ramsey 1969"),
        )
    )


def _copulas(found: Robustness, cut: Mapping[str, float]) -> ChecklistLine:
    alone = [model.copulas[0] for model in found.copulas if len(model.copulas) == 1]
    value = _smallest(term.p for term in alone)
    limit = cut["copula_p"]
    good = value is not None and value >= limit
    return _line(
        "copula_p", value, f"≥ {_show(limit)}", good=good, source="Hult 2018; Becker 2022"
    )


def _classes(found: Robustness, cut: Mapping[str, float]) -> ChecklistLine | None:
    classes = found.classes
    if classes is None:
        return None
    entropy = classes.solutions[classes.retained - 1].criteria["en"]
    one = classes.retained == 1 or (entropy or 0.0) < cut["class_entropy"]
    return _line(
        "hidden_classes",
        float(classes.retained),
        "1",
        good=one,
        source=f"{_CLASSES_BY[classes.method]}; Sarstedt 2011",
    )


def _rebus(found: Robustness, cut: Mapping[str, float]) -> ChecklistLine | None:
    one = found.response_based
    if one is None or one.p_one_class is None:
        return None
    limit = cut["class_gqi_p"]
    return _line(
        "class_gqi_p",
        one.p_one_class,
        f"< {_show(limit)}",
        good=one.p_one_class < limit,
        source="Esposito Vinzi 2008; Trinchera 2007",
    )


def _necessity(found: Robustness, cut: Mapping[str, float]) -> ChecklistLine | None:
    if not found.necessity:
        return None
    d, p = cut["necessity_d"], cut["necessity_p"]
    needed = [
        row.ce_fdh
        for row in found.necessity
        if row.ce_fdh is not None and row.ce_fdh >= d and row.ce_fdh_p < p
    ]
    return _line(
        "necessary_conditions",
        float(len(needed)),
        f"d ≥ {_show(d)}, p < {_show(p)}",
        good=True,
        source="Dul 2016; Richter 2020",
    )
