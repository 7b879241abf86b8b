from __future__ import annotations

import os

import pytest
from threadpoolctl import threadpool_info

from survey_engine.errors import (
    EnvironmentProblem,
    EstimationError,
    SurveyEngineError,
    Where,
    diagnostic,
)
from survey_engine.execution import map_tasks


def double(task: int) -> int:
    return 2 * task


def refuse(task: int) -> int:
    if task == 2:
        where = Where(constructs=("Image",))
        raise EstimationError(diagnostic("SINGULAR_BLOCK", where=where))
    return task


def vanish(task: int) -> int:
    os._exit(1)


def blas_threads(task: int) -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.mark.parametrize("workers", [1, 2])
def test_answers_come_in_the_order_of_the_tasks(workers: int) -> None:
    seen: list[tuple[int, int]] = []
    answers = map_tasks(
        double, [3, 1, 2], workers=workers, progress=lambda done, of: seen.append((done, of))
    )
    assert answers == [6, 2, 4]
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("workers", [1, 2])
def test_diagnostics_cross_the_border_of_processes(workers: int) -> None:
    with pytest.raises(SurveyEngineError) as caught:
        map_tasks(refuse, [1, 2, 3], workers=workers)
    (problem,) = caught.value.diagnostics
    assert type(caught.value) is EstimationError
    assert problem.code == "SINGULAR_BLOCK"
    assert problem.where.constructs == ("Image",)


def test_a_dying_worker_is_named() -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        map_tasks(vanish, [1, 2], workers=2)
    (problem,) = caught.value.diagnostics
    assert problem.code == "WORKER_LOST"
    assert dict(problem.parameters) == {"workers": 2, "tasks": 2}


@pytest.mark.parametrize("workers", [1, 2])
def test_tasks_have_one_blas_thread(workers: int) -> None:
    for threads in map_tasks(blas_threads, [1, 2], workers=workers):
        assert threads <= {1}


def test_nothing_to_do() -> None:
    assert map_tasks(double, [], workers=4) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [({"workers": 0}, "workers must be"), ({"executor": "moon"}, "unknown executor 'moon'")],
)
def test_wrong_options(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        map_tasks(double, [1], **options)
