"""Files are written whole or not at all: temporary file, fsync, rename, fsync folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from survey_engine.errors import EnvironmentProblem, Where, diagnostic


def write_atomically(path: Path, content: bytes) -> Path:
    """Put `content` at `path`; an older file stays until the new one is complete.

    Raises
    ------
    EnvironmentProblem
        ``OUTPUT_NOT_WRITABLE``; the older file is then unchanged.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise EnvironmentProblem(
            diagnostic("OUTPUT_NOT_WRITABLE", where=Where(file=str(path)), reason=reason)
        ) from problem
    return path


def _write(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for the owner only; a report is an ordinary file.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _fsync_folder(path.parent)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _fsync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # Windows cannot open folders
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
