"""A model as an R script for lavaan: the same model, estimator and treatment of data.

The options are those of lavaan's manual (version 0.6): ``sem()``, ``lavOptions``. The
optimiser keeps its own stop: with a tighter one it reports that it has not converged.
"""

from __future__ import annotations

from collections.abc import Iterator

from survey_engine.exchange.request import (
    Export,
    ExportRequest,
    refuse_other_choice,
    refuse_other_options,
    refuse_reliabilities,
    unsupported,
)
from survey_engine.spec.dump import dump_model_text
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.statements import statements_of
from survey_engine.study.names import COVARIANCE_BASED
from survey_engine.study.result import StudySpec

PROGRAM = "lavaan"
_HONOURED = (
    "estimator", "missing", "weights", "cluster", "group", "kind", "meanstructure", "std_lv",
    "orthogonal", "fixed_x", "bounds", "information", "likelihood", "group_equal",
    "group_partial", "ordered", "parameterization",
)  # fmt: skip
_MISSING = {
    "listwise": "listwise",
    "fiml": "ml",
    "two-stage": "two.stage",
    "robust-two-stage": "robust.two.stage",
}
_TAIL = """
summary(fit, fit.measures = TRUE, standardized = TRUE)
write.csv(parameterEstimates(fit, standardized = TRUE), "lavaan-estimates.csv",
          row.names = FALSE)
measures <- fitMeasures(fit)
write.csv(data.frame(measure = names(measures), value = as.numeric(measures)),
          "lavaan-fit.csv", row.names = FALSE)
"""


def lavaan_script(request: ExportRequest) -> Export:
    """The R script; it writes ``lavaan-estimates.csv`` and ``lavaan-fit.csv``.

    Raises
    ------
    EstimationError
        EXPORT_UNSUPPORTED: an interaction of constructs, a composite, a declared
        reliability, an estimator or a treatment of missing answers that lavaan has not.
    """
    model, spec = request.model, request.spec
    refuse_other_options(PROGRAM, spec, _HONOURED)
    refuse_other_choice(PROGRAM, spec, "estimator", COVARIANCE_BASED)
    refuse_other_choice(PROGRAM, spec, "missing", _MISSING)
    refuse_reliabilities(PROGRAM, model)
    _refuse_products(model)
    arguments = ["model", "data = data", *_arguments(spec)]
    call = ",\n           ".join(arguments)
    return Export(
        text=(
            f"# {model.id}: written by survey_engine for lavaan\n"
            "library(lavaan)\n\n"
            f"data <- read.csv({_quoted(request.data)}, check.names = FALSE,\n"
            '                 na.strings = c("", "NA"), fileEncoding = "UTF-8-BOM")\n\n'
            f"model <- {_quoted_block(dump_model_text(model))}\n\n"
            f"fit <- {spec.kind}({call})\n{_TAIL}"
        )
    )


def _refuse_products(model: ModelSpec) -> None:
    for statement in statements_of(model):
        product = statement.op == "~" and ":" in statement.rhs
        # What lavaan makes of a composite differs from version to version.
        if product or statement.op == "<~":
            unsupported(PROGRAM, f"{statement.lhs} {statement.op} {statement.rhs}")


def _arguments(spec: StudySpec) -> Iterator[str]:
    yield f'estimator = "{spec.estimator.upper()}"'
    # With ordered answers "listwise" is the program's own default, under another rule.
    yield f'missing = "{_MISSING[spec.missing]}"'
    yield from _named("sampling.weights", spec.weights)
    yield from _named("cluster", spec.cluster)
    yield from _named("group", spec.group)
    yield from _listed("group.equal", _dotted(spec.group_equal))
    yield from _listed("group.partial", spec.group_partial)
    if spec.ordered:
        # Predictors are random beside ordered answers: their moments are part of the fit.
        yield from ("fixed.x = FALSE", "conditional.x = FALSE")
        yield from (
            ["ordered = TRUE"] if "all" in spec.ordered else _listed("ordered", spec.ordered)
        )
        yield f'parameterization = "{spec.parameterization}"'
    elif not spec.fixed_x:
        yield "fixed.x = FALSE"
    if spec.meanstructure is not None:
        yield f"meanstructure = {str(spec.meanstructure).upper()}"
    for name in ("std_lv", "orthogonal"):
        if getattr(spec, name):
            yield f"{name.replace('_', '.')} = TRUE"
    if spec.bounds:
        yield 'bounds = "pos.var"'
    yield from _named("information", spec.information)
    if spec.likelihood != "normal":
        yield f'likelihood = "{spec.likelihood}"'


def _dotted(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.replace("_", ".") for name in names)


def _named(name: str, value: str | None) -> Iterator[str]:
    if value is not None:
        yield f"{name} = {_quoted(value)}"


def _listed(name: str, values: tuple[str, ...]) -> Iterator[str]:
    if values:
        yield f"{name} = c({', '.join(_quoted(value) for value in values)})"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _quoted_block(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'\n{escaped}'"
