"""The published JSON Schema of an authored type, as the text of its file."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from survey_engine.instrument.model import Instrument


def schema_text(kind: type[BaseModel], *, title: str, **changed: Any) -> str:
    """JSON Schema (2020-12) of `kind` under its YAML keys; `changed` replaces properties."""
    schema = kind.model_json_schema(by_alias=True, mode="validation")
    schema["properties"].update(changed)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return json.dumps({**schema, **head}, ensure_ascii=False, indent=2) + "\n"


def instrument_schema_text() -> str:
    """Content of ``instrument/schema/instrument-1.json``."""
    return schema_text(Instrument, title="survey_engine instrument, version 1")
