"""An `Instrument` back into the text of its file."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import BaseModel

from survey_engine.instrument.model import Instrument
from survey_engine.instrument.yaml_scalar import plain_word_is_text


class _Dumper(yaml.SafeDumper):
    """Block style, no aliases, and quotes wherever our own reader needs them."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (PyYAML names it)
        return True

    def represent_text(self, data: str) -> yaml.ScalarNode:
        style = None if plain_word_is_text(data) and data.isprintable() else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)


def dump_plain(data: Any) -> str:
    """Plain data as YAML that `compose_document` reads back to the same data."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)


def plain(value: BaseModel, **options: Any) -> dict[str, Any]:
    """An authored value as plain data under its YAML keys, defaults left out."""
    return value.model_dump(mode="json", by_alias=True, exclude_defaults=True, **options)


def dump_instrument(instrument: Instrument) -> str:
    """The YAML text of an instrument; `parse_instrument` gives the same value back.

    Defaults are left out. Comments of the original file are not kept.
    """
    return dump_plain({"schema": instrument.schema_version, **plain(instrument)})
