"""Answers after a fit with composites: nothing of the nodes that hold their blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from survey_engine.assessment.model_tests.composite_rows import as_written, nodes_of
from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.estimation.cbsem.composites import Composite

if TYPE_CHECKING:
    from survey_engine.study.after_fit import AfterFit
    from survey_engine.study.result import StudySpec

FACTORS_ONLY = {
    "measurement_tests": "--measurement-tests",
    "invariance": "--invariance",
    "dynamic_cutoffs": "--dynamic-cutoffs",
}
"""Options that are about common factors."""


def without_factor_tests(spec: StudySpec) -> StudySpec:
    """The request less what is about common factors."""
    return spec.model_copy(update=dict.fromkeys(FACTORS_ONLY, False))


def factors_only(spec: StudySpec, composites: tuple[Composite, ...]) -> tuple[Diagnostic, ...]:
    """What was asked for and is left out beside composites."""
    asked = [option for name, option in FACTORS_ONLY.items() if getattr(spec, name)]
    if not asked:
        return ()
    where = Where(constructs=tuple(one.name for one in composites))
    return (diagnostic("AFTER_FIT_COMPOSITES", where=where, options=", ".join(asked)),)


def without_nodes(found: AfterFit, composites: tuple[Composite, ...]) -> AfterFit:
    """The answers about what the author wrote."""
    nodes, names = nodes_of(composites), {one.name for one in composites}
    keep = np.array([name not in nodes for name in found.latents], dtype=bool)
    return replace(
        found,
        standardised=tuple(
            row
            for row in found.standardised
            if not {row.lhs, row.rhs} & nodes and not (row.op == "=~" and row.lhs in names)
        ),
        reliability=tuple(
            one for one in found.reliability if one.construct not in nodes | names
        ),
        equality=tuple(
            replace(
                one,
                lhs=as_written(one.lhs, composites),
                rhs=as_written(one.rhs, composites),
            )
            for one in found.equality
        ),
        latents=tuple(name for name in found.latents if name not in nodes),
        scores={method: one[:, keep] for method, one in found.scores.items()},
    )
