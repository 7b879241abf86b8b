"""Names of the treatments of missing answers.

Nothing else is imported, so that a help page need not wait for the engine.
"""

from __future__ import annotations

from typing import Literal, get_args

Missing = Literal[
    "listwise",
    "mean",
    "pairwise",
    "em",
    "regression",
    "fiml",
    "two-stage",
    "robust-two-stage",
    "mi",
]
MISSING: tuple[str, ...] = get_args(Missing)
