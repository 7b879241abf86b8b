"""Run every requirement; nothing is fixed, rounded or left out to make it pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from survey_engine.spec.model import ModelSpec
from survey_engine.validation import (
    closed_forms,
    nist,
    partial_least_squares,
    reproducibility,
    structural,
)
from survey_engine.validation.check import Frames, Outcome, Requirement, Verdict


@dataclass(frozen=True, kw_only=True)
class Validation:
    """Every requirement with its verdict.

    Attributes
    ----------
    outcomes : tuple[Outcome, ...]
    """

    outcomes: tuple[Outcome, ...]

    @property
    def verdict(self) -> Verdict:
        """``fail`` if any requirement fails; else ``pass``, even if some had no data."""
        verdicts = {one.verdict for one in self.outcomes}
        return "fail" if "fail" in verdicts or "pass" not in verdicts else "pass"

    @property
    def cells(self) -> int:
        """Comparisons made."""
        return sum(len(one.checks) for one in self.outcomes)


def requirements(model: ModelSpec) -> tuple[Requirement, ...]:
    """All requirements; `model` is the shipped ECSI model."""
    return (
        *nist.REQUIREMENTS,
        *closed_forms.REQUIREMENTS,
        *structural.REQUIREMENTS,
        *partial_least_squares.requirements(model),
        *reproducibility.REQUIREMENTS,
    )


def validate(
    frames: Frames,
    model: ModelSpec,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> Validation:
    """Run every requirement whose data are there.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Data sets found on this machine, by name.
    model : ModelSpec
        The shipped ECSI model.
    progress : callable, optional
        Called with ``"validate"``, requirements done and requirements in all.
    """
    known = requirements(model)
    outcomes = []
    for done, one in enumerate(known, start=1):
        missing = tuple(name for name in one.needs if name not in frames)
        checks = () if missing else tuple(one.run(frames))
        outcomes.append(Outcome(requirement=one, checks=checks, missing=missing))
        if progress is not None:
            progress("validate", done, len(known))
    return Validation(outcomes=tuple(outcomes))
