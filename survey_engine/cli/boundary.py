"""The last resort: whatever happens, the user reads a diagnostic and never a traceback."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from survey_engine.cli.console import Console
from survey_engine.errors import (
    Diagnostic,
    EnvironmentProblem,
    SurveyEngineError,
    UsageProblem,
    diagnostic,
)


def guarded(console: Console, command: Callable[[], int]) -> int:
    """Run a command; turn every exception into diagnostics, JSON and an exit code."""
    try:
        return command()
    except UsageProblem as problem:
        return _end(console, problem.diagnostics, 2)
    except SurveyEngineError as problem:
        return _end(console, problem.diagnostics, 1)
    except KeyboardInterrupt:
        return _end(console, (diagnostic("INTERRUPTED"),), 1)
    except BrokenPipeError:
        # Whoever read our output (``| head``) has seen enough; nothing can be said to them.
        _silence_standard_streams()
        return 0
    # The boundary of the program: a bug must reach the user as a reference to report.
    except Exception as problem:  # noqa: BLE001
        return _end(console, (_internal_error(problem),), 1)


def _silence_standard_streams() -> None:
    """Send what is still buffered nowhere, so that closing does not fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())


def _end(console: Console, found: tuple[Diagnostic, ...], code: int) -> int:
    console.diagnostics(found)
    try:
        console.write_json({"index": None, "diagnostics": console.describe(found)})
    except EnvironmentProblem as problem:
        console.diagnostics(problem.diagnostics)
    return code


def _internal_error(problem: Exception) -> Diagnostic:
    """The diagnostic of a bug, after writing where the program stopped.

    The log holds files, lines and the kind of exception only: the text of an
    exception may quote answers.
    """
    frames = traceback.extract_tb(problem.__traceback__)
    lines = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    text = "\n".join([*lines, type(problem).__qualname__]) + "\n"
    reference = hashlib.sha256(text.encode()).hexdigest()[:10]
    path = Path(tempfile.gettempdir()) / f"survey-engine-crash-{reference}.log"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        return diagnostic("INTERNAL_ERROR", reference=reference, log=None)
    return diagnostic("INTERNAL_ERROR", reference=reference, log=str(path))
