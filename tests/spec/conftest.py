"""Helpers for tests of authored files."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from survey_engine.errors import AuthoringError, Diagnostic


@pytest.fixture
def faults() -> Callable[..., tuple[Diagnostic, ...]]:
    """Run something that must be refused; the diagnostics it was refused with."""

    def run(action: Callable[..., object], *arguments: object, **named: object) -> tuple:
        with pytest.raises(AuthoringError) as caught:
            action(*arguments, **named)
        return caught.value.diagnostics

    return run
