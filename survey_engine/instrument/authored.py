"""Plain data into an authored value; every fault becomes a diagnostic with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from survey_engine.errors import AuthoringError, Diagnostic, diagnostic
from survey_engine.instrument.nearest import nearest_name
from survey_engine.instrument.yaml_document import EXCERPT, YamlDocument

Authored = TypeVar("Authored", bound=BaseModel)

_MAX_DIAGNOSTICS = 30
_EXPECTED = {
    "string_type": "EXPECTED_TEXT",
    "float_type": "EXPECTED_NUMBER",
    "float_parsing": "EXPECTED_NUMBER",
    "int_type": "EXPECTED_WHOLE_NUMBER",
    "int_parsing": "EXPECTED_WHOLE_NUMBER",
    "int_from_float": "EXPECTED_WHOLE_NUMBER",
    "bool_type": "EXPECTED_TRUE_FALSE",
    "tuple_type": "EXPECTED_LIST",
    "list_type": "EXPECTED_LIST",
    "dict_type": "EXPECTED_MAPPING",
    "model_type": "EXPECTED_MAPPING",
    "model_attributes_type": "EXPECTED_MAPPING",
    "string_too_short": "EMPTY_VALUE",
    "too_short": "EMPTY_VALUE",
}
_BOUNDS = {
    "greater_than": "gt",
    "greater_than_equal": "ge",
    "less_than": "lt",
    "less_than_equal": "le",
}
_PYTHON_ONLY = frozenset({"construct_name", "origin", "schema_version", "source", "target"})
_SIGNS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}


def validated(kind: type[Authored], document: YamlDocument) -> Authored:
    """Check `document` against the authored type `kind`, nothing coerced.

    Raises
    ------
    AuthoringError
        One diagnostic per fault (30 at most), each with file, line, column and key.
    """
    if faults := list(islice(_python_names(kind, document), _MAX_DIAGNOSTICS)):
        raise AuthoringError(*faults)
    text = json.dumps(document.data, ensure_ascii=False)
    try:
        # Through JSON because strict JSON validation accepts lists for tuples and
        # mappings for models, yet refuses "5" for 5 and 5 for "5".
        return kind.model_validate_json(text, strict=True)
    except ValidationError as problem:
        found = problem.errors(include_url=False, include_context=True)[:_MAX_DIAGNOSTICS]
    raise AuthoringError(*_without_echoes([_fault(kind, document, fault) for fault in found]))


def _python_names(kind: type[BaseModel], document: YamlDocument) -> Iterator[Diagnostic]:
    """Keys that only Python code may use, such as ``construct_name`` for ``construct``."""
    for path in document.keys:
        if path[-1] in _PYTHON_ONLY and path[-1] not in (known_keys(kind, path[:-1]) or path):
            yield _unknown_key(kind, document, path)


def _without_echoes(faults: list[Diagnostic]) -> list[Diagnostic]:
    """A misspelt key is also a missing one; it is reported once, where it stands."""
    misspelt = {
        fault.parameters["suggestion"] for fault in faults if fault.code == "UNKNOWN_KEY"
    }
    return [
        fault
        for fault in faults
        if fault.code != "MISSING_KEY" or fault.parameters["key"] not in misspelt
    ]


def _fault(kind: type[BaseModel], document: YamlDocument, fault: Any) -> Diagnostic:
    path = tuple(str(part) for part in fault["loc"] if part != "[key]")
    where = document.where(path)
    key = ".".join(path) or document.file
    found = _shown(fault["input"])
    name = fault["type"]
    if name == "extra_forbidden":
        return _unknown_key(kind, document, path)
    if name == "missing":
        return diagnostic(
            "MISSING_KEY",
            where=where,
            key=path[-1],
            inside=".".join(path[:-1]) or document.file,
        )
    if name == "literal_error":
        return diagnostic(
            "NOT_ALLOWED_VALUE",
            where=where,
            key=key,
            found=found,
            allowed=fault["ctx"]["expected"].replace(" or ", ", ").replace("'", '"'),
        )
    if name in _BOUNDS:
        sign = _BOUNDS[name]
        bound = f"{_SIGNS[sign]} {fault['ctx'][sign]:g}"
        return diagnostic(
            "NUMBER_OUT_OF_BOUNDS", where=where, key=key, found=found, bound=bound
        )
    return diagnostic(_EXPECTED.get(name, "NOT_UNDERSTOOD"), where=where, key=key, found=found)


def _unknown_key(
    kind: type[BaseModel], document: YamlDocument, path: tuple[str, ...]
) -> Diagnostic:
    known = known_keys(kind, path[:-1])
    return diagnostic(
        "UNKNOWN_KEY",
        where=document.where(path),
        key=path[-1][:EXCERPT],
        suggestion=nearest_name(path[-1], known) or "–",
        allowed=sorted(known),
    )


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


def known_keys(kind: type[BaseModel], path: tuple[str, ...]) -> list[str]:
    """Keys as they are written in YAML of the authored type at `path` below `kind`."""
    current: Any = kind
    for part in path:
        current = _inside(current, part)
    if not _is_model(current):
        return []
    return [info.alias or name for name, info in current.model_fields.items()]


def _inside(annotation: Any, part: str) -> Any:
    if _is_model(annotation):
        for name, info in annotation.model_fields.items():
            if part in (name, info.alias):
                return _bare(info.annotation)
        return None
    arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
    return _bare(arguments[-1]) if arguments else None


def _bare(annotation: Any) -> Any:
    """`X` of `X | None`."""
    arguments = get_args(annotation)
    if type(None) in arguments:
        return next(argument for argument in arguments if argument is not type(None))
    return annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
