"""Multiple imputation in the result JSON."""

from __future__ import annotations

from typing import Any

from survey_engine.study.imputed_information import ImputationSummary


def imputation(found: ImputationSummary | None) -> dict[str, Any] | None:
    """How answers were imputed, FMI by estimate, pooled tests; None without imputation."""
    if found is None:
        return None
    return {
        "m": found.m,
        "method": found.method,
        "seed": found.seed,
        "iterations": found.iterations,
        "cells": found.cells,
        "incomplete": found.incomplete,
        "resamples_each": found.resamples,
        "largest_fmi": found.largest_fmi,
        "largest_at": found.largest_at,
        "information": [vars(row) for row in found.information],
        "tests": [
            {
                "measure": name,
                "rule": rule,
                "f": test.f,
                "df": test.df,
                "df_residual": test.df_residual,
                "p": test.p,
                "r": test.r,
            }
            for name, (rule, test) in found.tests.items()
        ],
    }
