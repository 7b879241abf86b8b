"""One bootstrap, bit for bit the same on every executor and after a worker was killed."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from survey_engine.errors import EnvironmentProblem
from survey_engine.estimation.bootstrap import bootstrap
from survey_engine.estimation.outcomes import BatchOutcome
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.execution import executed_by, map_tasks
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.spec.parse import parse_model

MODEL = "A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A"
REQUESTED, SEED = 4_000, 7


class Fits:
    """Picklable: the PLS paths, weights and loadings of a chunk of resamples."""

    def __init__(self) -> None:
        self.spec = parse_model(MODEL, file="m.txt")

    def __call__(self, mean: Array, covariance: Array, n: int) -> BatchOutcome:
        batch = PlsEstimator().fit_batch(self.spec, covariance, n=n)
        values = {
            "weights": batch.weights,
            "loadings": batch.loadings,
            "paths": batch.paths,
            "mean": mean,
        }
        return BatchOutcome(values=values, reason=batch.reason, reasons=batch.reasons)


@pytest.fixture(scope="module")
def rows() -> ArrayRows:
    rng = np.random.default_rng(3)
    common = rng.standard_normal((400, 1))
    values = np.round(5 + 1.5 * common + rng.standard_normal((400, 5))).clip(1, 10)
    return ArrayRows(columns=("a1", "a2", "a3", "b1", "b2"), values=values)


def digest(rows: ArrayRows, **how: Any) -> str:
    found = bootstrap(rows, Fits(), requested=REQUESTED, seed=SEED, **how)
    assert found.usable == REQUESTED
    sha = hashlib.sha256()
    for name in sorted(found.draws):
        sha.update(np.ascontiguousarray(found.draws[name]).tobytes())
    return sha.hexdigest()


@pytest.fixture(scope="module")
def serial(rows: ArrayRows) -> str:
    return digest(rows)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            memory_limit=0,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def die_once(task: tuple[int, str]) -> int:
    """The third task ends its process the first time it is done."""
    number, mark = task
    if number == 2 and not os.path.exists(mark):
        with open(mark, "w"):
            pass
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def test_two_processes(rows: ArrayRows, serial: str) -> None:
    assert digest(rows, workers=2) == serial


def test_a_process_killed_mid_way_is_replaced(tmp_path: Any) -> None:
    tasks = [(number, str(tmp_path / "mark")) for number in range(6)]
    assert map_tasks(die_once, tasks, workers=2) == [0, 1, 4, 9, 16, 25]
    assert (tmp_path / "mark").exists(), "no process was killed"


def test_two_dask_workers(rows: ArrayRows, serial: str, client: Any) -> None:
    with executed_by("dask"):
        assert digest(rows, workers=2) == serial
    assert len(client.scheduler_info()["workers"]) == 2


def test_dask_after_a_worker_was_killed_mid_way(
    rows: ArrayRows, serial: str, client: Any
) -> None:
    killed: list[int] = []

    def kill_one(done: int, total: int) -> None:
        if done == 1 and not killed:
            pid = next(iter(client.run(os.getpid).values()))
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    with executed_by("dask"):
        assert digest(rows, workers=2, progress=kill_one) == serial
    assert len(killed) == 1


def test_without_distributed_dask_is_refused_by_name(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(EnvironmentProblem) as caught:
        map_tasks(abs, [1, 2], workers=2, executor="dask")
    assert [one.code for one in caught.value.diagnostics] == ["DASK_MISSING"]
