"""The ECSI model of the mobile-phone survey and its moments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from survey_engine.numerics.moments import Moments
from survey_engine.spec.model import Construct, ModelSpec, Path

BLOCKS = {
    "Image": ("IMAG", 5),
    "Expectation": ("CUEX", 3),
    "Quality": ("PERQ", 7),
    "Value": ("PERV", 2),
    "Satisfaction": ("CUSA", 3),
    "Complaints": ("CUSCO", 1),
    "Loyalty": ("CUSL", 3),
}
ARROWS = {
    "Image": ("Expectation", "Satisfaction", "Loyalty"),
    "Expectation": ("Quality", "Value", "Satisfaction"),
    "Quality": ("Value", "Satisfaction"),
    "Value": ("Satisfaction",),
    "Satisfaction": ("Complaints", "Loyalty"),
    "Complaints": ("Loyalty",),
}


@pytest.fixture(scope="session")
def ecsi() -> ModelSpec:
    constructs = []
    for name, (stem, size) in BLOCKS.items():
        items = (stem,) if size == 1 else tuple(f"{stem}{j}" for j in range(1, size + 1))
        constructs.append(Construct(name=name, indicators=items))
    paths = [
        Path.model_validate({"from": source, "to": target})
        for source, targets in ARROWS.items()
        for target in targets
    ]
    return ModelSpec(id="ecsi", constructs=tuple(constructs), paths=tuple(paths))


@pytest.fixture(scope="session")
def ecsi_moments(mobi: pd.DataFrame, ecsi: ModelSpec) -> Moments:
    values = mobi[list(ecsi.indicators)].to_numpy(dtype=float)
    return Moments(
        columns=ecsi.indicators,
        n=250,
        n_effective=250.0,
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )
