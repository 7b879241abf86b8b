"""Exploratory results and item statistics as plain values of the result JSON."""

from __future__ import annotations

import math
from typing import Any

from survey_engine.assessment.exploratory.solution import FactorSolution
from survey_engine.assessment.psychometrics import Psychometrics
from survey_engine.assessment.result import Exploratory


def exploratory(found: Exploratory | None) -> dict[str, Any] | None:
    """KMO, Bartlett, how many factors, and the rotated solution."""
    if found is None:
        return None
    return {
        "kmo": found.kmo,
        "kmo_items": [{"item": item, "est": value} for item, value in found.kmo_items.items()],
        "bartlett": {
            "chisq": found.bartlett_chisq,
            "df": found.bartlett_df,
            "p": found.bartlett_p,
        },
        "eigenvalues": list(found.eigenvalues),
        "parallel_eigenvalues": list(found.parallel_eigenvalues),
        "map": [_number(value) for value in found.map_values],
        "n_factors": found.n_factors,
        "retained": {
            "parallel_components": found.n_components_parallel,
            "parallel_factors": found.n_factors_parallel,
            "map": found.n_components_map,
        },
        "extraction": found.extraction,
        "rotation": found.rotation,
        "loadings": [
            {"factor": row.construct, "item": row.item, "est": row.est}
            for row in found.loadings
        ],
        **_solution(tuple(found.kmo_items), found.solution),
        "seed": found.seed,
    }


def _solution(items: tuple[str, ...], found: FactorSolution | None) -> dict[str, Any]:
    if found is None:
        return {"factor_correlations": [], "communalities": [], "explained": [], "fit": None}
    m = found.phi.shape[0]
    fit = None
    if found.fit is not None:
        fit = {key: _number(value) for key, value in vars(found.fit).items()}
    return {
        "factor_correlations": [
            {"from": f"F{a + 1}", "to": f"F{b + 1}", "est": float(found.phi[b, a])}
            for a in range(m)
            for b in range(a + 1, m)
        ],
        "communalities": [
            {"item": item, "est": float(value)}
            for item, value in zip(items, found.communality, strict=True)
        ],
        "explained": [
            {"factor": f"F{f + 1}", "est": float(share)}
            for f, share in enumerate(found.explained)
        ],
        "fit": fit,
    }


def item_rows(found: Psychometrics) -> list[dict[str, Any]]:
    """One row an item: shape of its answers, and its place in its block."""
    place = {item: (block, j) for block in found.blocks for j, item in enumerate(block.items)}
    rows = []
    for k, item in enumerate(found.items):
        row: dict[str, Any] = {"item": item}
        for key, values in vars(found.shape).items():
            row[key] = _number(values[k])
        block, j = place.get(item, (None, 0))
        row["block"] = block.name if block else None
        for key in ("item_total", "item_total_corrected", "item_rest"):
            row[key] = _number(getattr(block.each, key)[j]) if block else None
        dropped = block.each.dropped[j] if block else None
        row["alpha_if_dropped"] = _number(dropped.alpha) if dropped else None
        row["alpha_raw_if_dropped"] = _number(dropped.alpha_raw) if dropped else None
        rows.append(row)
    return rows


def block_rows(found: Psychometrics) -> list[dict[str, Any]]:
    """One row a block: reliability of its sum."""
    return [
        {
            "block": block.name,
            "n_items": len(block.items),
            **{key: _number(value) for key, value in vars(block.statistics).items()},
            "alpha_ordinal": block.alpha_ordinal,
        }
        for block in found.blocks
    ]


def general_rows(found: Psychometrics) -> dict[str, Any] | None:
    """The general factor: omegas and loadings."""
    general = found.general
    if general is None:
        return None
    return {
        "omega_total": _number(general.omega_total),
        "omega_hierarchical": _number(general.omega_hierarchical),
        "alpha": _number(general.alpha),
        "g6": _number(general.g6),
        "loadings": [
            {
                "item": item,
                "general": float(general.general[k]),
                "group": [float(value) for value in general.group[k]],
                "communality": float(general.communality[k]),
                "reversed": bool(general.reversed[k]),
            }
            for k, item in enumerate(found.items)
        ],
    }


def _number(value: float | int | None) -> float | int | None:
    """None where a statistic is undefined."""
    if value is None or not math.isfinite(value):
        return None
    return value if isinstance(value, int) else float(value)
