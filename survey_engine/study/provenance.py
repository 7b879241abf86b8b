"""How a result was made: versions, hashes, settings, seed."""

from __future__ import annotations

import platform
from functools import cache
from importlib import metadata
from typing import Any

from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.result import Provenance, StudySpec

PACKAGES = (
    "factor_analyzer",
    "numpy",
    "pandas",
    "scikit-learn",
    "scipy",
    "semopy",
    "statsmodels",
)
"""Packages whose version can change a number."""


def package_versions() -> dict[str, str]:
    """Installed versions of `PACKAGES`; those absent are left out."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = _version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


@cache
def _version(name: str) -> str:
    """Version of an installed package; a look-up reads its files, so only once."""
    return metadata.version(name)


def engine_version() -> str:
    """Version of survey_engine."""
    try:
        return _version("survey_engine")
    except metadata.PackageNotFoundError:  # a checkout that is not installed
        return "0+unknown"


def provenance_of(
    data: SurveyData,
    model: ModelSpec,
    spec: StudySpec,
    *,
    settings: dict[str, Any],
    created: str | None,
) -> Provenance:
    """Collect the provenance of a run.

    Who does the work is no setting: it never changes a digit.
    """
    asked = spec.model_dump(mode="json", exclude={"workers", "executor"})
    instrument = data.instrument
    return Provenance(
        engine_version=engine_version(),
        packages=package_versions(),
        python=platform.python_version(),
        data_sha256=data.sha256,
        instrument=None if instrument is None else f"{instrument.id} {instrument.version}",
        model=f"{model.id} {model.version}",
        settings={**asked, **settings},
        seed=spec.seed,
        created=created,
    )
