"""Reference solutions as points, so that tests of a fit do not depend on our fitting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from survey_engine.assessment.model_tests.point import ModelPoint, SampleMoments, model_point
from survey_engine.estimation.fit_result import ParameterRow


def models(folder: Path, file: str) -> dict[str, Any]:
    """The blocks of a reference file."""
    text = (folder / "golden" / file).read_text(encoding="utf-8")
    blocks: dict[str, Any] = json.loads(text)["models"]
    return blocks


def reference_rows(block: dict[str, Any]) -> tuple[ParameterRow, ...]:
    """Rows of a reference solution; equal labels are equal parameters."""
    numbers: dict[str, int] = {}
    rows = []
    for k, row in enumerate(block["parameters"]):
        if row["op"] in ("==", ":="):
            continue
        label, group = row.get("label", ""), row.get("group", 1)
        known = label or f"row {k}"
        free = 0 if row["se"] == 0 else numbers.setdefault(known, len(numbers) + 1)
        groups = block.get("group_labels", [""])
        rows.append(
            ParameterRow(
                lhs=row["lhs"],
                op=row["op"],
                rhs=row["rhs"],
                group=group,
                group_label=str(groups[group - 1]),
                label=label,
                free=free,
                est=row["est"],
                se=row["se"],
                z=None,
                p=None,
                ci_lower=None,
                ci_upper=None,
                std_lv=None,
                std_all=None,
            )
        )
    return tuple(rows)


def reference_point(block: dict[str, Any], blocks: dict[str, Any] | None = None) -> ModelPoint:
    """The reference solution with the moments it was fitted to.

    Blocks without sample moments borrow those of the block of `blocks` with the same
    observed variables.
    """
    groups = block.get("sampstat") or _borrowed(block, blocks or {})
    if "cov" in groups:
        groups = {"": groups}
    first = next(iter(groups.values()))
    observed = tuple(first["cov"]["rows"])
    means = any(row["op"] == "~1" for row in block["parameters"])
    sample = SampleMoments(
        observed=observed,
        n=np.array(block["nobs"], dtype=float),
        covariance=np.array([one["cov"]["values"] for one in groups.values()]),
        mean=np.array([[one["mean"][name] for name in observed] for one in groups.values()])
        if means
        else None,
    )
    return model_point(reference_rows(block), sample)


def _borrowed(block: dict[str, Any], blocks: dict[str, Any]) -> dict[str, Any]:
    named = {row[side] for row in block["parameters"] for side in ("lhs", "rhs")}
    latent = {row["lhs"] for row in block["parameters"] if row["op"] == "=~"}
    for other in blocks.values():
        found: dict[str, Any] = other.get("sampstat", {})
        first = next(iter(found.values()), {}) if "cov" not in found else found
        rows = first.get("cov", {}).get("rows", [])
        if len(other.get("nobs", [])) == 1 and set(rows) == named - latent:
            return found
    raise KeyError("sampstat")
