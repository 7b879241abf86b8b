"""The Python face of starting from the file: `draft_instrument` and `largest_report`.

import survey_engine as se

mine = se.draft_instrument("export.csv", "mine.yaml", answers={"direction": "highest"})
mine.questionnaire.open_questions
se.largest_report("export.csv", mine.name, "report.pdf")["step"]
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey_engine.api_instrument import Instrument

__all__ = ["draft_instrument", "largest_report"]


def draft_instrument(
    export: str | Path,
    out: str | Path,
    *,
    answers: Mapping[str, Any] | None = None,
    lang: str | None = None,
    title: str | None = None,
) -> Instrument:
    """Propose a questionnaire from an export and write it, its model beside it.

    Parameters
    ----------
    export : str or Path
    out : str or Path
        YAML file; its stem becomes the id.
    answers : Mapping[str, Any], optional
        By question: ``overall``, ``direction``, ``reversed``, ``special_codes``,
        ``ranges``, ``constructs``. What is not answered stands in the draft as open.
    lang : str, optional
        Language of the wordings; otherwise told by the headers.
    title : str, optional

    Returns
    -------
    Instrument
        Its ``questionnaire.open_questions`` are what nobody has confirmed.

    Raises
    ------
    SurveyEngineError
        ``DRAFT_NOTHING_RATED``, ``DRAFT_ANSWER_UNKNOWN``, ``DRAFT_ANSWER_UNFIT``, or
        the reader's own.
    """
    from survey_engine.responses.draft.items import Named
    from survey_engine.workflows.draft_instrument import (
        draft_id,
        write_draft,
    )
    from survey_engine.workflows.draft_instrument import draft_instrument as draft

    named = Named(id=draft_id(Path(out).stem), title=title or Path(export).stem)
    made = draft(Path(export), answers=answers, language=lang, named=named)
    return Instrument(write_draft(made, Path(out))[0])


def largest_report(
    export: str | Path,
    instrument: str | Path,
    out: str | Path,
    *,
    lang: str = "en",
    **options: Any,
) -> dict[str, Any]:
    """Write the largest report an export supports: index model, drivers or single scores.

    Parameters
    ----------
    export, instrument, out : str or Path
    lang : str
    options
        As for `survey_engine.Study`.

    Returns
    -------
    dict
        ``step`` with, on the first, ``result`` (the result JSON); on the others scores,
        drivers and ``lifts``: what is missing for a larger report.

    Raises
    ------
    SurveyEngineError
    """
    from survey_engine.study.result import StudySpec
    from survey_engine.workflows.largest_report import (
        describe_smaller,
        read_step,
        smaller_report,
        write_smaller,
    )
    from survey_engine.workflows.make_report import describe_result, write_report
    from survey_engine.workflows.run_study import StudyRequest, analyse

    spec = StudySpec(**options)
    request = StudyRequest(export=Path(export), instrument=str(instrument), spec=spec)
    step, data = read_step(request)
    if step.model is None:
        found = smaller_report(step, data, spec)
        write_smaller(found, Path(out), language=lang)
        return describe_smaller(found)
    result = analyse(data, step.model, spec)
    write_report(result, Path(out), language=lang)
    return {"step": step.step, "lifts": [], "result": describe_result(result, language=lang)}
