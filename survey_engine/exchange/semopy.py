"""A model as a Python script for semopy: maximum likelihood of complete rows, one group.

The whole parameter table is written out, nothing is left to semopy's own defaults, and
its optimiser runs to a tight stop.
"""

from __future__ import annotations

import re

from survey_engine.errors import Diagnostic
from survey_engine.estimation.cbsem.choices import Choices
from survey_engine.estimation.parameter_table import ParameterTable, parameter_table
from survey_engine.estimation.semopy_syntax import (
    inexpressible,
    model_lines,
    safe_names,
    single_indicators,
)
from survey_engine.exchange.request import (
    Export,
    ExportRequest,
    left_out,
    refuse_other_choice,
    refuse_other_options,
    refuse_reliabilities,
    unsupported,
)

PROGRAM = "semopy"
_HONOURED = ("estimator", "missing", "kind", "std_lv", "orthogonal", "fixed_x")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SCRIPT = '''\
# {id}: written by survey_engine for semopy
import pandas as pd
import semopy

# name in this script: name in the table
COLUMNS = {columns}
MODEL = """
{model}
"""

data = pd.read_csv({data})[list(COLUMNS.values())]
data.columns = list(COLUMNS)
data = data.dropna().astype(float)
model = semopy.Model(MODEL)
result = model.fit(data, obj="MLW", options={{"ftol": 1e-12, "maxiter": 5000}})
estimates = model.inspect()
print(estimates.to_string())
print("chisq", len(data) * result.fun)
estimates.to_csv("semopy-estimates.csv", index=False)
fit = pd.Series({{"n": len(data), "chisq": len(data) * result.fun}}, name="value")
fit.to_csv("semopy-fit.csv", index_label="measure")
'''


def semopy_script(request: ExportRequest) -> Export:
    """The script; it writes ``semopy-estimates.csv`` and ``semopy-fit.csv``.

    Raises
    ------
    EstimationError
        EXPORT_UNSUPPORTED: anything but ML of complete rows of one group, and what
        semopy would misread; those of `parameter_table`.
    """
    model, spec = request.model, request.spec
    refuse_other_options(PROGRAM, spec, _HONOURED)
    refuse_other_choice(PROGRAM, spec, "estimator", ("ml",))
    refuse_other_choice(PROGRAM, spec, "missing", ("listwise",))
    refuse_reliabilities(PROGRAM, model)
    choices = Choices(
        kind=spec.kind, std_lv=spec.std_lv, orthogonal=spec.orthogonal, fixed_x=spec.fixed_x
    )
    table = parameter_table(model, choices)
    what = "~ 1" if table.means else inexpressible(model, table)
    if what is not None:
        unsupported(PROGRAM, what)
    names = _names(table)
    columns = {names[name]: name for name in table.observed}
    listed = "".join(f"    {own!r}: {theirs!r},\n" for own, theirs in columns.items())
    text = _SCRIPT.format(
        id=model.id,
        columns=f"{{\n{listed}}}",
        model="\n".join(model_lines(table, names, {})),
        data=repr(request.data),
    )
    return Export(text=text, diagnostics=_not_asked(table))


def _names(table: ParameterTable) -> dict[str, str]:
    """Names as they are where semopy reads all of them, else numbered ones."""
    known = (*table.observed, *table.latents)
    if not all(_PLAIN.fullmatch(name) for name in known):
        return safe_names(table)
    return {name: name for name in known} | single_indicators(table)


def _not_asked(table: ParameterTable) -> tuple[Diagnostic, ...]:
    return tuple(left_out(PROGRAM, f"{name} := {text}") for name, text in table.defined)
