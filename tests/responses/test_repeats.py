from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from survey_engine.responses.repeats import _pairs_differing_once


@pytest.mark.parametrize("seed", range(5))
def test_pairs_are_counted_as_by_hand(seed: int) -> None:
    values = np.random.default_rng(seed).integers(1, 4, (40, 5)).astype(float)
    values[values == 3] = np.nan
    filled = np.nan_to_num(values, nan=-1)
    differing = [int((a != b).sum()) for a, b in combinations(filled, 2)]
    expected = differing.count(1) + values.shape[1] * differing.count(0)
    assert _pairs_differing_once(values) == expected
