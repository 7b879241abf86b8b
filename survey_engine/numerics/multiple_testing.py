"""p-values adjusted for how many were looked at.

References
----------
Holm, S. (1979). Scandinavian Journal of Statistics 6(2), 65-70.
Benjamini, Y. & Hochberg, Y. (1995). Journal of the Royal Statistical Society B 57(1).
Benjamini, Y. & Yekutieli, D. (2001). Annals of Statistics 29(4), 1165-1188.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from survey_engine.numerics.moments import Array


def adjusted(p: Array) -> Mapping[str, Array]:
    """Adjusted p-values of one family, shape (m,) each.

    Parameters
    ----------
    p : ndarray, shape (m,)
        NaN is no test: it is left out of the family and stays NaN.

    Returns
    -------
    Mapping[str, ndarray]
        ``bonferroni`` and ``holm`` hold the chance of any false discovery, ``bh`` and
        ``by`` the expected share of false discoveries (``by`` under any dependence).
    """
    tested = np.flatnonzero(~np.isnan(p))
    count = len(tested)
    order = tested[np.argsort(p[tested], kind="stable")]
    ordered = p[order]
    rank = np.arange(1, count + 1)
    harmonic = float((1.0 / rank).sum()) if count else 0.0
    stepped = ordered * count / rank
    found = {
        "bonferroni": ordered * count,
        "holm": np.maximum.accumulate(ordered * (count - rank + 1)),
        "bh": np.minimum.accumulate(stepped[::-1])[::-1],
        "by": np.minimum.accumulate((stepped * harmonic)[::-1])[::-1],
    }
    result = {}
    for name, values in found.items():
        result[name] = np.full(len(p), np.nan)
        result[name][order] = np.minimum(values, 1.0)
    return result
