"""Any export to `RawResponses`, recognised by its content.

`containers` turns bytes into cells (in a limited process of its own where that matters),
`layouts` finds the survey tool that wrote them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from survey_engine.readers.read import read_bytes, read_file

__all__ = ["read_bytes", "read_file"]


def __getattr__(name: str) -> Any:
    """Import on first use: the reading process needs `containers` only."""
    if name in __all__:
        from survey_engine.readers import read

        return getattr(read, name)
    raise AttributeError(name)
