"""Which shipped questionnaires feed which models."""

from __future__ import annotations

from survey_engine.workflows.resources import load_instrument, preset_ids


def feeders() -> dict[str, tuple[str, ...]]:
    """Ids of the instruments that name a model, by model."""
    found: dict[str, list[str]] = {}
    for name in preset_ids("instruments"):
        for model in load_instrument(name).models:
            found.setdefault(model, []).append(name)
    return {model: tuple(names) for model, names in found.items()}
