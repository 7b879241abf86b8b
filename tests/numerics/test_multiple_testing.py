"""Adjusted p-values against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from survey_engine.numerics.multiple_testing import adjusted

THEIRS = {"bonferroni": "bonferroni", "holm": "holm", "bh": "fdr_bh", "by": "fdr_by"}


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30))
def test_as_statsmodels(values: list[float]) -> None:
    found = adjusted(np.array(values))
    for ours, theirs in THEIRS.items():
        expected = multipletests(values, method=theirs)[1]
        np.testing.assert_allclose(found[ours], expected, atol=1e-12, err_msg=ours)


def test_no_test_is_no_member_of_the_family() -> None:
    found = adjusted(np.array([0.01, np.nan, 0.04]))
    assert found["bonferroni"][[0, 2]] == pytest.approx([0.02, 0.08])
    assert np.isnan(found["holm"][1])
    assert np.isnan(adjusted(np.full(2, np.nan))["bh"]).all()
