"""Tables too large for memory beside pandas: wall time and peak memory, a process each side.

``python -m benchmarks.run LARGE``. The data are written by a process of its own into a
temporary folder: answers 1..10 as 8-bit integers, 2 % missing in half of the columns. Times
are of the work alone, after imports; peak memory is the kernel's figure for the process.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

CASES = {
    "LARGE: CSV 1,000,000 x 60 to moments": ("csv", 1_000_000, 60),
    "LARGE: Parquet 10,000,000 x 24 to moments": ("parquet", 10_000_000, 24),
}
PEAK_BARS = {"csv": 300, "parquet": 1024}
"""MB that our side may take."""
PART_ROWS = 500_000


def write(path: Path, rows: int, columns: int) -> None:
    """Write the answers, part by part."""
    import pyarrow as pa
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    rng = np.random.default_rng(20261124)
    schema = pa.schema([(f"q{j + 1}", pa.uint8()) for j in range(columns)])
    writer = (
        csv.CSVWriter(path, schema) if path.suffix == ".csv" else pq.ParquetWriter(path, schema)
    )
    with writer:
        for _part in range(rows // PART_ROWS):
            common = rng.integers(1, 6, PART_ROWS, dtype=np.uint8)
            answers = [
                common + rng.integers(0, 6, PART_ROWS, dtype=np.uint8) for _ in range(columns)
            ]
            gaps = [rng.random(PART_ROWS) < 0.02 if j % 2 else None for j in range(columns)]
            arrays = [pa.array(a, mask=g) for a, g in zip(answers, gaps, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))


def ours(path: Path, columns: int) -> dict[str, Any]:
    """`moments` as a user calls it."""
    import survey_engine as se

    names = [f"q{j + 1}" for j in range(columns)]
    found = se.moments(path, names, scale=(1, 10)).moments
    return {"n": found.n, "covariance": float(found.covariance_unbiased[0, 1])}


def pandas(path: Path) -> dict[str, Any]:
    """`read_csv` or `read_parquet`, `dropna`, `cov`."""
    import pandas as pd

    frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    complete = frame.dropna()
    return {"n": len(complete), "covariance": float(complete.cov().iloc[0, 1])}


def main(task: str, file: str, columns: str, rows: str) -> None:
    """One task in this process; prints seconds and what was computed."""
    path = Path(file)
    if task == "write":
        write(path, int(rows), int(columns))
        return
    import pandas as pd  # noqa: F401
    import pyarrow.csv
    import pyarrow.parquet  # noqa: F401

    import survey_engine.workflows.large_study  # noqa: F401

    start, before = time.perf_counter(), time.process_time()
    detail = ours(path, int(columns)) if task == "survey_engine" else pandas(path)
    wall, cpu = time.perf_counter() - start, time.process_time() - before
    versions = {
        name: importlib.metadata.version(name) for name in ("numpy", "pandas", "pyarrow")
    }
    print(json.dumps({"wall": wall, "cpu": cpu, "detail": detail, "versions": versions}))


def measured(arguments: list[str], environment: dict[str, str]) -> tuple[str, float]:
    """Standard output and peak memory in MB of one process."""
    reading, writing = os.pipe()
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "benchmarks.large", *arguments],
        environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_CLOSE, reading)],
    )
    os.close(writing)
    with os.fdopen(reading) as stream:
        told = stream.read()
    _pid, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(f"benchmarks.large {' '.join(arguments)} failed")
    return told, usage.ru_maxrss / 1024


def run_large(
    folder: Path, wanted: str, environment: dict[str, str]
) -> dict[str, dict[str, Any]]:
    """Both sides of the cases that are wanted."""
    figures: dict[str, dict[str, Any]] = {}
    for name, (ending, rows, columns) in CASES.items():
        if wanted not in name:
            continue
        path = folder / f"answers.{ending}"
        measured(["write", str(path), str(columns), str(rows)], environment)
        for side in ("survey_engine", "pandas"):
            told, peak = measured([side, str(path), str(columns), str(rows)], environment)
            figure = json.loads(told)
            figure["detail"]["wall"] = round(figure["wall"], 3)
            figures[f"{name} | {side}"] = {**figure, "peak_mb": peak}
        path.unlink()
    return figures


def large_verdicts(figures: dict[str, dict[str, Any]]) -> list[tuple[str, bool]]:
    """Bars of wall time and peak memory beside what was measured."""
    found: list[tuple[str, bool]] = []
    for name, (ending, _rows, _columns) in CASES.items():
        us, peer = figures.get(f"{name} | survey_engine"), figures.get(f"{name} | pandas")
        if us is None or peer is None:
            continue
        bar = 1 if ending == "csv" else 4
        ratio = peer["wall"] / us["wall"]
        found.append((f"{name}: {ratio:.2f} x pandas, wall (bar {bar} x)", ratio >= bar))
        limit = PEAK_BARS[ending]
        if ending == "csv":
            limit = min(limit, peer["peak_mb"] / 3)
        peak = us["peak_mb"]
        found.append((f"{name}: peak {peak:.0f} MB (bar {limit:.0f} MB)", peak <= limit))
        same = us["detail"]["n"] == peer["detail"]["n"]
        close = abs(us["detail"]["covariance"] / peer["detail"]["covariance"] - 1) < 1e-9
        found.append((f"{name}: the same rows and covariance", same and close))
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
