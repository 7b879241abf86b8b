"""The command line states choices and defaults itself, to start fast: they are the engine's."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import pytest

from survey_engine.api import Study
from survey_engine.cli import options, options_prediction, options_robustness
from survey_engine.cli.options import study_options
from survey_engine.cli.options_covariance import CHOICES
from survey_engine.cli.options_imputation import METHODS
from survey_engine.cli.run import build_parser
from survey_engine.cli.words import command_words
from survey_engine.execution import EXECUTORS
from survey_engine.spec.model import Mode
from survey_engine.study.result import StudySpec

SAID = {
    **options.INFERENCE,
    **options.STAGES,
    **{name: choices for name, (choices, _) in CHOICES.items() if name != "fixed-x"},
    "executor": options.EXECUTORS,
    "imputation": METHODS,
    "antecedents": options_prediction.ANTECEDENTS,
    "segmentation": options_robustness.SEGMENTATION,
}


def _literals(kind: Any) -> tuple[str, ...]:
    """The names of a `Literal`, also of one that may be None."""
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(name for part in get_args(kind) for name in _literals(part))


@pytest.mark.parametrize("name", SAID)
def test_choices_of_an_option_are_those_of_the_field(name: str) -> None:
    field = StudySpec.model_fields[name.replace("-", "_")]
    assert SAID[name] == _literals(field.annotation)


def test_modes_and_executors_are_the_engines() -> None:
    assert get_args(Mode) == options.MODES
    assert set(options.EXECUTORS) == set(EXECUTORS)


def test_a_command_without_options_asks_for_the_default_study() -> None:
    _, parsers = build_parser(command_words("en"))
    args = parsers["fit"].parse_args(["export.csv", "-m", "ecsi"])
    assert StudySpec(**study_options(args)) == StudySpec()


def test_the_docstring_of_a_study_names_every_option() -> None:
    said = Study.__doc__ or ""
    assert [name for name in StudySpec.model_fields if f"``{name}``" not in said] == []
