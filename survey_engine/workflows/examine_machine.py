"""What `doctor` looks at: libraries, fonts, glyphs, presets, disk, versions."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from survey_engine.errors import Diagnostic, Severity, SurveyEngineError, diagnostic
from survey_engine.workflows.demo_data import mobi_path
from survey_engine.workflows.resources import languages, load_wording, preset_ids
from survey_engine.workflows.write_file import write_atomically

PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "pydantic",
    "statsmodels",
    "semopy",
    "factor_analyzer",
    "scikit-learn",
    "jinja2",
    "weasyprint",
    "openpyxl",
    "pyreadstat",
    "justmytype-western-core",
    "justmytype-intl-cjk",
)


@dataclass(frozen=True, kw_only=True)
class MachineCheck:
    """One line: the check's name, whether it is fine, and a detail to print."""

    check: str
    fine: bool
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class MachineState:
    """Everything `doctor` found; `packages` maps names to versions, None if absent."""

    lines: tuple[MachineCheck, ...]
    packages: dict[str, str | None]
    diagnostics: tuple[Diagnostic, ...]


def engine_version() -> str:
    """Version of the installed package; ``"0+unknown"`` in a checkout not installed."""
    return _version("survey_engine") or "0+unknown"


def package_versions() -> dict[str, str | None]:
    """Versions of the packages the engine needs; None where one is absent."""
    return {name: _version(name) for name in PACKAGES}


def examine_machine() -> MachineState:
    """Look at everything a report needs; nothing is installed or repaired."""
    from survey_engine.report.render_pdf import environment_diagnostics

    pdf = environment_diagnostics()
    found: list[Diagnostic] = list(pdf)
    packages = package_versions()
    absent = sorted(name for name, number in packages.items() if number is None)
    lines = [
        MachineCheck(check="engine", fine=True, detail=engine_version()),
        MachineCheck(check="python", fine=True, detail=platform.python_version()),
        MachineCheck(check="packages", fine=not absent, detail=", ".join(absent)),
        MachineCheck(check="pango", fine=not any(d.severity is Severity.ERROR for d in pdf)),
        MachineCheck(check="subset", fine=not pdf),
        *(_glyphs(language, found) for language in languages()),
        MachineCheck(
            check="data",
            fine=bool(preset_ids("instruments")) and bool(preset_ids("models")),
            detail=", ".join(preset_ids("models")),
        ),
        _attempt("disk", _write_something, found),
        _attempt("demo", mobi_path, []),
    ]
    return MachineState(lines=tuple(lines), packages=packages, diagnostics=tuple(found))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _glyphs(language: str, found: list[Diagnostic]) -> MachineCheck:
    """Whether every sign of a language's words can be printed."""
    from survey_engine.report.fonts import missing_glyphs

    try:
        missing = missing_glyphs("".join(_strings(load_wording(language))))
    except SurveyEngineError as problem:
        found += [entry for entry in problem.diagnostics if entry not in found]
        return MachineCheck(check="glyphs", fine=False, detail=language)
    if missing:
        shown = " ".join(sorted(missing)[:20])
        found.append(diagnostic("GLYPHS_MISSING", characters=shown, count=len(missing)))
    return MachineCheck(check="glyphs", fine=not missing, detail=language)


def _strings(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for entry in node.values() for text in _strings(entry)]
    if isinstance(node, list):
        return [text for entry in node for text in _strings(entry)]
    return [str(node)]


def _attempt(check: str, action: Callable[[], object], found: list[Diagnostic]) -> MachineCheck:
    try:
        action()
    except SurveyEngineError as problem:
        found.extend(problem.diagnostics)
        return MachineCheck(check=check, fine=False)
    return MachineCheck(check=check, fine=True)


def _write_something() -> None:
    path = Path(tempfile.gettempdir()) / "survey-engine-doctor.txt"
    write_atomically(path, b"x" * 4096).unlink()
