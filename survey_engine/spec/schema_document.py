"""The published JSON Schema of model files, as the text of its file."""

from __future__ import annotations

from survey_engine.instrument.schema_document import schema_text
from survey_engine.spec.model import ModelSpec


def model_schema_text() -> str:
    """Content of ``spec/schema/model-1.json``: in a file, ``statements`` is model text."""
    statements = {
        "title": "Statements",
        "type": "string",
        "description": "model text: further statements and modifiers",
    }
    title = "survey_engine model, version 1"
    return schema_text(ModelSpec, title=title, statements=statements)
