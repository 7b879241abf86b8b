"""A model and its data as files for SmartPLS: a CSV file, and a sheet of what to draw.

SmartPLS keeps its projects in a file format of its own, which is not published; its
data import reads CSV. The sheet says in its words what to draw and which settings give
our numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from survey_engine.exchange.pls_view import PlsView, pls_view
from survey_engine.exchange.request import (
    Export,
    ExportRequest,
    refuse_other_choice,
    refuse_other_options,
    unsupported,
)
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec

PROGRAM = "SmartPLS"
MISSING_MARKER = -99999
"""What stands in the data for no answer; the sheet tells SmartPLS so."""
_HONOURED = (
    "estimator", "metric", "scheme", "modes", "interaction", "missing", "weights",
)  # fmt: skip
_ALGORITHMS = {"pls": "PLS-SEM algorithm", "plsc": "Consistent PLS-SEM algorithm"}
_SCHEMES = {"path": "Path", "centroid": "Centroid", "factorial": "Factor"}
_MISSING = {"listwise": "Casewise deletion", "mean": "Mean replacement"}
_MODES = {"A": "Mode A", "B": "Mode B", "unit": "Sumscores"}
_INTERACTIONS = {
    "two-stage": "Two-stage",
    "product-indicator": "Product indicator",
    "orthogonal": "Orthogonalizing",
}


def smartpls_sheet(request: ExportRequest) -> Export:
    """The sheet: constructs with mode and indicators, paths, settings.

    Raises
    ------
    EstimationError
        EXPORT_UNSUPPORTED: modes, groups, higher-order constructs and statements that
        have no counterpart.
    """
    spec = request.spec
    refuse_other_options(PROGRAM, spec, _HONOURED)
    refuse_other_choice(PROGRAM, spec, "estimator", _ALGORITHMS)
    refuse_other_choice(PROGRAM, spec, "missing", _MISSING)
    refuse_other_choice(PROGRAM, spec, "metric", (None, "standardised"))
    view = pls_view(request.model, spec, PROGRAM)
    for construct in view.constructs:
        if construct.kind == "higher_order":
            unsupported(PROGRAM, construct.name)
    return Export(text="\n".join(_sheet(request, view)) + "\n", diagnostics=view.left_out)


def smartpls_data(data: SurveyData, model: ModelSpec) -> bytes:
    """The indicators of the model (and the case weights) as CSV text in UTF-8.

    Commas, decimal points, one header line; `MISSING_MARKER` for no answer.
    """
    items = list(dict.fromkeys(model.indicators))
    values = data.values[:, data.positions(items)]
    table = pd.DataFrame(np.where(np.isnan(values), MISSING_MARKER, values), columns=items)
    if data.weights is not None:
        table[data.weight_column or "weight"] = data.weights
    text = table.to_csv(index=False, lineterminator="\n", float_format="%.17g")
    return text.encode("utf-8")


def _sheet(request: ExportRequest, view: PlsView) -> Iterator[str]:
    spec = request.spec
    yield f"{request.model.id}: what to draw and set in SmartPLS (written by survey_engine)"
    yield f"\nDATA\nFile\t{request.data}\nDelimiter\tComma\nDecimal separator\tPoint"
    yield f"Missing value marker\t{MISSING_MARKER}"
    yield "\nCONSTRUCTS\nName\tMeasurement\tWeighting\tIndicators"
    for one in view.constructs:
        mode = view.modes[one.name]
        if mode not in _MODES:
            unsupported(PROGRAM, f"mode {mode} of {one.name}")
        drawn = "Formative" if one.kind == "composite" else "Reflective"
        yield f"{one.name}\t{drawn}\t{_MODES[mode]}\t{', '.join(one.indicators)}"
    yield "\nPATHS\nFrom\tTo"
    for target, sources in view.sources.items():
        yield from (f"{source}\t{target}" for source in sources)
    if view.products:
        yield "\nMODERATING EFFECTS\nName\tPredictor\tModerator\tMethod"
        method = _INTERACTIONS[spec.interaction]
        for first, second in view.products:
            yield f"{first}*{second}\t{first}\t{second}\t{method}"
    yield f"\nSETTINGS\nAlgorithm\t{_ALGORITHMS[spec.estimator]}"
    yield f"Weighting scheme\t{_SCHEMES[spec.scheme]}\nType of results\tStandardized"
    yield "Initial weights\tDefault\nMaximum iterations\t3000\nStop criterion\t10^-7"
    yield f"Missing value treatment\t{_MISSING[spec.missing]}"
    if spec.weights is not None:
        yield f"Weighting vector\t{spec.weights}"
