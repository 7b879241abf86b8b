"""Planning by simulation: what n respondents of a known population would show.

Surveys are simulated from a model and plausible (or stated) parameters, each is fitted
by PLS and resampled as a real one would be, and it is counted how often each path is
seen and how wide the index interval is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from survey_engine.errors import UsageProblem, diagnostic
from survey_engine.estimation.bootstrap import bootstrap
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.instrument.model import Instrument
from survey_engine.numerics.moments import Array, ArrayRows, Moments
from survey_engine.responses.row_moments import mean_and_covariance
from survey_engine.scoring.hundred import ItemRange
from survey_engine.simulation.population import Population
from survey_engine.simulation.survey import SurveyDesign, simulate
from survey_engine.spec.model import ModelSpec
from survey_engine.study.quantities import Layout, layout_of, quantities
from survey_engine.study.statistic import pls_solution, pls_statistic

Progress = Callable[[str, int, int], None]
SIZES = (100, 150, 200, 300, 500)
SURVEYS, RESAMPLES = 200, 200


@dataclass(frozen=True, kw_only=True)
class PlanRequest:
    """What to simulate.

    Attributes
    ----------
    sizes : tuple[int, ...]
        Numbers of respondents to try.
    surveys, resamples : int
        Simulated surveys a size, and bootstrap resamples of each.
    paths : Mapping[tuple[str, str], float]
        Standardised paths by (from, to) that replace the plausible defaults.
    confidence : float
    seed : int
    """

    sizes: tuple[int, ...] = SIZES
    surveys: int = SURVEYS
    resamples: int = RESAMPLES
    paths: Mapping[tuple[str, str], float] = field(default_factory=dict)
    confidence: float = 0.95
    seed: int = 1


@dataclass(frozen=True, kw_only=True)
class PlannedSize:
    """What one number of respondents shows.

    Attributes
    ----------
    n : int
    power : dict[tuple[str, str], float]
        Share of surveys whose interval of the path leaves zero out.
    margin : float or None
        Mean half width of the index interval, in points; None without an index.
    failed : int
        Surveys without an admissible solution.
    """

    n: int
    power: dict[tuple[str, str], float]
    margin: float | None
    failed: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Power and precision by number of respondents; `truth` holds the paths behind."""

    sizes: tuple[PlannedSize, ...]
    truth: dict[tuple[str, str], float]
    request: PlanRequest

    def needed(self, path: tuple[str, str], power: float) -> int | None:
        """The smallest size tried whose power for a path is at least `power`."""
        enough = [one.n for one in self.sizes if one.power[path] >= power]
        return min(enough) if enough else None


