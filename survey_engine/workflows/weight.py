"""Weight an export to the margins of its population."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from survey_engine.errors import ResponseError, Where, diagnostic
from survey_engine.instrument.yaml_document import compose_document
from survey_engine.responses.margins import CROSS, read_margins
from survey_engine.responses.survey_data import SurveyData
from survey_engine.responses.weighting import Weighting, WeightingOptions, weight_data
from survey_engine.workflows.clean_table import clean_table
from survey_engine.workflows.resources import authored_text, existing_file
from survey_engine.workflows.run_study import StudyRequest, open_request, refuse_errors

_HEAD = ("column", "category", "share")


def load_margins(given: Path | Mapping[str, Any]) -> dict[str, Any]:
    """Margins as plain data, from a YAML file, a CSV file or a mapping.

    A CSV file has the columns ``column``, ``category`` and ``share``; crossed columns and
    their categories are joined by `` * ``.

    Raises
    ------
    SurveyEngineError
        There is no such file, or it is not written as margins are.
    """
    if isinstance(given, Mapping):
        return dict(given)
    text = authored_text(existing_file(given))
    if given.suffix.lower() == ".csv":
        return _from_csv(text, given.name)
    return dict(compose_document(text, file=given.name).data)


def _from_csv(text: str, file: str) -> dict[str, Any]:
    lines = csv.DictReader(io.StringIO(text))
    if tuple(name.strip().lower() for name in lines.fieldnames or ()) != _HEAD:
        raise ResponseError(
            diagnostic("MARGINS_UNREADABLE", where=Where(file=file), margin="–")
        )
    margins: dict[str, Any] = {}
    for line in lines:
        column, category, share = (str(cell or "").strip() for cell in line.values())
        try:
            number = float(share)
        except ValueError:
            place = Where(file=file, line=lines.line_num)
            refused = diagnostic("MARGINS_UNREADABLE", where=place, margin=column)
            raise ResponseError(refused) from None
        inner = margins.setdefault(column, {})
        *above, last = (part.strip() for part in category.split(CROSS.strip()))
        for part in above:
            inner = inner.setdefault(part, {})
        inner[last] = number
    return margins


def weight_answers(
    data: SurveyData,
    margins: Path | Mapping[str, Any],
    *,
    options: WeightingOptions | None = None,
) -> Weighting:
    """Weight validated answers; see `weight_data`.

    Raises
    ------
    SurveyEngineError
        The margins cannot be read or met; the answers have errors.
    """
    file = margins.name if isinstance(margins, Path) else None
    wanted, told = read_margins(load_margins(margins), file=file)
    found = weight_data(data, wanted, options=options)
    return replace(found, diagnostics=(*told, *found.diagnostics))


def weight_request(
    request: StudyRequest, margins: Path, *, options: WeightingOptions | None = None
) -> Weighting:
    """Read an export and weight it.

    Raises
    ------
    SurveyEngineError
    """
    data = open_request(request).data
    refuse_errors(data.diagnostics)
    return weight_answers(data, margins, options=options)


def weighted_table(found: Weighting) -> bytes:
    """Canonical answers with the weights, as the CSV file that every command reads."""
    text = clean_table(found.data).to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8")
