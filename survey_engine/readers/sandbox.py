"""Foreign files are read in a process that may die instead of us.

One reading process serves the whole life of the program: it holds the libraries and
forks a child for each file, so that limits cost milliseconds, not half a second.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import struct
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from survey_engine.errors import Where, diagnostic
from survey_engine.readers import containers
from survey_engine.readers.content import Content
from survey_engine.readers.source import SourceFile
from survey_engine.readers.transfer import unpacked

_SERVER = Path(__file__).with_name("server.py")
_ROOT = Path(__file__).parents[2]
_START_SECONDS = 60
# Text is split by the standard library alone: small files cost less here than there.
SMALL_TEXT = 8 * 2**20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one file may take: bytes of address space, seconds, bytes written."""

    memory: int = 3 * 2**30
    seconds: int = 120
    size: int = 4 * 2**30


LIMITS = Limits()


def parse(source: SourceFile, *, sheet: str | None = None, limits: Limits = LIMITS) -> Content:
    """Cells of a file, read under limits; small text is read at once.

    Raises
    ------
    ResponseError
        What the container refuses; READER_CRASHED if the reading process died, took too
        long or ran out of memory.
    """
    kind = containers.kind_of(source)
    if kind == "text" and len(source.content) <= SMALL_TEXT:
        return containers.parse(source, sheet=sheet)
    return _SHARED.read(source, kind, sheet, limits)


class ReadingProcess:
    """The parent's end of the reading process; started when first needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._lock = threading.Lock()
        self._limited = True

    def read(self, source: SourceFile, kind: str, sheet: str | None, limits: Limits) -> Content:
        """One file; raises ResponseError."""
        with self._lock, tempfile.TemporaryDirectory(prefix="survey-engine-") as folder:
            path, out = Path(folder) / "upload", Path(folder) / "cells"
            path.write_bytes(source.content)
            request = {
                "kind": kind,
                "path": str(path),
                "out": str(out),
                "name": source.name,
                "sha256": source.sha256,
                "sheet": sheet,
                "memory": limits.memory,
                "seconds": limits.seconds,
                "size": limits.size,
            }
            status = self._asked(request, limits.seconds)
            if status != 0:
                raise source.refuse("READER_CRASHED", reason=_said(status))
            try:
                content = unpacked(out.read_bytes())
            except (OSError, ValueError, KeyError, TypeError, struct.error) as problem:
                raise source.refuse("READER_CRASHED", reason="no cells") from problem
        if self._limited:
            return content
        told = diagnostic("READING_UNLIMITED", where=Where(file=source.name))
        return replace(content, notes=(*content.notes, told))

    def stop(self) -> None:
        """End the process; the next file starts a new one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    def _asked(self, request: dict[str, Any], seconds: int) -> Any:
        """How the child ended: 0, an exit code, a negative signal, or a word."""
        for attempt in range(2):
            process = self._started()
            if process is None or process.stdin is None:
                return "not started"
            try:
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
                answer = self._answers.get(timeout=seconds + 10)
                return json.loads(answer)["status"]
            except (OSError, ValueError, KeyError):
                # Killed from outside between two files: once more with a new one.
                self.stop()
                if attempt or not hasattr(os, "fork"):
                    return "died"
            except queue.Empty:
                self.stop()
                return "timeout"
        return "died"

    def _started(self) -> subprocess.Popen[bytes] | None:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.stop()
        # -I: no user site, no environment, no current folder on the import path; and no
        # secrets of ours in the environment.
        kept = ("SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG")
        environment = {k: v for k, v in os.environ.items() if k in kept}
        environment |= {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
        self._process = subprocess.Popen(  # noqa: S603  our own script, no shell
            [sys.executable, "-I", str(_SERVER), str(_ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._answers = queue.Queue()
        assert self._process.stdout is not None  # noqa: S101  asked for above
        threading.Thread(
            target=_listen, args=(self._process.stdout, self._answers), daemon=True
        ).start()
        try:
            ready = json.loads(self._answers.get(timeout=_START_SECONDS))
        except (queue.Empty, ValueError):
            self.stop()
            return None
        self._limited = bool(ready["limited"])
        return self._process


def _listen(stream: IO[bytes], answers: queue.Queue[bytes]) -> None:
    """Lines of the reading process; an empty one when it has ended."""
    try:
        for line in stream:
            answers.put(line)
    except ValueError:
        pass
    answers.put(b"")


def _said(status: object) -> str:
    """The end of a child in a word or two."""
    words = {71: "memory", 72: "nesting", 70: "unexpected content"}
    if isinstance(status, int):
        return words.get(status, f"signal {-status}" if status < 0 else f"exit {status}")
    return str(status)


_SHARED = ReadingProcess()
atexit.register(_SHARED.stop)
