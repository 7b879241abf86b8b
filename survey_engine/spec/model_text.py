"""Model text (the language of lavaan) into a `ModelSpec`."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from survey_engine.errors import AuthoringError, Diagnostic, Where, diagnostic
from survey_engine.instrument.nearest import nearest_name
from survey_engine.spec.collector_pause import collector_paused
from survey_engine.spec.formula import MAX_TERMS, Term, terms_of
from survey_engine.spec.model import ModelSpec, Statement
from survey_engine.spec.modifiers import Modifier
from survey_engine.spec.statement_split import split_statements
from survey_engine.spec.tokens import EXCERPT, Token, token_stream, tokenize
from survey_engine.spec.view import constructs_of, paths_of

_MAX_DIAGNOSTICS = 30
_MODIFIED = ("fixed", "start", "label")
_STATEMENTS = TypeAdapter(tuple[Statement, ...])


def parse_model_text(text: str, *, file: str) -> ModelSpec:
    """Read a model written as ``Satisfaction =~ CUSA1 + CUSA2`` and ``Loyalty ~ Satisfaction``.

    Parameters
    ----------
    text : str
        The whole text, at most 1 MB.
    file : str
        Name shown in diagnostics and, without its ending, the id of the model.

    Raises
    ------
    AuthoringError
        One diagnostic per statement that cannot be read: line, column, the piece of
        text that does not fit.

    References
    ----------
    Rosseel (2012), Journal of Statistical Software 48(2): the language. The automatic
    parameters are added by the estimators, not here.
    """
    with collector_paused():
        return _model(text, file)


def _model(text: str, file: str) -> ModelSpec:
    statements = parse_statements(text, file=file)
    if not statements:
        raise AuthoringError(
            diagnostic("NOTHING_WRITTEN", where=Where(file=file, line=1, column=1))
        )
    constructs = constructs_of(statements)
    return ModelSpec(
        id=_model_id(file),
        constructs=constructs,
        paths=paths_of(statements, constructs),
        statements=statements,
    )


def parse_statements(text: str, *, file: str, first_line: int = 1) -> tuple[Statement, ...]:
    """The statements of a model text; `first_line` is the line of its first character.

    Raises
    ------
    AuthoringError
        As `parse_model_text`.
    """
    collected = _Collector(file)
    try:
        for tokens in split_statements(token_stream(text, file=file, first_line=first_line)):
            collected.read(tokens)
            if len(collected.faults) >= _MAX_DIAGNOSTICS:
                break
    except AuthoringError as problem:  # a character outside the language: nothing follows
        collected.faults.extend(problem.diagnostics)
    statements = collected.resolved()
    if collected.faults:
        raise AuthoringError(*collected.faults[:_MAX_DIAGNOSTICS])
    return statements


def _model_id(file: str) -> str:
    name = file.replace("\\", "/").rsplit("/", 1)[-1]
    return name.split(".", 1)[0] or "model"


class _Collector:
    """Puts terms of the same parameter together and resolves ``equal()``."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Diagnostic] = []
        self.statements: list[dict[str, Any]] = []
        self.by_key: dict[tuple[str, str, str], int] = {}
        self.equal: list[tuple[int, str, Term]] = []

    def read(self, tokens: list[Token]) -> None:
        """Add the terms of one statement, or note why it cannot be read."""
        try:
            for term in terms_of(tokens, file=self.file):
                self.add(term)
        except AuthoringError as problem:
            self.faults.extend(problem.diagnostics)

    def add(self, term: Term) -> None:
        """Append a term, or merge its modifiers into the same earlier one."""
        lhs, op, rhs, place, modifiers = term
        if len(self.statements) >= MAX_TERMS:
            where = Where(file=self.file, line=place.line, column=place.column)
            raise AuthoringError(
                diagnostic("MODEL_TEXT_TOO_MANY_TERMS", where=where, limit=MAX_TERMS)
            )
        key = parameter_key(lhs, op, rhs)
        known = self.by_key.get(key)
        if known is None or not modifiers:
            known = len(self.statements)
            self.by_key.setdefault(key, known)
            self.statements.append(
                {"lhs": lhs, "op": op, "rhs": rhs, "line": place.line, "column": place.column}
            )
        for modifier in modifiers:
            self._modify(known, modifier, term)

    def _modify(self, index: int, modifier: Modifier, term: Term) -> None:
        if modifier.equal is not None:
            self.equal.append((index, modifier.equal, term))
            return
        statement = self.statements[index]
        for field in _MODIFIED:
            new, old = getattr(modifier, field), statement.get(field)
            if new and old and new != old:
                self._fault("MODEL_TEXT_MODIFIER_CONFLICT", term)
            elif new:
                statement[field] = new
        lengths = {len(statement.get(field, ())) for field in _MODIFIED}
        if len(lengths - {0, 1}) > 1:
            self._fault("MODEL_TEXT_MODIFIER_CONFLICT", term)

    def resolved(self) -> tuple[Statement, ...]:
        """Statements with each ``equal("lhs op rhs")`` turned into a shared label."""
        taken = {label for drafted in self.statements for label in drafted.get("label", ())}
        for index, target, term in self.equal:
            if len(self.faults) >= _MAX_DIAGNOSTICS:
                break  # each unknown target costs a search for the closest name
            wanted = self.by_key.get(self._target_key(target))
            if wanted is None or wanted == index:
                known = ["".join(key) for key in self.by_key]
                self._fault(
                    "MODEL_TEXT_EQUAL_TARGET",
                    term,
                    target=target[:EXCERPT],
                    suggestion=nearest_name(target.replace(" ", ""), known) or "–",
                )
                continue
            self._share_label(wanted, index, term, taken)
        return _STATEMENTS.validate_python(self.statements)

    def _target_key(self, target: str) -> tuple[str, str, str]:
        try:
            tokens = next(split_statements(tokenize(target, file=self.file)), None)
            first = next(terms_of(tokens, file=self.file)) if tokens else None
        except AuthoringError:
            first = None  # reported by the caller as an unknown target
        if first is None:
            return ("", "", "")
        return parameter_key(first.lhs, first.op, first.rhs)

    def _share_label(self, wanted: int, index: int, term: Term, taken: set[str]) -> None:
        label = self.statements[wanted].get("label")
        if not label:
            number = 1
            while f"equal.{number}" in taken:
                number = len(taken) + 1 if number == 1 else number + 1
            label = (f"equal.{number}",)
            taken.update(label)
            self.statements[wanted]["label"] = label
        own = self.statements[index].get("label")
        if own and own != label:
            self._fault("MODEL_TEXT_MODIFIER_CONFLICT", term)
        self.statements[index]["label"] = label

    def _fault(self, code: str, term: Term, **parameters: Any) -> None:
        place = Where(file=self.file, line=term.place.line, column=term.place.column)
        found = f"{term.lhs} {term.op} {term.rhs}"[:EXCERPT]
        self.faults.append(diagnostic(code, where=place, found=found, **parameters))


def parameter_key(lhs: str, op: str, rhs: str) -> tuple[str, str, str]:
    """Identifies a parameter: a covariance is the same from both sides."""
    return (rhs, op, lhs) if op == "~~" and rhs < lhs else (lhs, op, rhs)


def without_places(spec: ModelSpec) -> ModelSpec:
    """The model without lines and columns, for comparing models."""
    bare = tuple(
        statement.model_copy(update={"line": None, "column": None})
        for statement in spec.statements
    )
    return spec.model_copy(update={"statements": bare})


__all__ = ["parameter_key", "parse_model_text", "parse_statements", "without_places"]
