"""Run every case, one process each, one BLAS thread; print CPU seconds and ratios.

``python -m benchmarks.run [FILTER]``. Where R or a peer is absent the line says "not run"
and no ratio is claimed. Bars are in BARS; the exit code is 1 when one is missed.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.cases import CASES, MODEL, simulated
from benchmarks.large import large_verdicts, run_large
from benchmarks.million_cases import ML_MILLION, PLS_MILLION
from benchmarks.missing_cases import with_gaps
from benchmarks.pls_cases import GROUPS, TEN_THOUSAND

ENVIRONMENT = {
    **os.environ,
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
SECONDS_BARS = {
    "command: survey-engine --help": 0.3,
    "command: import survey_engine": 0.6,
    "command: fit -e pls on mobi, no resamples": 1.2,
    "5,000 PLS resamples, n = 250, all tables of the report": 0.6,
    TEN_THOUSAND: 1.5,
    GROUPS: 5.0,
    PLS_MILLION: 0.3,
    ML_MILLION: 0.3,
}
RATIO_BARS = {
    ("5,000 PLS resamples, n = 250, all tables of the report", "seminr-py"): 100,
    ("5,000 PLS resamples, n = 10,000, all tables of the report", "seminr-py"): 100,
    ("ML fit with all measures, ECSI n = 1,000", "semopy"): 8,
    ("ML fit with all measures, ECSI n = 1,000", "lavaan"): 15,
    ("5,000 CB-SEM resamples, ECSI n = 1,000", "lavaan"): 40,
    ("FIML with all measures, ECSI 10 % missing n = 1,000", "lavaan"): 20,
    ("FIML with all measures, ECSI 10 % missing n = 10,000", "lavaan"): 20,
}


def child_cpu(command: list[str]) -> float:
    """CPU seconds (user and system) of one child process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def commands(folder: Path) -> dict[str, dict[str, Any]]:
    """The three start-up figures: median of five processes, caches warm."""
    from benchmarks.cases import mobi

    export = folder / "mobi.csv"
    mobi().to_csv(export, index=False)
    engine = [sys.executable, "-m", "survey_engine"]
    lines = {
        "command: survey-engine --help": [*engine, "--help"],
        "command: import survey_engine": [sys.executable, "-c", "import survey_engine"],
        "command: fit -e pls on mobi, no resamples": [
            *engine, "fit", str(export), "-m", "ecsi", "-i", "ecsi", "-e", "pls",
            "--resamples", "0", "--json", str(folder / "fit.json"),
        ],
    }  # fmt: skip
    figures: dict[str, dict[str, Any]] = {}
    for name, command in lines.items():
        child_cpu(command)
        seconds = statistics.median(child_cpu(command) for _ in range(5))
        figures[f"{name} | survey_engine"] = {"cpu": seconds}
    return figures


def python_case(name: str) -> dict[str, Any]:
    """One case of `benchmarks.cases` in its own process."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.cases", name],
        env=ENVIRONMENT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return {"not_run": (done.stderr.strip().splitlines() or ["failed"])[-1]}
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def lavaan_cases(folder: Path, wanted: str) -> dict[str, dict[str, Any]]:
    """lavaan's cases that are wanted, or the reason why they were not run."""
    fiml = "FIML with all measures, ECSI 10 % missing n = "
    cases = {
        "ML fit with all measures, ECSI n = 1,000": ("fit", lambda: simulated(1000)),
        "5,000 CB-SEM resamples, ECSI n = 1,000": ("boot", lambda: simulated(1000)),
        f"{fiml}1,000": ("fiml", lambda: with_gaps(1000)),
        f"{fiml}10,000": ("fiml", lambda: with_gaps(10_000)),
    }
    figures: dict[str, dict[str, Any]] = {}
    for name, (case, data) in cases.items():
        if wanted and wanted not in f"{name} | lavaan":
            continue
        if shutil.which("Rscript") is None:
            figures[f"{name} | lavaan"] = {"not_run": "R is not installed"}
            continue
        data().to_csv(folder / "simulated.csv", index=False)
        (folder / "model.txt").write_text(MODEL + "\n", encoding="utf-8")
        done = subprocess.run(
            ["Rscript", str(Path(__file__).parent / "lavaan_cases.R"),
             str(folder / "simulated.csv"), str(folder / "model.txt"), case],
            env=ENVIRONMENT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        figures[f"{name} | lavaan"] = (
            json.loads(done.stdout.strip().splitlines()[-1])
            if done.returncode == 0
            else {"not_run": "lavaan is not installed for R"}
        )
    return figures


def verdicts(figures: dict[str, dict[str, Any]]) -> list[tuple[str, bool]]:
    """Each bar beside what was measured; bars without a peer's figure are left out."""
    found = []
    for name, bar in SECONDS_BARS.items():
        cpu = figures.get(f"{name} | survey_engine", {}).get("cpu")
        if cpu is not None:
            found.append((f"{name}: {cpu:.3f} s (bar {bar} s)", cpu <= bar))
    for (name, peer), bar in RATIO_BARS.items():
        ours = figures.get(f"{name} | survey_engine", {}).get("cpu")
        theirs = figures.get(f"{name} | {peer}", {}).get("cpu")
        if ours and theirs:
            ratio = theirs / ours
            found.append((f"{name}: {ratio:.1f} x {peer} (bar {bar} x)", ratio >= bar))
    return found


def main() -> int:
    """Run, print a table, print the bars; 1 when one is missed."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    figures: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not wanted or wanted in "command":
            figures |= commands(folder)
        for case in CASES:
            if wanted in case:
                figures[case] = python_case(case)
        figures |= lavaan_cases(folder, wanted)
        figures |= run_large(folder, wanted, ENVIRONMENT)
    for case in sorted(figures):
        figure = figures[case]
        if "not_run" in figure:
            print(f"{case:85s} not run: {figure['not_run']}")
            continue
        peak = f"{figure['peak_mb']:8.0f} MB" if "peak_mb" in figure else ""
        print(f"{case:85s} {figure['cpu']:10.4f} s {peak} {figure.get('detail', '')}")
    seen = {k: v for f in figures.values() for k, v in f.get("versions", {}).items()}
    print("versions:", json.dumps({"python": sys.version.split()[0], **seen}))
    outcome = [*verdicts(figures), *large_verdicts(figures)]
    for text, passed in outcome:
        print("PASS" if passed else "MISS", text)
    return 0 if all(passed for _, passed in outcome) else 1


if __name__ == "__main__":
    raise SystemExit(main())
