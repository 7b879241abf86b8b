"""A model file's text, YAML or model text, into a `ModelSpec`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from survey_engine.errors import AuthoringError, Diagnostic, Where, diagnostic
from survey_engine.instrument.authored import validated
from survey_engine.instrument.nearest import nearest_name
from survey_engine.instrument.yaml_document import YamlDocument, compose_document
from survey_engine.spec.model import ModelSpec, Statement
from survey_engine.spec.model_text import parameter_key, parse_model_text, parse_statements
from survey_engine.spec.roles import unknown_roles
from survey_engine.spec.statements import derived_statements
from survey_engine.spec.tokens import is_name_character
from survey_engine.spec.view import constructs_of, paths_of

_MOST = 50
_BLOCKS = frozenset({"group", "level", "block", "class"})


def parse_model(text: str, *, file: str) -> ModelSpec:
    """Read a model: YAML if the text is a mapping document, else model text.

    Parameters
    ----------
    text : str
        The whole file.
    file : str
        Name shown in diagnostics; ``.yaml`` and ``.yml`` are always read as YAML.

    Raises
    ------
    AuthoringError
        With file, line, column, what was found and what to write.
    """
    if file.lower().endswith((".yaml", ".yml")) or _is_mapping(text):
        return parse_model_yaml(text, file=file)
    return parse_model_text(text, file=file)


def _is_mapping(text: str) -> bool:
    """Whether the first line that says something is ``key:`` rather than a formula."""
    for line in text.splitlines():
        content = line.strip().removeprefix("\ufeff")
        if not content or content[0] in "#!":
            continue
        if content.startswith(("---", "%YAML", "{")):
            return True
        stop = 0
        while stop < len(content) and is_name_character(content[stop]):
            stop += 1
        rest = content[stop:]
        return rest[:1] == ":" and rest[1:2] in ("", " ") and content[:stop] not in _BLOCKS
    return False


def parse_model_yaml(text: str, *, file: str) -> ModelSpec:
    """Read a model written as constructs and paths.

    The optional key ``statements`` holds model text: further statements, and modifiers
    of those that follow from constructs and paths.

    Raises
    ------
    AuthoringError
    """
    document = compose_document(text, file=file)
    extra = _extra_statements(document)
    spec = _with_kinds(validated(ModelSpec, document))
    placed = _placed(spec, document)
    said = {_subject(term) for term in extra}
    kept = [statement for statement in placed if _subject(statement) not in said]
    complete = spec.model_copy(update={"statements": (*kept, *extra)})
    faults = [*islice(_placeless(complete, document), _MOST), *_beyond(complete, extra, file)]
    if faults:
        raise AuthoringError(*faults)
    return complete


def _subject(statement: Statement) -> tuple[str, str, str]:
    """What a statement is about: ``=~`` and ``<~`` are two ways to say one thing."""
    op = "=~" if statement.op == "<~" else statement.op
    return parameter_key(statement.lhs, op, statement.rhs)


def _with_kinds(spec: ModelSpec) -> ModelSpec:
    """Single-item and higher-order constructs called so, as model text does."""
    seen = {construct.name: construct for construct in constructs_of(derived_statements(spec))}
    constructs = []
    for construct in spec.constructs:
        found = seen.get(construct.name, construct)
        if found.kind in ("single_item", "higher_order") and construct.kind != found.kind:
            update = {"kind": found.kind, "mode": construct.mode or found.mode}
            construct = construct.model_copy(update=update)
        constructs.append(construct)
    return spec.model_copy(update={"constructs": tuple(constructs)})


def _extra_statements(document: YamlDocument) -> tuple[Statement, ...]:
    """Take the model text out of the document before it is validated."""
    if not isinstance(document.data, dict) or "statements" not in document.data:
        return ()
    text: Any = document.data.pop("statements")
    if not isinstance(text, str):
        where = document.where(("statements",))
        found = type(text).__name__
        raise AuthoringError(
            diagnostic("EXPECTED_TEXT", where=where, key="statements", found=found)
        )
    # A block of text begins on the line after its key.
    line = document.values[("statements",)].line + (1 if "\n" in text else 0)
    return parse_statements(text, file=document.file, first_line=line)


def _placed(spec: ModelSpec, document: YamlDocument) -> list[Statement]:
    """The derived statements with the line and column where the file says them."""
    place: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for number, construct in enumerate(spec.constructs):
        for order, item in enumerate(construct.indicators):
            place.setdefault((construct.name, item), []).append(
                ("constructs", str(number), "indicators", str(order))
            )
    for number, arrow in enumerate(spec.paths):
        place.setdefault((arrow.target, arrow.source), []).append(("paths", str(number)))
    found = []
    for statement in derived_statements(spec):
        path = place[(statement.lhs, statement.rhs)].pop(0)
        line, column = document.position(path)
        found.append(statement.model_copy(update={"line": line, "column": column}))
    return found


def _placeless(spec: ModelSpec, document: YamlDocument) -> Iterator[Diagnostic]:
    """Faults that `identify` could not place: they stand in no statement."""
    for number, construct in enumerate(spec.constructs):
        if not construct.indicators:
            where = document.where(
                ("constructs", str(number), "indicators"), constructs=(construct.name,)
            )
            yield diagnostic("EMPTY_CONSTRUCT", where=where)
    for role, name in unknown_roles(spec):
        yield diagnostic(
            "UNKNOWN_ROLE",
            where=document.where(("roles", role), constructs=(name,)),
            role=role,
            suggestion=nearest_name(name, spec.construct_names) or "–",
        )


def _beyond(spec: ModelSpec, extra: tuple[Statement, ...], file: str) -> list[Diagnostic]:
    """Constructs, indicators and paths that only the extra statements know."""
    known = {c.name: set(c.indicators) for c in spec.constructs}
    arrows = {(path.target, path.source) for path in spec.paths}
    latent = constructs_of(spec.statements)
    shown = {(path.target, path.source) for path in paths_of(spec.statements, latent)}
    faults = []
    for term in extra:
        measured = term.op in ("=~", "<~") and term.rhs not in known.get(term.lhs, set())
        directed = (term.lhs, term.rhs) in shown - arrows and term.op == "~"
        if measured or directed:
            faults.append(
                diagnostic(
                    "STATEMENTS_BEYOND_MODEL",
                    where=Where(file=file, line=term.line, column=term.column),
                    found=f"{term.lhs} {term.op} {term.rhs}",
                )
            )
    return faults
