"""The reading process: takes one file after the other, each in a child with limits.

Run as a script, never imported by the engine. It reads one JSON request a line from
standard input, forks where the system can, and answers with one JSON line: how the child
ended. The child writes the cells of the file, and nothing else, to the file it is told.
"""

from __future__ import annotations

import importlib.abc
import json
import os
import signal
import sys
import time
from typing import Any


class _NoPandas(importlib.abc.MetaPathFinder):
    """Pandas is absent in this process."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)


def main(root: str) -> None:
    """Serve requests until standard input closes."""
    sys.path.insert(0, root)
    # pyarrow would import pandas, which nobody needs here, in each child anew.
    sys.meta_path.insert(0, _NoPandas())
    limited = hasattr(os, "fork")
    _preload("text")
    _say({"ready": True, "limited": limited})
    for line in sys.stdin:
        request = json.loads(line)
        _preload(request["kind"])
        if limited:
            _say(_in_child(request))
        else:
            _read(request)
            _say({"status": 0})


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _preload(kind: str) -> None:
    """Libraries a kind of file needs, loaded once and inherited by every child."""
    import pyarrow

    import survey_engine.readers.containers
    import survey_engine.readers.transfer  # noqa: F401

    if kind == "workbook":
        import openpyxl  # noqa: F401
    elif kind == "statistics":
        import pyreadstat  # noqa: F401
    elif kind == "parquet":
        import pyarrow.parquet  # noqa: F401


def _in_child(request: dict[str, Any]) -> dict[str, Any]:
    child = os.fork()
    if child == 0:
        status = 70
        try:
            _limit(request)
            _read(request)
            status = 0
        except MemoryError:
            status = 71
        except RecursionError:
            status = 72
        except BaseException as problem:  # noqa: BLE001  the parent is told, in one word
            os.write(2, f"{type(problem).__name__}\n".encode())
        finally:
            os._exit(status)
    return _waited(child, request["seconds"])


def _waited(child: int, seconds: float) -> dict[str, Any]:
    """How the child ended; killed when it takes too long by the clock on the wall."""
    until = time.monotonic() + seconds
    pause = 0.0005
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return {"status": os.waitstatus_to_exitcode(status)}
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return {"status": "timeout"}
        time.sleep(pause)
        pause = min(0.05, pause * 1.3)


def _limit(request: dict[str, Any]) -> None:
    """Memory, processor seconds, file size; no core dump, no speech."""
    import resource

    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    for name, value in (
        ("RLIMIT_AS", request["memory"]),
        ("RLIMIT_CPU", int(request["seconds"])),
        ("RLIMIT_FSIZE", request["size"]),
        ("RLIMIT_CORE", 0),
    ):
        limit = getattr(resource, name, None)
        if limit is not None:
            resource.setrlimit(limit, (value, value))


def _read(request: dict[str, Any]) -> None:
    from survey_engine.errors import ResponseError
    from survey_engine.readers.containers import parse
    from survey_engine.readers.source import SourceFile
    from survey_engine.readers.transfer import packed, packed_refusal

    with open(request["path"], "rb") as file:
        content = file.read()
    source = SourceFile(name=request["name"], content=content, sha256=request["sha256"])
    try:
        data = packed(parse(source, sheet=request["sheet"]))
    except ResponseError as problem:
        data = packed_refusal(problem)
    with open(request["out"], "wb") as file:
        file.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
