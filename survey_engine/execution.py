"""One `map_tasks` for everything that can be spread: serial or processes.

A task carries all it needs, its random seed included, so the results do not depend on
how many workers there are or which of them does what. Results come back in the order of
the tasks. Adding a way to execute: one function and one line in `EXECUTORS`.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
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
        ``"processes"``.
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
        WORKER_LOST if a worker process dies.
    ValueError
        If `workers` is below 1 or `executor` is unknown.
    """
    if workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    name = executor or ("serial" if workers == 1 or len(tasks) < 2 else "processes")
    if name not in EXECUTORS:
        raise ValueError(f"unknown executor {name!r}; known: {', '.join(EXECUTORS)}")
    answers: list[Answer] = []
    for answer in EXECUTORS[name](function, tasks, workers):
        answers.append(answer)
        if progress is not None:
            progress(len(answers), len(tasks))
    return answers


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
    pool = ProcessPoolExecutor(
        max_workers=min(workers, len(tasks)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(function,),
    )
    try:
        yield from pool.map(_run_task, tasks)
    except BrokenProcessPool as error:
        problem = diagnostic("WORKER_LOST", workers=workers, tasks=len(tasks))
        raise EnvironmentProblem(problem) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_WORKER: dict[str, Callable[[Any], Any]] = {}


def _start_worker(function: Callable[[Any], Any]) -> None:
    """Keep the function in this worker: it may carry all rows, so it travels once."""
    threadpool_limits(limits=1, user_api="blas")
    _WORKER["function"] = function


def _run_task(task: Any) -> Any:
    return _WORKER["function"](task)


EXECUTORS: Mapping[str, Executor] = MappingProxyType(
    {"serial": _serial, "processes": _processes}
)
