"""Roles of a model: which construct is the index, a driver, an outcome."""

from __future__ import annotations

from collections.abc import Iterator

from survey_engine.spec.model import ModelSpec


def unknown_roles(spec: ModelSpec) -> Iterator[tuple[str, str]]:
    """``(role, name)`` of every role that names no construct of the model."""
    if spec.roles is None:
        return
    roles = spec.roles
    named = [("index", roles.index), ("loyalty", roles.loyalty)]
    named += [("complaints", roles.complaints), *(("drivers", name) for name in roles.drivers)]
    known = set(spec.construct_names)
    for role, name in named:
        if name is not None and name not in known:
            yield role, name
