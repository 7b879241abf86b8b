"""The largest report a file supports: index model, drivers, or single scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey_engine.errors import Severity
from survey_engine.instrument.model import Instrument, Item
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.bind import observed_variables
from survey_engine.spec.identify import identify
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.propose import lacking_for_model

Step = Literal["model", "drivers", "scores"]
STEPS: tuple[Step, ...] = ("model", "drivers", "scores")
FEWEST_ROWS = 30
ROWS_PER_DRIVER = 5
FEWEST_DRIVERS = 2
_OUTCOMES = frozenset({"Satisfaction", "Loyalty", "Complaints"})


@dataclass(frozen=True, kw_only=True)
class Lift:
    """What is missing for a larger report.

    Attributes
    ----------
    step : str
        The step it would lead to.
    kind : str
        ``"construct"`` (`n` more questions on `name`), ``"items"`` (`name` lists
        questions the file lacks), ``"overall"``, ``"aspects"``, ``"answers"`` (`n` more
        complete answers), ``"varied"`` or ``"model"`` (`name` cannot be estimated).
    """

    step: Step
    kind: str
    name: str = ""
    n: int = 0


@dataclass(frozen=True, kw_only=True)
class SupportedStep:
    """The step a file stands on, with what it uses and what would lift it.

    Attributes
    ----------
    step : str
    model : ModelSpec or None
    target : str or None
        Question on overall satisfaction.
    drivers : tuple[str, ...]
    lifts : tuple[Lift, ...]
        Empty on the highest step.
    """

    step: Step
    model: ModelSpec | None = None
    target: str | None = None
    drivers: tuple[str, ...] = ()
    lifts: tuple[Lift, ...] = ()


def supported_step(
    instrument: Instrument, data: SurveyData, model: ModelSpec | None = None
) -> SupportedStep:
    """The largest report the answers support.

    Parameters
    ----------
    instrument : Instrument
    data : SurveyData
    model : ModelSpec or None
        The instrument's own model.
    """
    lifts = list(_for_model(instrument, data, model))
    if model is not None and not lifts:
        return SupportedStep(step="model", model=model)
    target = next((one.id for one in _asked(instrument, data) if one.role == "overall"), None)
    target = target or _satisfaction(instrument, data)
    drivers, more = _for_drivers(instrument, data, target)
    if target is not None and not more:
        return SupportedStep(step="drivers", target=target, drivers=drivers, lifts=tuple(lifts))
    return SupportedStep(step="scores", lifts=(*more, *lifts))


def _asked(instrument: Instrument, data: SurveyData) -> list[Item]:
    return [one for one in instrument.items if one.id in data.columns]


def _satisfaction(instrument: Instrument, data: SurveyData) -> str | None:
    """The first question on satisfaction, where none is marked as the overall one."""
    found = [one for one in _asked(instrument, data) if one.construct_name == "Satisfaction"]
    return found[0].id if found else None


def _for_model(
    instrument: Instrument, data: SurveyData, model: ModelSpec | None
) -> Iterator[Lift]:
    if model is None:
        for name, n in lacking_for_model(instrument).items():
            yield Lift(step="model", kind="construct", name=name, n=n)
        return
    items = observed_variables(model)
    missing = [name for name in items if name not in data.columns]
    if missing:
        yield Lift(step="model", kind="items", name=", ".join(missing), n=len(missing))
        return
    if any(one.severity is Severity.ERROR for one in identify(model)):
        yield Lift(step="model", kind="model", name=model.id)
    complete = _complete(data, list(items))
    needed = max(FEWEST_ROWS, len(items) + 1)
    if complete < needed:
        yield Lift(step="model", kind="answers", n=needed - complete)


def _complete(data: SurveyData, items: list[str]) -> int:
    values = data.values[:, data.positions(items)]
    return int(np.isfinite(values).all(axis=1).sum())


def _for_drivers(
    instrument: Instrument, data: SurveyData, target: str | None
) -> tuple[tuple[str, ...], tuple[Lift, ...]]:
    """Questions that may explain the target, and what is missing for that."""
    drivers = [
        one.id
        for one in _asked(instrument, data)
        if one.id != target and one.role == "indicator" and one.construct_name not in _OUTCOMES
    ]
    drivers = [name for name in drivers if _varies(data, name)]
    lifts: list[Lift] = []
    if target is None:
        lifts.append(Lift(step="drivers", kind="overall"))
    elif not _varies(data, target):
        lifts.append(Lift(step="drivers", kind="varied", name=target))
    if len(drivers) < FEWEST_DRIVERS:
        lifts.append(Lift(step="drivers", kind="aspects", n=FEWEST_DRIVERS - len(drivers)))
    if target is not None and not lifts:
        complete = _complete(data, [target, *drivers])
        needed = max(FEWEST_ROWS, ROWS_PER_DRIVER * len(drivers))
        if complete < needed:
            lifts.append(Lift(step="drivers", kind="answers", n=needed - complete))
    return tuple(drivers), tuple(lifts)


def _varies(data: SurveyData, item: str) -> bool:
    answers = data.values[:, data.columns.index(item)]
    answers = answers[np.isfinite(answers)]
    return answers.size > 0 and bool(np.ptp(answers) > 0)