def plan_model(
    model: ModelSpec,
    request: PlanRequest,
    *,
    instrument: Instrument | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Simulate, fit and resample surveys of each size.

    Parameters
    ----------
    model : ModelSpec
    request : PlanRequest
    instrument : Instrument, optional
        Its scale is the one answers are rounded to; 1-10 without one.
    progress : callable, optional

    Raises
    ------
    UsageProblem
        PLAN_UNKNOWN_PATH: a stated path is not in the model.
    EstimationError
        POPULATION_IMPOSSIBLE: stated paths explain more than everything.
    """
    known = {(path.source, path.target) for path in model.paths}
    unknown = [f"{a}>{b}" for a, b in request.paths if (a, b) not in known]
    if unknown:
        listed = ", ".join(f"{a}>{b}" for a, b in sorted(known))
        raise UsageProblem(
            diagnostic("PLAN_UNKNOWN_PATH", path=", ".join(unknown), known=listed)
        )
    population = Population(paths=dict(request.paths))
    design = SurveyDesign(scale=_scale(model, instrument))
    job = _Job(model=model, population=population, design=design, request=request)
    sizes = []
    for done, n in enumerate(request.sizes, start=1):
        sizes.append(job.size(n))
        if progress is not None:
            progress("plan", done, len(request.sizes))
    return Plan(sizes=tuple(sizes), truth=job.truth(), request=request)


def _scale(model: ModelSpec, instrument: Instrument | None) -> tuple[float, float]:
    """The scale most items of the model have."""
    if instrument is None:
        return 1.0, 10.0
    scales = {scale.id: scale for scale in instrument.scales}
    asked = [item for item in instrument.items if item.id in model.indicators]
    ends = [(scales[item.scale].minimum, scales[item.scale].maximum) for item in asked]
    return max(set(ends), key=ends.count) if ends else (1.0, 10.0)


@dataclass(frozen=True, kw_only=True)
class _Job:
    model: ModelSpec
    population: Population
    design: SurveyDesign
    request: PlanRequest

    def size(self, n: int) -> PlannedSize:
        """All surveys of one size."""
        places, target = _places(self.model), self._target()
        seen = np.zeros(len(places))
        margins, failed = [], 0
        for number in range(self.request.surveys):
            limits = self._survey(n, number)
            if limits is None:
                failed += 1
                continue
            lower, upper = limits
            at = tuple(np.array(places).T)
            seen += (lower["paths"][at] > 0) | (upper["paths"][at] < 0)
            if target is not None:
                width = upper["performance"][target] - lower["performance"][target]
                margins.append(float(width) / 2)
        usable = max(self.request.surveys - failed, 1)
        names = [(path.source, path.target) for path in self.model.paths]
        return PlannedSize(
            n=n,
            power=dict(zip(names, (seen / usable).tolist(), strict=True)),
            margin=float(np.mean(margins)) if margins else None,
            failed=failed,
        )

    def _survey(self, n: int, number: int) -> tuple[dict[str, Array], dict[str, Array]] | None:
        """Interval limits of paths and scores of one simulated survey."""
        seed = int(np.random.SeedSequence([self.request.seed, n, number]).generate_state(1)[0])
        data = simulate(
            self.model, n=n, seed=seed, population=self.population, design=self.design
        )
        columns = self.model.indicators
        values = data.values[:, data.positions(columns)]
        estimator = PlsEstimator(metric="raw")
        fit = estimator.fit(self.model, _moments(columns, values))
        if not fit.converged:
            return None
        statistic = pls_statistic(estimator, fit, self._layout())
        rows = ArrayRows(columns=columns, values=values)
        drawn = bootstrap(rows, statistic, requested=self.request.resamples, seed=seed)
        if drawn.usable < self.request.resamples / 2:
            return None
        limits = {
            name: drawn.interval(name, self.request.confidence)
            for name in ("paths", "performance")
        }
        return (
            {name: lower for name, (lower, _) in limits.items()},
            {name: upper for name, (_, upper) in limits.items()},
        )

    def truth(self) -> dict[tuple[str, str], float]:
        """Paths PLS finds in a very large survey of the same population."""
        data = simulate(
            self.model, n=100_000, seed=1, population=self.population, design=self.design
        )
        columns = self.model.indicators
        values = data.values[:, data.positions(columns)]
        fit = PlsEstimator(metric="raw").fit(self.model, _moments(columns, values))
        paths = quantities(pls_solution(fit), self._layout())["paths"]
        return {
            (path.source, path.target): float(paths[place])
            for path, place in zip(self.model.paths, _places(self.model), strict=True)
        }

    def _layout(self) -> Layout:
        low, high = self.design.scale
        p = len(self.model.indicators)
        ranges = ItemRange(minimum=np.full(p, low), maximum=np.full(p, high))
        target = self.model.roles.index if self.model.roles else None
        return layout_of(self.model, metric="raw", ranges=ranges, target=target)

    def _target(self) -> int | None:
        if self.model.roles is None:
            return None
        return self.model.construct_names.index(self.model.roles.index)


def _places(model: ModelSpec) -> list[tuple[int, int]]:
    at = {name: k for k, name in enumerate(model.construct_names)}
    return [(at[path.source], at[path.target]) for path in model.paths]


def _moments(columns: tuple[str, ...], values: Array) -> Moments:
    mean, covariance = mean_and_covariance(values, None)
    n = len(values)
    return Moments(columns=columns, n=n, n_effective=float(n), mean=mean, covariance=covariance)
