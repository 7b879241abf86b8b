"""Moments of frames and matrices, for CB-SEM tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from survey_engine.numerics.moments import Array, Moments
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model


@pytest.fixture(scope="session")
def ecsi(repository: Path) -> ModelSpec:
    path = repository / "models" / "ecsi.yaml"
    return parse_model(path.read_text(encoding="utf-8"), file=str(path))


@pytest.fixture(scope="session")
def as_moments() -> Callable[[tuple[str, ...], Array, int], Moments]:
    def build(columns: tuple[str, ...], covariance: Array, n: int) -> Moments:
        return Moments(
            columns=columns,
            n=n,
            n_effective=float(n),
            mean=np.zeros(len(columns)),
            covariance=covariance,
        )

    return build
