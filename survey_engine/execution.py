"""One `map_tasks` for everything that can be spread: serial, processes or Dask.

A task carries all it needs, its random seed included, so the results do not depend on
how many workers there are, which of them does what, or whether one of them dies: its
tasks are done again elsewhere with the same digits. Results come back in the order of
the tasks. Adding a way to execute: one function and one line in `EXECUTORS`.
"""

from __future__ import annotations

import multiprocessing
import pickle
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from threadpoolctl import threadpool_limits

from survey_engine.errors import EnvironmentProblem, diagnostic

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Progress = Callable[[int, int], None]
"""Called with (tasks done, tasks in all) after each task, in the calling process."""


class Executor(Protocol):
    """A way to run tasks: yields one answer per task, in order."""

    def __call__(
        self, function: Callable[[Any], Any], tasks: Sequence[Any], workers: int
    ) -> Iterator[Any]:
        """Yield ``function(task)`` for every task."""
        ...


def map_tasks(
    function: Callable[[Task], Answer],
    tasks: Sequence[Task],
    *,
    workers: int = 1,
    executor: str | None = None,
    progress: Progress | None = None,
) -> list[Answer]:
    """Apply `function` to every task, in order, with one BLAS thread each.

    Parameters
    ----------
    function : callable
        Picklable when processes are used; it is sent once to each worker.
    tasks : sequence
    workers : int
        1 runs here; more start that many processes (spawned, never forked: a forked
        BLAS or thread may hang).
    executor : str, optional
        A key of `EXECUTORS`; by default ``"serial"`` for one worker or one task, else
        ``"processes"``. ``"dask"`` uses the current `distributed.Client` where there
        is one, else a cluster of `workers` processes on this machine.
    progress : callable, optional
        Called with the numbers of finished and of all tasks.

    Returns
    -------
    list
        Answers in the order of `tasks`.

    Raises
    ------
    SurveyEngineError
        As raised by `function`, also out of another process.
    EnvironmentProblem
        WORKER_LOST if workers die `ATTEMPTS` times in a row without finishing a task;
        DASK_MISSING if the package `distributed` is asked for and not installed.
    ValueError
        If `workers` is below 1 or `executor` is unknown.
    """
    if workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    usual = "serial" if workers == 1 or len(tasks) < 2 else "processes"
    name = executor or _CHOSEN.get() or usual
    if name not in EXECUTORS:
        raise ValueError(f"unknown executor {name!r}; known: {', '.join(EXECUTORS)}")
    answers: list[Answer] = []
    for answer in EXECUTORS[name](function, tasks, workers):
        answers.append(answer)
        if progress is not None:
            progress(len(answers), len(tasks))
    return answers


_CHOSEN: ContextVar[str | None] = ContextVar("executor", default=None)


@contextmanager
def executed_by(executor: str | None) -> Iterator[None]:
    """Inside, `map_tasks` uses this executor unless its call names one; None: no say."""
    token = _CHOSEN.set(executor)
    try:
        yield
    finally:
        _CHOSEN.reset(token)


def _serial(
    function: Callable[[Any], Any], tasks: Sequence[Any], workers: int
) -> Iterator[Any]:
    del workers  # one, by definition
    with threadpool_limits(limits=1, user_api="blas"):
        for task in tasks:
            yield function(task)


def _processes(
    function: Callable[[Any], Any], tasks: Sequence[Any], workers: int
) -> Iterator[Any]:
    done, lost = 0, 0
    while done < len(tasks):
        pool = ProcessPoolExecutor(
            max_workers=min(workers, len(tasks) - done),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(function,),
        )
        try:
            for answer in pool.map(_run_task, tasks[done:]):
                done, lost = done + 1, 0
                yield answer
        except BrokenProcessPool as error:
            lost += 1
            if lost == ATTEMPTS:
                raise _worker_lost(workers, tasks) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _worker_lost(workers: int, tasks: Sequence[Any]) -> EnvironmentProblem:
    return EnvironmentProblem(diagnostic("WORKER_LOST", workers=workers, tasks=len(tasks)))


_WORKER: dict[str, Callable[[Any], Any]] = {}


def _start_worker(function: Callable[[Any], Any]) -> None:
    """Keep the function in this worker: it may carry all rows, so it travels once."""
    threadpool_limits(limits=1, user_api="blas")
    _WORKER["function"] = function


def _run_task(task: Any) -> Any:
    return _WORKER["function"](task)


def _dask(function: Callable[[Any], Any], tasks: Sequence[Any], workers: int) -> Iterator[Any]:
    try:
        from distributed import KilledWorker
    except ImportError as error:
        raise EnvironmentProblem(diagnostic("DASK_MISSING")) from error

    with _client(min(workers, max(len(tasks), 1))) as client, warnings.catch_warnings():
        # The function may carry all rows: its size is known and wanted.
        warnings.filterwarnings("ignore", message="Sending large graph")
        # Held as a task of its own, so that it can be made again when a worker dies.
        held = client.submit(pickle.loads, pickle.dumps(function), pure=False)
        futures = [client.submit(_run_held, held, task, pure=False) for task in tasks]
        try:
            for future in futures:
                yield future.result()
        except KilledWorker as error:
            raise _worker_lost(workers, tasks) from error
        finally:
            client.cancel(futures)


@contextmanager
def _client(workers: int) -> Iterator[Any]:
    """The current Dask client, left as it is, or one with a cluster on this machine."""
    import distributed

    untyped: Any = distributed
    try:
        current = untyped.get_client()
    except ValueError:
        current = None
    if current is not None:
        yield current
        return
    settings: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1}
    settings |= {"processes": True, "dashboard_address": None, "memory_limit": 0}
    with untyped.LocalCluster(**settings) as cluster, untyped.Client(cluster) as client:
        yield client


def _run_held(function: Callable[[Any], Any], task: Any) -> Any:
    with threadpool_limits(limits=1, user_api="blas"):
        return function(task)


EXECUTORS: Mapping[str, Executor] = MappingProxyType(
    {"serial": _serial, "processes": _processes, "dask": _dask}
)
ATTEMPTS = 3
"""Losses in a row, without a task finished between them, after which work is given up."""
