"""The half of the second opinion that imports semopy; runs in a child process only.

Reads a question (model, covariance, n) as JSON from standard input and writes the answer
(chi-square, estimates) to standard output. Nothing else imports semopy.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from survey_engine.numerics.moments import Array

LARGEST_SAMPLE = 2000
"""Rows of the artificial data semopy reads; estimates depend on their moments only."""


def _artificial_rows(covariance: Array, rows: int) -> Array:
    """Rows with exactly this covariance matrix (divisor `rows`)."""
    random = np.random.default_rng(1)
    draws = random.standard_normal((rows, covariance.shape[0]))
    orthonormal = np.linalg.qr(draws - draws.mean(axis=0))[0]
    return np.asarray(np.sqrt(rows) * orthonormal @ np.linalg.cholesky(covariance).T)


def _child(question: dict[str, Any]) -> dict[str, Any]:
    """Fit by semopy; runs in the child process only."""
    import pandas as pd
    import semopy

    covariance = np.array(question["covariance"], dtype=np.float64)
    n = int(question["n"])
    rows = max(min(n, LARGEST_SAMPLE), covariance.shape[0] + 2)
    data = pd.DataFrame(_artificial_rows(covariance, rows), columns=question["columns"])
    model = semopy.Model(question["model"])
    result = model.fit(data, obj="MLW", options={"ftol": 1e-12, "maxiter": 2000})
    table = model.inspect(information=None)
    estimates = [
        [str(r["lval"]), str(r["op"]), str(r["rval"]), float(r["Estimate"])]
        for _, r in table.iterrows()
    ]
    return {"chisq": n * float(result.fun), "estimates": estimates}


def main() -> None:
    """Read a question from standard input, write the answer to standard output."""
    question = json.load(sys.stdin)
    keep = sys.stdout
    sys.stdout = sys.stderr  # semopy prints; only the answer may reach the parent
    try:
        answer = _child(question)
    except Exception as error:  # noqa: BLE001 - process boundary: any failure of semopy
        answer = {"error": type(error).__name__}
    keep.write(json.dumps(answer) + "\n")
    keep.flush()


if __name__ == "__main__":
    main()
