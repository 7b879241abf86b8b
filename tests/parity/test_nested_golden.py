"""Ladders fitted here and compared, against lavaan's tables of differences, cell by cell.

Tolerance 1e-6 relative; differences of chi-squares lose a digit or two, and their
reference is polished, so it holds for them as well.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.model_tests.ladder import EQUAL
from survey_engine.assessment.model_tests.nested import Difference, nested_models, rivals
from survey_engine.assessment.model_tests.run_ladder import invariance_ladder
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.numerics.moments import ArrayRows, Moments
from survey_engine.spec.model_text import parse_model_text
from tests.parity.points import models

ITEMS = tuple(f"x{k}" for k in range(1, 10))
SPEC = parse_model_text(
    "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9", file="schools"
)
COLUMNS = {
    "chisq_diff": "Chisq_diff",
    "df_diff": "Df_diff",
    "p": "Pr_Chisq_",
    "chisq": "Chisq",
    "df": "Df",
    "aic": "AIC",
    "bic": "BIC",
    "rmsea_diff": "RMSEA",
}


@pytest.fixture(scope="module")
def schools(shared_folder: Path) -> GroupedMoments:
    frame = pd.read_csv(shared_folder / "golden" / "holzinger.csv")
    labels = tuple(dict.fromkeys(frame["school"]))
    parts = [frame.loc[frame["school"] == name, list(ITEMS)].to_numpy(float) for name in labels]
    return GroupedMoments(
        labels=labels,
        groups=tuple(
            Moments(
                columns=ITEMS,
                n=len(part),
                n_effective=float(len(part)),
                mean=part.mean(axis=0),
                covariance=np.cov(part.T, bias=True),
            )
            for part in parts
        ),
        rows=tuple(ArrayRows(columns=ITEMS, values=part) for part in parts),
    )


@pytest.mark.parametrize(
    ("method", "difference", "table"),
    [
        ("ml", None, "ml_lrt"),
        ("mlr", None, "mlr_lrt"),
        ("mlr", "satorra-bentler-2010", "mlr_lrt_sb2010"),
    ],
)
def test_differences_agree(
    shared_folder: Path,
    schools: GroupedMoments,
    method: str,
    difference: Difference | None,
    table: str,
) -> None:
    fits = {
        step: CbSemEstimator(method=method, group_equal=equal).fit(SPEC, schools)
        for step, equal in EQUAL.items()
    }
    ours = nested_models(fits, difference=difference)
    theirs = models(shared_folder, "holzinger_multigroup_lavaan.json")[table]["table"]
    for row, other in zip(ours, theirs, strict=True):
        assert row.model == other["model"]
        for field, column in COLUMNS.items():
            value, expected = getattr(row, field), other[column]
            cell = (table, row.model, column)
            if expected is None:
                assert value is None, f"{cell}: {value} against nothing"
            else:
                near = pytest.approx(expected, rel=1e-6, abs=1e-9)
                assert value == near, f"{cell}: {value!r} against {expected!r}"


def test_adjusted_differences_agree(schools: GroupedMoments) -> None:
    # lavaan 0.6-14: lavTestLRT(MLM fits, method="satorra.2000", scaled.shifted=TRUE,
    # A.method="delta"), its optimiser's default stop, hence 1e-5.
    fits = {
        step: CbSemEstimator(method="mlmv", group_equal=equal).fit(SPEC, schools)
        for step, equal in EQUAL.items()
    }
    ours = [row.chisq_diff for row in nested_models(fits)[1:]]
    assert ours == pytest.approx([7.725672813, 38.96090569, 16.13032972], rel=1e-5)


def test_partial_scalar_is_found_and_fits_as_the_reference(
    shared_folder: Path, schools: GroupedMoments
) -> None:
    blocks = models(shared_folder, "holzinger_multigroup_lavaan.json")
    ladder = invariance_ladder(SPEC, schools, group="school")
    partial = ladder.steps[3]
    assert (partial.freed, partial.searched) == (("x3 ~1", "x7 ~1"), True)
    theirs = blocks["ml_partial_scalar"]["fit_measures"]
    assert partial.ratio.chisq == pytest.approx(theirs["chisq"], rel=1e-6)
    assert partial.cfi == pytest.approx(theirs["cfi"], rel=1e-6)
    given = invariance_ladder(SPEC, schools, group="school", partial=["x3 ~1", "x7 ~1"])
    assert [one.verdict for one in given.steps] == [None, "holds", "holds", "holds"]
    assert given.steps[2].ratio.chisq == pytest.approx(theirs["chisq"], rel=1e-6)
    means = {one.construct: one for one in given.latent_means}
    reference = {
        row["lhs"]: row
        for row in blocks["ml_partial_scalar"]["parameters"]
        if row["op"] == "~1" and row["group"] == 2
    }
    for name, one in means.items():
        assert one.est == pytest.approx(reference[name]["est"], rel=1e-6), name
        assert one.se == pytest.approx(reference[name]["se"], rel=1e-6), name


def test_rivals_in_one_table(schools: GroupedMoments) -> None:
    fits = {
        step: CbSemEstimator(group_equal=equal).fit(SPEC, schools)
        for step, equal in EQUAL.items()
    }
    rows = {row.model: row for row in rivals(fits)}
    assert rows["strict"].verdict == "best"
    assert rows["configural"].verdict == "no"
    assert rows["scalar"].delta_df == 12
