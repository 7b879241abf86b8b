"""Measurement quality in the result JSON."""

from __future__ import annotations

from survey_engine.study.document_rows import Rows, effect_rows, indicator_rows
from survey_engine.study.result import StudyResult

_STATISTICS = ("alpha", "alpha_raw", "rho_a", "rho_c", "omega", "ave", "r2", "r2_adj")


def constructs(result: StudyResult) -> Rows:
    """One row for each construct: kind, reliability, validity, R2, and intervals."""
    rows = []
    for row in result.assessment.constructs:
        values = {name: getattr(row, name) for name in _STATISTICS}
        intervals = {
            name: {"ci_lower": limits[0], "ci_upper": limits[1]}
            for name, limits in row.intervals.items()
        }
        rows.append(
            {
                "name": row.construct,
                "kind": row.kind,
                "n_items": row.n_items,
                **values,
                "intervals": intervals,
            }
        )
    return rows


def fornell_larcker(result: StudyResult) -> Rows:
    """Square root of AVE beside the largest correlation."""
    return [
        {
            "construct": row.construct,
            "sqrt_ave": row.sqrt_ave,
            "largest_correlation": row.largest_correlation,
            "with": row.with_construct,
            "passes": row.passes,
        }
        for row in result.assessment.fornell_larcker
    ]


def inflation(result: StudyResult) -> Rows:
    """VIF of items in their block (``construct``, ``item``) and of antecedents in their
    equation (``from``, ``to``), in one table.
    """
    quality = result.assessment
    return [*indicator_rows(quality.vif_items), *effect_rows(quality.vif_antecedents)]
