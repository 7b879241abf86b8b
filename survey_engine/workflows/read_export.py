"""Read an export: recognise the file, map its columns, validate its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survey_engine.errors import Diagnostic
from survey_engine.instrument.model import Instrument
from survey_engine.readers import read_file
from survey_engine.responses.mapping import (
    ColumnMapping,
    MappedItem,
    MappingResult,
    map_columns,
)
from survey_engine.responses.options import ResponseOptions
from survey_engine.responses.plain import plain_table
from survey_engine.responses.survey_data import AnswerStatus, RawResponses, SurveyData
from survey_engine.responses.validate import validate
from survey_engine.workflows.clean_table import clean_table

__all__ = [
    "ExportReading",
    "asked",
    "clean_table",
    "mapping_yaml",
    "open_export",
    "read_export",
    "read_report",
]


@dataclass(frozen=True, kw_only=True)
class ExportReading:
    """An export with everything the preview shows.

    Attributes
    ----------
    raw : RawResponses
    mapping : MappingResult
    data : SurveyData
    """

    raw: RawResponses
    mapping: MappingResult
    data: SurveyData

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything found while reading, mapping and validating."""
        return self.data.diagnostics


def read_export(
    path: str | Path,
    *,
    instrument: Instrument | None = None,
    mapping: ColumnMapping | None = None,
    options: ResponseOptions | None = None,
    sheet: str | None = None,
) -> SurveyData:
    """Read an export to validated answers; the short form of `open_export`.

    Raises
    ------
    ResponseError
    """
    return open_export(
        path, instrument=instrument, mapping=mapping, options=options, sheet=sheet
    ).data


def open_export(
    path: str | Path,
    *,
    instrument: Instrument | None = None,
    mapping: ColumnMapping | None = None,
    options: ResponseOptions | None = None,
    sheet: str | None = None,
) -> ExportReading:
    """Read an export and keep what the preview and ``read --json`` show.

    Parameters
    ----------
    path : str or Path
    instrument : Instrument or None
        None reads a plain table whose columns are the indicators.
    mapping : ColumnMapping or None
        The user's decisions; for a plain table it must be None.
    options : ResponseOptions or None
    sheet : str or None
        Sheet of a workbook.

    Raises
    ------
    ResponseError
        With the named diagnostics of `read_file`, `map_columns` and `validate`.
    """
    raw = read_file(Path(path), sheet=sheet)
    if instrument is None:
        data = plain_table(raw, options=options)
        return ExportReading(raw=raw, mapping=_own_names(data), data=data)
    mapped = map_columns(raw, instrument, given=mapping)
    data = validate(raw, instrument, mapping=mapped, options=options)
    return ExportReading(raw=raw, mapping=mapped, data=data)


def _own_names(data: SurveyData) -> MappingResult:
    items = tuple(
        MappedItem(item=name, column=name, confidence=1.0, evidence="id")
        for name in data.columns
    )
    return MappingResult(items=items, unmatched_columns=tuple(map(str, data.extra.columns)))


def read_report(reading: ExportReading) -> dict[str, Any]:
    """The content of ``read --json``: plain values; diagnostics still without words.

    Keys: ``source``, ``platform``, ``encoding``, ``separator``, ``sheet``, ``sha256``,
    ``rows`` (read, kept, excluded by reason), ``mapping`` (item, column, confidence,
    evidence, candidates, columns of choices), ``unmatched_columns``, ``questions`` and
    ``other_questions`` (counts by status), ``asked`` (what a person has to answer),
    ``personal_columns`` (split off), ``losses``, ``diagnostics``.
    """
    raw, data = reading.raw, reading.data
    return {
        "source": raw.source,
        "platform": raw.platform,
        "encoding": raw.encoding,
        "separator": raw.separator,
        "sheet": raw.sheet,
        "sha256": raw.sha256,
        "rows": {
            "read": data.quality.n_read,
            "kept": data.quality.n_kept,
            "excluded": dict(data.quality.excluded),
            "complete": int((data.status == AnswerStatus.ANSWERED).all(axis=1).sum()),
        },
        "mapping": [
            {
                "item": one.item,
                "column": one.column,
                "confidence": one.confidence,
                "evidence": one.evidence,
                "candidates": list(one.candidates),
                "choices": {str(code): column for code, column in one.parts.items()},
                "text_column": one.text_column,
            }
            for one in reading.mapping.items
        ],
        "unmatched_columns": list(reading.mapping.unmatched_columns),
        "questions": [_question(data, j) for j in range(len(data.columns))],
        "other_questions": [_other(data, name) for name in data.reasons],
        "asked": [
            {"code": d.code, "items": list(d.where.items), "parameters": dict(d.parameters)}
            for d in asked(reading.diagnostics)
        ],
        "personal_columns": list(map(str, data.personal.columns)),
        "losses": _losses(reading),
        "diagnostics": [
            {
                "code": d.code,
                "severity": d.severity.value,
                "scope": d.scope.value,
                "where": d.where.to_dict(),
                "parameters": dict(d.parameters),
            }
            for d in reading.diagnostics
        ],
    }


def _question(data: SurveyData, j: int) -> dict[str, Any]:
    name, quality = data.columns[j], data.quality.items[j]
    low, high = data.ranges.get(name, (None, None))
    return {
        "item": name,
        "minimum": low,
        "maximum": high,
        "answered": quality.n_valid,
        "dont_know": quality.n_dont_know,
        "not_asked": quality.n_not_asked,
        "skipped": quality.n_skipped,
        "not_reached": quality.n_not_reached,
        "refused": quality.n_refused,
        "mean": quality.mean,
    }


def mapping_yaml(reading: ExportReading) -> str:
    """The mapping found, as the YAML file that ``--mapping`` takes."""
    from survey_engine.instrument.dump import dump_plain, plain
    from survey_engine.responses.saved_mapping import mapping_to_save

    return dump_plain(plain(mapping_to_save(reading.raw, reading.mapping)))


_ASKED = (
    "AMBIGUOUS_MAPPING",
    "OPTION_NUMBERS_UNCLEAR",
    "MAPPING_UNSURE",
    "MISSING_CODE_PROPOSED",
    "TOO_MANY_QUESTIONS",
)
MOST_ASKED = 5


def asked(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What a person has to answer or confirm, five at most, the weightiest first."""
    return sorted(
        (one for one in found if one.code in _ASKED), key=lambda one: _ASKED.index(one.code)
    )[:MOST_ASKED]


def _other(data: SurveyData, name: str) -> dict[str, Any]:
    """Counts of the four states of an item that is no indicator."""
    status = data.reasons[name]
    counts = {s.name.lower(): int((status == s).sum()) for s in AnswerStatus}
    return {"item": name, **counts}


def _losses(reading: ExportReading) -> list[dict[str, Any]]:
    """What the questionnaire has and this file cannot give, by item and reason."""
    missing = [
        {"item": one.item, "reason": "no_column"}
        for one in reading.mapping.items
        if not one.matched
    ]
    scale_of = reading.data.instrument
    if scale_of is None:
        return missing
    for name, quality in zip(reading.data.columns, reading.data.quality.items, strict=True):
        kinds = scale_of.scale_of(name).missing.values()
        if "dont_know" in kinds and quality.n_dont_know == 0 and quality.n_skipped > 0:
            missing.append({"item": name, "reason": "dont_know_may_be_blank"})
    return missing
