"""YAML as plain data that remembers where every key and value stands.

Built from parser events, not by a loader: duplicate keys, unquoted yes/no, tags and
aliases are refused instead of being resolved, and size, depth and number of values are
limited before anything is built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

import yaml

from survey_engine.errors import AuthoringError, Where, diagnostic
from survey_engine.instrument.yaml_scalar import is_refused_boolean, plain_value

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_VALUES = 100_000
EXCERPT = 60

KeyPath = tuple[str, ...]
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Position(NamedTuple):
    """Line and column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True)
class YamlDocument:
    """Plain data (dict, list, str, int, float, bool, None) and its positions.

    Attributes
    ----------
    data : Any
    keys, values : Mapping[tuple[str, ...], Position]
        Position of the key and of its value by path; list positions are their
        numbers from 0, written as text: ``("items", "0", "id")``.
    file : str
        Name shown in diagnostics.
    """

    data: Any
    keys: Mapping[KeyPath, Position]
    values: Mapping[KeyPath, Position]
    file: str

    def position(self, path: KeyPath) -> Position:
        """Where `path` stands: its key, else its value, else its nearest parent."""
        for end in range(len(path), -1, -1):
            found = self.keys.get(path[:end]) or self.values.get(path[:end])
            if found is not None:
                return found
        return Position(1, 1)

    def where(self, path: KeyPath, **names: Any) -> Where:
        """A diagnostic's place for `path`; `names` are further fields of `Where`."""
        line, column = self.position(path)
        return Where(file=self.file, line=line, column=column, **names)


def compose_document(text: str, *, file: str) -> YamlDocument:
    """Read one YAML document into plain data with positions.

    Parameters
    ----------
    text : str
        The whole file.
    file : str
        Name shown in diagnostics; nothing is opened.

    Raises
    ------
    AuthoringError
        On anything but one mapping document of plain values within the limits.
    """
    _refuse_size(text, file)
    composer = _Composer(file=file, lines=text.splitlines())
    try:
        return composer.compose(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as problem:
        raise _syntax_error(problem, text, file) from None


def _refuse_size(text: str, file: str) -> None:
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as problem:
        line = text.count("\n", 0, problem.start) + 1
        raise AuthoringError(
            diagnostic("TEXT_NOT_UNICODE", where=Where(file=file, line=line, column=1))
        ) from None
    if size > MAX_BYTES:
        raise AuthoringError(
            diagnostic(
                "TEXT_TOO_LARGE", where=Where(file=file, line=1, column=1), limit=MAX_BYTES
            )
        )


def _syntax_error(problem: yaml.YAMLError, text: str, file: str) -> AuthoringError:
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    if mark is None:
        offset = max(getattr(problem, "position", 0) or 0, 0)
        line, column = text.count("\n", 0, offset), 0
    else:
        line, column = mark.line, mark.column
    lines = text.splitlines()
    found = lines[line] if line < len(lines) else ""
    code = "YAML_TAB" if "\t" in found[: len(found) - len(found.lstrip())] else "YAML_SYNTAX"
    place = Where(file=file, line=line + 1, column=column + 1)
    return AuthoringError(diagnostic(code, where=place, found=found.strip()[:EXCERPT]))


@dataclass(kw_only=True)
class _Composer:
    """Turns events into data. Depth is limited, so recursion is safe."""

    file: str
    lines: list[str]
    keys: dict[KeyPath, Position] = field(default_factory=dict)
    values: dict[KeyPath, Position] = field(default_factory=dict)
    count: int = 0

    def compose(self, events: Iterator[Any]) -> YamlDocument:
        data: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse("YAML_SEVERAL_DOCUMENTS", event)
            elif not isinstance(
                event, yaml.StreamStartEvent | yaml.StreamEndEvent | yaml.DocumentEndEvent
            ):
                data = self._node(event, events, ())
        if data is None or data == {}:
            raise AuthoringError(
                diagnostic("NOTHING_WRITTEN", where=Where(file=self.file, line=1, column=1))
            )
        return YamlDocument(data=data, keys=self.keys, values=self.values, file=self.file)

    def _node(self, event: Any, events: Iterator[Any], path: KeyPath) -> Any:
        self._refuse_unsafe(event, path)
        self.values[path] = _position(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return self._scalar(event)

    def _refuse_unsafe(self, event: Any, path: KeyPath) -> None:
        self.count += 1
        if self.count > MAX_VALUES:
            self._refuse("YAML_TOO_MANY_VALUES", event, limit=MAX_VALUES)
        if len(path) > MAX_DEPTH:
            self._refuse("YAML_TOO_DEEP", event, limit=MAX_DEPTH)
        if event.anchor is not None:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            self._refuse("YAML_ALIAS", event, found=f"{sign}{event.anchor}"[:EXCERPT])
        if getattr(event, "tag", None) is not None:
            self._refuse("YAML_TAG", event, found=str(event.tag)[:EXCERPT])

    def _mapping(self, events: Iterator[Any], path: KeyPath) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event, path)
            result[key] = self._node(next(events), events, (*path, str(key)))
        return result

    def _key(self, event: Any, path: KeyPath) -> str | int:
        self._refuse_unsafe(event, path)
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse("YAML_KEY", event, found=self._excerpt(event))
        key = self._scalar(event)
        if key is None or isinstance(key, bool | float):
            self._refuse("YAML_KEY", event, found=event.value[:EXCERPT])
        place = (*path, str(key))
        if place in self.keys:
            self._refuse(
                "YAML_DUPLICATE_KEY", event, key=str(key)[:EXCERPT], first=self.keys[place].line
            )
        self.keys[place] = _position(event)
        return str(key) if not isinstance(key, int) else key

    def _sequence(self, events: Iterator[Any], path: KeyPath) -> list[Any]:
        result: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            result.append(self._node(event, events, (*path, str(len(result)))))
        return result

    def _scalar(self, event: Any) -> Any:
        if not event.implicit[0] or event.style:
            return event.value
        if is_refused_boolean(event.value):
            self._refuse("YAML_BOOLEAN", event, found=event.value)
        return plain_value(event.value)

    def _excerpt(self, event: Any) -> str:
        line = event.start_mark.line
        return self.lines[line].strip()[:EXCERPT] if line < len(self.lines) else ""

    def _refuse(self, code: str, event: Any, **parameters: Any) -> NoReturn:
        line, column = _position(event)
        place = Where(file=self.file, line=line, column=column)
        raise AuthoringError(diagnostic(code, where=place, **parameters))


def _position(event: Any) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)
