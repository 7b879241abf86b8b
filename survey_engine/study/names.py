"""Names of the estimators: what `StudySpec` takes and the command line offers.

Nothing else is imported, so that a help page need not wait for the engine.
"""

from __future__ import annotations

from typing import Literal, get_args

EstimatorName = Literal[
    "pls",
    "plsc",
    "gsca",
    "sum",
    "ml",
    "mlr",
    "mlm",
    "mlmv",
    "gls",
    "uls",
    "ulsmv",
    "wls",
    "dwls",
    "wlsm",
    "wlsmv",
]
ESTIMATORS: tuple[str, ...] = get_args(EstimatorName)
COVARIANCE_BASED = ESTIMATORS[ESTIMATORS.index("ml") :]
