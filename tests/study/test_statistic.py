"""The resampled statistics are those of the tables, member by member."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.responses.reduce import reduce
from survey_engine.responses.survey_data import SurveyData
from survey_engine.scoring.hundred import ItemRange
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model
from survey_engine.study.cbsem_statistic import CbSemStatistic, cbsem_solution
from survey_engine.study.quantities import layout_of, quantities
from survey_engine.study.statistic import pls_solution, pls_statistic

RANGES = ItemRange(minimum=np.ones(24), maximum=np.full(24, 10.0))


@pytest.mark.parametrize("metric", ["raw", "standardised"])
@pytest.mark.parametrize("consistent", [False, True])
def test_a_batch_of_the_sample_itself_gives_the_point_estimates(
    mobi_survey: SurveyData, ecsi: ModelSpec, metric: str, *, consistent: bool
) -> None:
    moments = reduce(mobi_survey, ecsi.indicators).moments
    estimator = PlsEstimator(metric=metric, consistent=consistent)
    fit = estimator.fit(ecsi, moments)
    layout = layout_of(ecsi, metric=metric, ranges=RANGES, target="Satisfaction")
    statistic = pickle.loads(pickle.dumps(pls_statistic(estimator, fit, layout)))  # noqa: S301
    point = quantities(pls_solution(fit), layout)
    twice = statistic(
        np.stack([moments.mean] * 2), np.stack([moments.covariance] * 2), moments.n
    )
    assert set(twice.values) == set(point)
    for name, value in point.items():
        np.testing.assert_allclose(
            twice.values[name][1], value, rtol=1e-5, atol=1e-6, err_msg=name
        )


THREE_FACTORS = """
visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
speed ~ visual + textual
"""


def test_covariance_based_batches_give_the_point_estimates(holzinger: object) -> None:
    import pandas as pd

    from survey_engine.numerics.moments import Moments

    assert isinstance(holzinger, pd.DataFrame)
    spec = parse_model(THREE_FACTORS, file="three.txt")
    values = holzinger[list(spec.indicators)].to_numpy(dtype=float)
    moments = Moments(
        columns=spec.indicators,
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values, rowvar=False, bias=True),
    )
    estimator = CbSemEstimator()
    fit = estimator.fit(spec, moments)
    layout = layout_of(spec, metric="raw", ranges=None, target=None)
    statistic = CbSemStatistic(
        estimator=estimator, spec=spec, moments=moments, layout=layout, fit=fit
    )
    outcome = pickle.loads(pickle.dumps(statistic))(  # noqa: S301
        moments.mean[None], moments.covariance[None], moments.n
    )
    assert outcome.reason.tolist() == [0]
    for name, value in quantities(cbsem_solution(fit), layout).items():
        np.testing.assert_allclose(
            outcome.values[name][0], value, rtol=1e-3, atol=1e-4, err_msg=name
        )
