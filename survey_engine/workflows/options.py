"""Options given by name in Python into a `StudySpec`."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from survey_engine.errors import Diagnostic, UsageProblem, diagnostic
from survey_engine.study.result import StudySpec


def study_spec(options: Mapping[str, Any]) -> StudySpec:
    """The request; what pydantic refuses is said in the engine's own codes.

    Raises
    ------
    UsageProblem
        USAGE_UNKNOWN_OPTION, USAGE_BAD_VALUE.
    """
    try:
        return StudySpec(**options)
    except ValidationError as problem:
        faults = problem.errors(include_url=False)
    raise UsageProblem(*(_option_fault(fault) for fault in faults))


def _option_fault(fault: Any) -> Diagnostic:
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        near = get_close_matches(name, StudySpec.model_fields, n=1, cutoff=0.0)
        return diagnostic("USAGE_UNKNOWN_OPTION", name=name, suggestion=near[0], command="fit")
    expected = fault.get("ctx", {}).get("expected", fault["msg"])
    return diagnostic("USAGE_BAD_VALUE", name=name, found=fault["input"], expected=expected)
