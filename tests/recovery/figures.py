"""Where the figures of a study go: one JSON file a cell, read by docs/write_validation.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "recovery-out"


def keep(study: str, cell: str, summary: dict[str, Any]) -> None:
    """Write a cell's figures."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{study}-{cell}.json"
    path.write_text(json.dumps({"study": study, "cell": cell, **summary}, indent=1))
