"""Prediction in the result JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

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
