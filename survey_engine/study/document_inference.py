"""Inference options in the result JSON."""

from __future__ import annotations

from typing import Any

from survey_engine.assessment.tables import fields
from survey_engine.study.bootstrap_parameters import ResampledParameter
from survey_engine.study.document_rows import construct_rows, effect_rows, indicator_rows
from survey_engine.study.effects import Effects
from survey_engine.study.exact_fit import ExactFit
from survey_engine.study.index_sensitivity import IndexByMode
from survey_engine.study.inference import Inference
from survey_engine.study.moderated_mediation import ModeratedMediation
from survey_engine.study.simple_slopes import SimpleSlope, SlopeRegion
from survey_engine.study.staged_tables import FirstStage


def inference(found: Inference | None) -> dict[str, Any] | None:
    """Jackknife standard errors, and intervals under each treatment of bad resamples."""
    if found is None:
        return None
    return {
        "jackknife_groups": found.groups,
        "jackknife_failed": found.failed,
        "jackknife": [
            {
                "table": row.table,
                "from": row.source,
                "to": row.target,
                "est": row.est,
                "se": row.se,
                "bias": row.bias,
                "acceleration": row.acceleration,
            }
            for row in found.jackknife
        ],
        "treatments": [
            {
                "treatment": one.treatment,
                "drawn": one.drawn,
                "used": one.used,
                "paths": effect_rows(one.paths),
                "scores": construct_rows(one.scores),
            }
            for one in found.treatments
        ],
    }


def index_by_mode(found: tuple[IndexByMode, ...]) -> list[dict[str, Any]]:
    """The index under each outer mode of its construct."""
    return [
        {
            "mode": row.mode,
            "used": row.used,
            "value": row.value,
            "weights": dict(row.weights),
        }
        for row in found
    ]


def simple_slopes(found: tuple[SimpleSlope, ...]) -> list[dict[str, Any]]:
    """Effects of one construct at levels of another."""
    return [
        {
            "product": row.product,
            "from": row.source,
            "moderator": row.moderator,
            "to": row.target,
            "level": row.level,
            **fields(row),
        }
        for row in found
    ]


def bootstrap_parameters(found: tuple[ResampledParameter, ...]) -> list[dict[str, Any]]:
    """Unstandardised parameters and definitions with bootstrap errors and intervals."""
    return [
        {"lhs": row.lhs, "op": row.op, "rhs": row.rhs, "label": row.label, **fields(row)}
        for row in found
    ]


def moderated_mediation(found: tuple[ModeratedMediation, ...]) -> list[dict[str, Any]]:
    """Indirect effects at levels of a moderator; the estimate is their change per deviation."""
    return [
        {
            "through": list(row.through),
            "moderator": row.moderator,
            "moderated": [list(arrow) for arrow in row.arrows],
            **fields(row),
            "conditional": [{"level": one.level, **fields(one)} for one in row.conditional],
        }
        for row in found
    ]


def slope_regions(found: tuple[SlopeRegion, ...]) -> list[dict[str, Any]]:
    """Values of a moderator where an effect begins or ceases to differ from zero."""
    return [
        {
            "product": row.product,
            "from": row.source,
            "moderator": row.moderator,
            "to": row.target,
            "lower": row.lower,
            "upper": row.upper,
            "significant": row.significant,
        }
        for row in found
    ]


def first_stage(found: FirstStage | None) -> dict[str, Any] | None:
    """Measurement in the first of two runs."""
    if found is None:
        return None
    return {
        "loadings": indicator_rows(found.loadings),
        "weights": indicator_rows(found.weights),
    }


def exact_fit(found: tuple[ExactFit, ...]) -> list[dict[str, Any]]:
    """Distances beside their distribution under the model."""
    return [
        {
            "measure": row.measure,
            "model": row.model,
            "value": row.value,
            "quantile_95": row.quantile_95,
            "quantile_99": row.quantile_99,
            "p": row.p,
            "resamples": row.resamples,
        }
        for row in found
    ]


def effects(found: Effects | None) -> dict[str, Any]:
    """Mediation, specific indirect effects and tests adjusted for their number."""
    if found is None:
        return {"mediation": [], "specific_indirect_effects": [], "effect_tests": []}
    return {
        "mediation": [
            {
                "from": row.source,
                "to": row.target,
                "direct": None if row.direct is None else fields(row.direct),
                "indirect": fields(row.indirect),
                "total": fields(row.total),
                "share": row.share,
                "decision": row.decision,
            }
            for row in found.mediation
        ],
        "specific_indirect_effects": [
            {"through": list(row.through), "decision": row.decision, **fields(row)}
            for row in found.specific
        ],
        "effect_tests": [
            {
                "family": row.family,
                "through": list(row.through),
                "z": row.z,
                "p": row.p,
                "p_bonferroni": row.bonferroni,
                "p_holm": row.holm,
                "p_bh": row.bh,
                "p_by": row.by,
            }
            for row in found.tests
        ],
    }
