"""The combined importance-performance map of a study (cIPMA), on request."""

from __future__ import annotations

from survey_engine.analysis.necessity import Necessity
from survey_engine.analysis.necessity_map import NecessityMap, necessity_map
from survey_engine.analysis.results import ImportancePerformance
from survey_engine.assessment.blocks import block_sizes, block_slices
from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.study.describe import case_scores
from survey_engine.study.estimate import Estimated
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec

NECESSITY_CUTOFFS = {"necessity_d": 0.1, "necessity_p": 0.05}
"""Dul (2016): small effects begin at .1."""


def combined_map(
    prepared: Prepared,
    estimated: Estimated,
    necessity: tuple[Necessity, ...],
    mapped: ImportancePerformance | None,
    spec: StudySpec,
) -> tuple[NecessityMap | None, tuple[Diagnostic, ...]]:
    """The map at `spec.desired_level`; None, and said, without scores on 0-100."""
    if not necessity:
        return None, ()
    if mapped is None:
        where = Where(constructs=(necessity[0].target,))
        return None, (diagnostic("NECESSITY_MAP_WITHOUT_SCALE", where=where),)
    model, shares = estimated.model, estimated.sampled.point["item_share"]
    blocks = dict(zip(model.construct_names, block_slices(block_sizes(model)), strict=True))
    wanted = (mapped.target, *(point.construct for point in mapped.points))
    scores = {name: case_scores(prepared, shares, block=blocks[name]) for name in wanted}
    level = spec.desired_level
    d, p = necessity_cutoffs(spec)
    found = necessity_map(mapped, necessity, scores, level=level, cutoffs=(d, p))
    if found.share_at_level > 0:
        return found, ()
    told = diagnostic(
        "NECESSITY_LEVEL_NOT_REACHED",
        where=Where(constructs=(mapped.target,)),
        level=f"{level:g}",
        highest=f"{scores[mapped.target].values.max():.1f}",
    )
    return found, (told,)


def necessity_cutoffs(spec: StudySpec) -> tuple[float, float]:
    """Least effect size and largest p of a necessary condition, as requested."""
    asked = {name: good for name, (good, _) in spec.cutoffs.items()}
    d, p = (asked.get(name, usual) for name, usual in NECESSITY_CUTOFFS.items())
    return d, p
