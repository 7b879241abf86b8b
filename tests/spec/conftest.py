"""Helpers for tests of authored files."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings

from survey_engine.errors import AuthoringError, Diagnostic

# No time limit per example: a busy machine must not fail a test of values.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def faults() -> Callable[..., tuple[Diagnostic, ...]]:
    """Run something that must be refused; the diagnostics it was refused with."""

    def run(action: Callable[..., object], *arguments: object, **named: object) -> tuple:
        with pytest.raises(AuthoringError) as caught:
            action(*arguments, **named)
        return caught.value.diagnostics

    return run
