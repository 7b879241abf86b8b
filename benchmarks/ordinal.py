"""WLSMV of 24 five-point items beside lavaan: ``python -m benchmarks.ordinal [N ...]``.

Each fit runs in a process of its own with one BLAS thread: answers in, thresholds,
polychoric correlations with their asymptotic covariance, estimates, sandwich errors, scaled
and shifted test, every fit measure out. CPU seconds, peak memory of the process and the
statistics are printed; where R or lavaan is absent the line says "not run". At n = 100,000
the exit code is 1 when a bar is missed: 20 times lavaan's speed, 500 MB.
"""

from __future__ import annotations

import importlib.metadata
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import MODEL, simulated
from benchmarks.run import ENVIRONMENT

SIZES = (1_000, 10_000, 100_000)
BAR_N, BAR_RATIO, BAR_MB = 100_000, 20.0, 500.0


def five_points(n: int) -> Any:
    """ECSI answers on five points, seeded; complaints measured by one of them."""
    frame = simulated(n)
    cuts = [-1.5, -0.6, 0.3, 1.2]
    return ((frame - frame.mean()) / frame.std()).apply(lambda x: np.searchsorted(cuts, x) + 1)


def model(frame: Any) -> str:
    """A correlated-factors model of the 24 items: identified in both programs."""
    lines = [line for line in MODEL.splitlines() if "=~" in line and "Complaints" not in line]
    assert "CUSCO" in frame.columns
    return "\n".join(lines).replace("CUSA3", "CUSA3 + CUSCO")


def ours(n: int) -> dict[str, Any]:
    """Fit in this process and measure it."""
    from threadpoolctl import threadpool_limits

    from survey_engine.assessment.fit_measures import fit_measures
    from survey_engine.estimation.cbsem.estimator import CbSemEstimator
    from survey_engine.responses.reduce_ordinal import reduce_ordinal
    from survey_engine.responses.survey_data import DataQuality, SurveyData
    from survey_engine.spec.parse import parse_model

    frame = five_points(n)
    spec = parse_model(model(frame), file="items.txt")
    data = SurveyData(
        columns=tuple(frame.columns),
        values=frame.to_numpy(dtype=float),
        status=np.zeros(frame.shape, dtype=np.int8),
        ranges={},
        extra=frame.iloc[:, :0],
        quality=DataQuality(n_read=n, n_kept=n),
        source="simulated",
        platform="csv",
        sha256="",
    )
    with threadpool_limits(1):
        start = time.process_time()
        moments = reduce_ordinal(data, spec.indicators).moments
        fit = CbSemEstimator(method="wlsmv").fit(spec, moments)
        measures = fit_measures(fit)
        seconds = time.process_time() - start
    return {
        "cpu": seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "chisq_scaled": measures["chisq_scaled"],
        "df": fit.df,
        "versions": {p: importlib.metadata.version(p) for p in ("numpy", "scipy")},
    }


def lavaan(n: int, folder: Path) -> dict[str, Any]:
    """The same fit by lavaan, or why it was not run."""
    if shutil.which("Rscript") is None:
        return {"not_run": "R is not installed"}
    frame = five_points(n)
    frame.to_csv(folder / "answers.csv", index=False)
    (folder / "model.txt").write_text(model(frame) + "\n", encoding="utf-8")
    done = subprocess.run(
        ["Rscript", str(Path(__file__).parent / "lavaan_ordinal.R"),
         str(folder / "answers.csv"), str(folder / "model.txt")],
        env=ENVIRONMENT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return {"not_run": "lavaan is not installed for R"}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def child(n: int) -> dict[str, Any]:
    """`ours` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.ordinal", "--one", str(n)],
        env=ENVIRONMENT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def line(name: str, n: int, figures: dict[str, Any]) -> str:
    """One row of the table."""
    if "not_run" in figures:
        return f"WLSMV, 24 items, n = {n:>7,} | {name:<14} not run: {figures['not_run']}"
    peak = figures["peak_mb"]
    return (
        f"WLSMV, 24 items, n = {n:>7,} | {name:<14} {figures['cpu']:8.3f} s  {peak:7.0f} MB"
        f"  chisq_scaled {figures['chisq_scaled']:.4f} on {figures['df']} df  "
        f"{figures['versions']}"
    )


def main(sizes: tuple[int, ...]) -> int:
    """Print both programs' figures by size; 1 when a bar is missed."""
    missed = 0
    for n in sizes:
        mine = child(n)
        print(line("survey_engine", n, mine))
        with tempfile.TemporaryDirectory() as folder:
            theirs = lavaan(n, Path(folder))
        print(line("lavaan", n, theirs))
        if "not_run" not in theirs:
            ratio = theirs["cpu"] / mine["cpu"]
            print(f"  {ratio:.1f} times (bar {BAR_RATIO:g} at n = {BAR_N:,})")
            missed += n == BAR_N and ratio < BAR_RATIO
        missed += n == BAR_N and mine["peak_mb"] > BAR_MB
    return int(missed > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(ours(int(sys.argv[2]))))
    else:
        sys.exit(main(tuple(map(int, sys.argv[1:])) or SIZES))
