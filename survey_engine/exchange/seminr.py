"""A model as a script for seminr: in R, or its twin for seminr's Python edition.

Both editions have the same words (`constructs`, `composite`, `relationships` ...); the
twin differs in how lists and names are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from survey_engine.errors import Diagnostic, diagnostic
from survey_engine.exchange.pls_view import PlsView, pls_view
from survey_engine.exchange.request import (
    Export,
    ExportRequest,
    refuse_other_choice,
    refuse_other_options,
    unsupported,
)
from survey_engine.spec.model import Construct
from survey_engine.study.result import StudySpec

PROGRAM = "seminr"
_HONOURED = ("estimator", "metric", "scheme", "modes", "interaction", "missing")
_SCHEMES = {"path": "path_weighting", "factorial": "path_factorial"}
_MISSING = {"listwise": "na_omit", "mean": "mean_replacement"}
_WEIGHTS = {"A": "correlation_weights", "B": "regression_weights", "unit": "unit_weights"}
_STOP = 12
"""Weights have settled when they change by less than 10 to the minus this."""


@dataclass(frozen=True, kw_only=True)
class _Language:
    """How a script of this language is written."""

    python: bool

    def name(self, word: str) -> str:
        return f"seminr.{word}" if self.python else word

    def text(self, word: str) -> str:
        return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def texts(self, words: Sequence[str]) -> str:
        inner = ", ".join(self.text(word) for word in words)
        if self.python:
            return f"[{inner}]"
        return inner if len(words) == 1 else f"c({inner})"

    @property
    def source(self) -> str:
        return "from_" if self.python else "from"


def seminr_script(request: ExportRequest, *, python: bool = False) -> Export:
    """The script; it writes ``seminr-paths.csv``, ``-weights`` and ``-loadings``.

    Raises
    ------
    EstimationError
        EXPORT_UNSUPPORTED: modes, schemes, case weights, groups and statements that
        seminr has not.
    """
    spec = request.spec
    refuse_other_options(PROGRAM, spec, _HONOURED)
    refuse_other_choice(PROGRAM, spec, "estimator", ("pls", "plsc"))
    refuse_other_choice(PROGRAM, spec, "scheme", _SCHEMES)
    refuse_other_choice(PROGRAM, spec, "missing", _MISSING)
    view = pls_view(request.model, spec, PROGRAM)
    body = _body(request, view, _Language(python=python))
    return Export(text="\n".join(body) + "\n", diagnostics=(*view.left_out, *_metric(spec)))


def _metric(spec: StudySpec) -> tuple[Diagnostic, ...]:
    return (
        () if spec.metric == "standardised" else (diagnostic("EXPORT_METRIC", program=PROGRAM),)
    )


def _body(request: ExportRequest, view: PlsView, language: _Language) -> Iterator[str]:
    spec = request.spec
    yield f"# {request.model.id}: written by survey_engine for seminr"
    data = language.text(request.data)
    if language.python:
        yield f"import pandas as pd\nimport seminr\n\ndata = pd.read_csv({data})"
    else:
        yield f"library(seminr)\n\ndata <- read.csv({data}, check.names = FALSE)"
    assign = "=" if language.python else "<-"
    blocks = [*_constructs(view, spec.estimator, language), *_products(view, request, language)]
    yield _call(f"measurement {assign} {language.name('constructs')}", blocks)
    groups = [
        f"{language.name('paths')}({language.source}={language.texts(sources)}, "
        f"to={language.texts((target,))})"
        for target, sources in view.sources.items()
    ]
    yield _call(f"structure {assign} {language.name('relationships')}", groups)
    scheme = language.name(_SCHEMES[spec.scheme])
    omit = _MISSING[spec.missing]
    missing = language.name(omit) if language.python or omit != "na_omit" else "na.omit"
    limit, stop = (
        ("max_it", "stop_criterion") if language.python else ("maxIt", "stopCriterion")
    )
    limits = f"{limit}=5000, {stop}={_STOP}"
    call = [
        "data", "measurement", "structure",
        f"inner_weights={scheme}", f"missing={missing}", limits,
    ]  # fmt: skip
    yield _call(f"model {assign} {language.name('estimate_pls')}", call)
    yield _PYTHON_TAIL if language.python else _R_TAIL


def _call(head: str, arguments: Sequence[str]) -> str:
    inner = ",\n".join(f"    {argument}" for argument in arguments)
    return f"{head}(\n{inner}\n)"


def _constructs(view: PlsView, estimator: str, language: _Language) -> Iterator[str]:
    for construct in view.constructs:
        mode = view.modes[construct.name]
        if mode not in _WEIGHTS:
            unsupported(PROGRAM, f"mode {mode} of {construct.name}")
        yield _construct(construct, _WEIGHTS[mode], estimator, language)


def _construct(construct: Construct, weights: str, estimator: str, language: _Language) -> str:
    name = language.text(construct.name)
    items = language.texts(construct.indicators)
    higher = construct.kind == "higher_order"
    # Consistent weights belong to common factors only, as in our own plsc.
    factor = estimator == "plsc" and weights == "correlation_weights"
    if factor and (construct.kind == "reflective" or higher):
        word = language.name("higher_reflective" if higher else "reflective")
        return f"{word}({name}, {items})"
    if len(construct.indicators) == 1 and not higher:
        single = language.text(construct.indicators[0])
        return f"{language.name('composite')}({name}, {language.name('single_item')}({single}))"
    word = language.name("higher_composite" if higher else "composite")
    method = f", method={_stage(language)}" if higher else ""
    return f"{word}({name}, {items}{method}, weights={language.name(weights)})"


def _stage(language: _Language) -> str:
    # The Python edition takes the word, the R edition the function.
    return '"two_stage"' if language.python else "two_stage"


def _products(view: PlsView, request: ExportRequest, language: _Language) -> Iterator[str]:
    method = f"method={language.name(request.spec.interaction.replace('-', '_'))}"
    for first, second in view.products:
        names = f"iv={language.text(first)}"
        if first == second:
            yield f"{language.name('quadratic_term')}({names}, {method})"
        else:
            names += f", moderator={language.text(second)}"
            yield f"{language.name('interaction_term')}({names}, {method})"


_PYTHON_TAIL = """

def write(matrix, file):
    table = pd.DataFrame(matrix.values, index=list(matrix.rows), columns=list(matrix.cols))
    print(table.round(4).to_string())
    table.to_csv(file)


write(model.path_coef, "seminr-paths.csv")
write(model.outer_weights, "seminr-weights.csv")
write(model.outer_loadings, "seminr-loadings.csv")"""
_R_TAIL = """
summary(model)
write.csv(model$path_coef, "seminr-paths.csv")
write.csv(model$outer_weights, "seminr-weights.csv")
write.csv(model$outer_loadings, "seminr-loadings.csv")"""
