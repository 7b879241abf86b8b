"""What every reader gets: the bytes of a file, and what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from survey_engine.errors import CODES, Diagnostic, ResponseError, Where

MAX_COLUMNS = 20_000
MAX_CELLS = 50_000_000
MAX_COMPANION = 20 * 2**20


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A file as it came.

    Attributes
    ----------
    name : str
        File name without its folder.
    content : bytes
    sha256 : str
    folder : Path or None
        Where companions (a syntax file) may stand; None looks for none.
    """

    name: str
    content: bytes
    sha256: str
    folder: Path | None = None

    def companion(self, name: str) -> bytes | None:
        """A small file of that name in the same folder, or None."""
        if self.folder is None or Path(name).name != name:
            return None
        path = self.folder / name
        if not path.is_file() or path.stat().st_size > MAX_COMPANION:
            return None
        return path.read_bytes()

    def refuse(self, code: str, **parameters: object) -> ResponseError:
        """The error of this file, to be raised by the caller."""
        return ResponseError(
            Diagnostic(
                code=code,
                severity=CODES[code],
                where=Where(file=self.name),
                parameters=parameters,
            )
        )
