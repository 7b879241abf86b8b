"""Prediction and the comparison of groups in the result JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from survey_engine.analysis.groups.results import GroupComparison, PathDifference
from survey_engine.assessment.invariance.micom import CompositeInvariance
from survey_engine.study.prediction import Prediction


def prediction(found: Prediction | None) -> dict[str, Any] | None:
    """PLSpredict, CVPAT, blindfolding, criteria and redundancy analyses."""
    if found is None:
        return None
    return {
        "folds": found.folds,
        "repetitions": found.repetitions,
        "antecedents": found.antecedents,
        "failed": found.failed,
        "inadmissible": found.inadmissible,
        "items": [asdict(row) for row in found.items],
        "power": [asdict(row) for row in found.power],
        "cvpat": [asdict(row) for row in found.cvpat],
        "rival": found.rival,
        "omission_distance": found.omission_distance,
        "blindfold": [asdict(row) for row in found.blindfold],
        "criteria": [asdict(row) for row in found.criteria],
        "rival_criteria": [asdict(row) for row in found.rival_criteria],
        "redundancy": [asdict(row) for row in found.redundancy],
    }


def group_comparison(found: GroupComparison | None) -> dict[str, Any] | None:
    """MICOM and the path differences it allows, pair by pair."""
    if found is None:
        return None
    return {
        "column": found.column,
        "groups": [{"group": name, "n": n} for name, n in found.groups],
        "left_out": [{"group": name, "n": n} for name, n in found.left_out],
        "permutations": found.permutations,
        "resamples": found.resamples,
        "pairs": [
            {
                "first": pair.first,
                "second": pair.second,
                "usable": pair.usable,
                "micom": [_micom(row) for row in pair.micom],
                "paths": [_difference(row) for row in pair.paths],
            }
            for pair in found.pairs
        ],
        "omnibus": [
            {"from": row.source, "to": row.target, "statistic": row.statistic, "p": row.p}
            for row in found.omnibus
        ],
    }


def _micom(row: CompositeInvariance) -> dict[str, Any]:
    given = asdict(row)
    for name in ("mean_interval", "variance_interval"):
        given[name] = None if given[name] is None else list(given[name])
    return given


def _difference(row: PathDifference) -> dict[str, Any]:
    given = asdict(row)
    source, target = given.pop("source"), given.pop("target")
    forbidden = list(given.pop("forbidden_by"))
    allowed = {"compared": not forbidden, "forbidden_by": forbidden}
    return {"from": source, "to": target, **allowed, **given}
