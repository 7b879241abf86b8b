"""Seeded answers from a known population: for tests, the demonstration and power."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.instrument.model import Instrument
from survey_engine.numerics.moments import Array
from survey_engine.responses.quality import item_quality
from survey_engine.responses.survey_data import AnswerStatus, DataQuality, SurveyData
from survey_engine.simulation.population import (
    Population,
    item_location,
    latent_structure,
    loading_matrix,
    observed_items,
)
from survey_engine.simulation.skewed import skewed, source_skewness
from survey_engine.spec.model import ModelSpec

START = pd.Timestamp("2024-03-04 09:00:00")


@dataclass(frozen=True, kw_only=True)
class SurveyDesign:
    """How the answers of a simulated survey come in.

    Attributes
    ----------
    scale : tuple[float, float]
        Lowest and highest answer.
    rounded : bool
        Whole answers within the scale; False gives continuous, unbounded ones.
    skewness : float
        Of every item with an error of its own, before rounding; satisfaction surveys lie
        near -1. Means, variances and covariances stay those of the population.
    missing, dont_know : float
        Shares of cells that are skipped, or answered "don't know".
    weights : bool
        Unequal case weights, column ``weight``.
    segments : Mapping[str, float]
        Column ``segment``: shift of the answers of each segment, in standard deviations.
    times : bool
        Columns ``started`` and ``seconds``.
    ids : bool
        Column ``respondent``.
    """

    scale: tuple[float, float] = (1.0, 10.0)
    rounded: bool = True
    skewness: float = 0.0
    missing: float = 0.0
    dont_know: float = 0.0
    weights: bool = False
    segments: Mapping[str, float] = field(default_factory=dict)
    times: bool = False
    ids: bool = False


def simulate(
    spec: ModelSpec,
    *,
    n: int,
    seed: int,
    population: Population | None = None,
    design: SurveyDesign | None = None,
    instrument: Instrument | None = None,
) -> SurveyData:
    """Answers of `n` respondents of a population, as validated data.

    Parameters
    ----------
    spec : ModelSpec
    n, seed : int
        The same seed gives the same answers; adding weights, segments or times to the
        design leaves the draws behind the answers as they are.
    population : Population, optional
        Plausible defaults without one.
    design : SurveyDesign, optional
    instrument : Instrument, optional
        Attached to the result; nothing is validated against it.

    Returns
    -------
    SurveyData

    Raises
    ------
    EstimationError
        POPULATION_IMPOSSIBLE.
    """
    plan = design or SurveyDesign()
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(4)]
    extra, shift = _respondents(n, plan, streams[1])
    values = _answers(spec, population or Population(), plan, shift, streams[0])
    status = _status(values.shape, plan, streams[2])
    values = np.where(status == AnswerStatus.ANSWERED, values, np.nan)
    items = observed_items(spec)
    weights = extra["weight"].to_numpy(float) if plan.weights else None
    seconds = float(extra["seconds"].median()) if plan.times else None
    quality = DataQuality(
        n_read=n,
        n_kept=n,
        items=item_quality(items, values, status, weights=weights),
        median_seconds=seconds,
    )
    return SurveyData(
        columns=items,
        values=values,
        status=status,
        ranges=dict.fromkeys(items, plan.scale) if plan.rounded else {},
        extra=extra,
        quality=quality,
        source=f"simulated (seed {seed})",
        platform="simulation",
        sha256="",
        weights=weights,
        instrument=instrument,
        mapping={item: item for item in items},
    )


def _answers(
    spec: ModelSpec,
    population: Population,
    plan: SurveyDesign,
    shift: Array,
    random: np.random.Generator,
) -> Array:
    """Answers in item units, shape (n, p)."""
    structure = latent_structure(spec, population)
    loadings = loading_matrix(spec, population)
    share = np.einsum("ik,kl,il->i", loadings, structure.correlation, loadings)
    factor = np.linalg.cholesky(structure.correlation)
    size = (len(shift), len(structure.names))
    if plan.skewness:
        own, rest = source_skewness(loadings @ factor, 1 - share, plan.skewness)
        scores = skewed(own, size, random) @ factor.T
        errors = skewed(rest, (len(shift), loadings.shape[0]), random)
    else:
        scores = random.standard_normal(size) @ factor.T
        errors = random.standard_normal((len(shift), loadings.shape[0]))
    standard = scores @ loadings.T + errors * np.sqrt(np.maximum(1 - share, 0.0))
    mean, deviation = item_location(spec, population, plan.scale)
    answers = mean + deviation * (standard + shift[:, None])
    if not plan.rounded:
        return np.asarray(answers)
    return np.asarray(np.clip(np.rint(answers), plan.scale[0], plan.scale[1]))


def _status(
    shape: tuple[int, ...], plan: SurveyDesign, random: np.random.Generator
) -> NDArray[np.int8]:
    draw = random.random(shape)
    status = np.full(shape, AnswerStatus.ANSWERED, dtype=np.int8)
    status[draw < plan.missing] = AnswerStatus.SKIPPED
    told = (draw >= plan.missing) & (draw < plan.missing + plan.dont_know)
    status[told] = AnswerStatus.DONT_KNOW
    return status


def _respondents(
    n: int, plan: SurveyDesign, random: np.random.Generator
) -> tuple[pd.DataFrame, Array]:
    """Columns that are not items, and each respondent's shift."""
    who = random.integers(0, max(len(plan.segments), 1), n)
    spread = np.exp(0.35 * random.standard_normal(n))
    seconds = np.exp(np.log(240) + 0.45 * random.standard_normal(n))
    waits = random.exponential(900.0, n).cumsum()
    columns: dict[str, object] = {}
    shift = np.zeros(n)
    if plan.ids:
        columns["respondent"] = [f"R{i + 1:05d}" for i in range(n)]
    if plan.segments:
        names = list(plan.segments)
        columns["segment"] = [names[k] for k in who]
        shift = np.array([plan.segments[names[k]] for k in who], dtype=np.float64)
    if plan.weights:
        columns["weight"] = np.round(spread / spread.mean(), 4)
    if plan.times:
        started = START + pd.to_timedelta(np.round(waits), unit="s")
        columns["started"] = started
        columns["seconds"] = np.round(seconds)
    return pd.DataFrame(columns, index=pd.RangeIndex(n)), shift


def simulated_table(data: SurveyData, *, dont_know_code: float = 99.0) -> pd.DataFrame:
    """The data as an export would hold them: codes for "don't know", empty if skipped.

    Parameters
    ----------
    data : SurveyData
        From `simulate`.
    dont_know_code : float
    """
    values = np.where(data.status == AnswerStatus.DONT_KNOW, dont_know_code, data.values)
    answers = pd.DataFrame(values, columns=list(data.columns))
    return pd.concat([data.extra.reset_index(drop=True), answers], axis=1)
