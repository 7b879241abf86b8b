"""What an exporter is given and gives back, and what it must refuse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.spec.model import ModelSpec
from survey_engine.study.result import StudySpec


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """A model, how it is to be estimated, and the table the script reads.

    Attributes
    ----------
    model : ModelSpec
    spec : StudySpec
        Options the other program cannot honour are refused, never dropped.
    data : str
        Name of the data file as the script says it.
    """

    model: ModelSpec
    spec: StudySpec
    data: str = "data.csv"


@dataclass(frozen=True, kw_only=True)
class Export:
    """A text to write, and what had to be left out of it."""

    text: str
    diagnostics: tuple[Diagnostic, ...] = ()


def unsupported(program: str, what: str) -> NoReturn:
    """Refuse what the other program cannot say.

    Raises
    ------
    EstimationError
        EXPORT_UNSUPPORTED.
    """
    where = Where(parameters=(what,))
    raise EstimationError(
        diagnostic("EXPORT_UNSUPPORTED", where=where, program=program, what=what)
    )


def left_out(program: str, what: str) -> Diagnostic:
    """Say what the script goes without."""
    where = Where(parameters=(what,))
    return diagnostic("EXPORT_LEFT_OUT", where=where, program=program, what=what)


def refuse_other_options(program: str, spec: StudySpec, honoured: Iterable[str]) -> None:
    """Refuse every option that was set and that the exporter does not translate.

    Raises
    ------
    EstimationError
        EXPORT_UNSUPPORTED with the first such option and its value.
    """
    standard = StudySpec()
    for name in sorted(set(StudySpec.model_fields) - set(honoured)):
        chosen = getattr(spec, name)
        if chosen != getattr(standard, name):
            unsupported(program, f"{name} = {chosen}")


def refuse_other_choice(
    program: str, spec: StudySpec, name: str, known: Iterable[str | None]
) -> None:
    """Refuse an option whose value the other program does not have.

    Raises
    ------
    EstimationError
        EXPORT_UNSUPPORTED with the option and its value.
    """
    if getattr(spec, name) not in known:
        unsupported(program, f"{name} = {getattr(spec, name)}")


def refuse_reliabilities(program: str, model: ModelSpec) -> None:
    """Refuse a declared reliability: an error variance made of the data's own variance.

    Raises
    ------
    EstimationError
        EXPORT_UNSUPPORTED.
    """
    for construct in model.constructs:
        if construct.reliability is not None:
            unsupported(program, f"reliability of {construct.name}")
