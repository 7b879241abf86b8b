"""``survey-engine fit``: one model."""

from __future__ import annotations

import argparse

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data, add_model, add_study, study_options
from survey_engine.cli.options_after_fit import add_scores
from survey_engine.cli.progress import ProgressLine
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser, choice, refuse, whole

NAME = "fit"
MATRICES = ("cov", "cor")


def add(parser: CommandParser) -> None:
    """The data, the model and how to estimate it."""
    add_data(parser)
    add_model(parser, required=True)
    add_study(parser)
    add_scores(parser)
    words = parser.words
    parser.add_argument("--details", action="store_true", help=words.say("options.details"))
    parser.add_argument(
        "--matrix",
        metavar="|".join(MATRICES),
        default=None,
        type=choice("--matrix", words, MATRICES),
        help=words.say("options.matrix", choices=", ".join(MATRICES)),
    )
    parser.add_argument(
        "--n",
        metavar="N",
        default=None,
        type=whole("--n", words, 2),
        help=words.say("options.matrix_n"),
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Print index, drivers and paths; `--json` holds the full result."""
    if args.matrix is not None or args.n is not None:
        return _fit_matrix(args, console)
    from survey_engine.cli.requests import study_request
    from survey_engine.cli.study_text import study_text
    from survey_engine.workflows.make_report import describe_result
    from survey_engine.workflows.run_study import run_request

    progress = ProgressLine(console=console)
    try:
        result = run_request(study_request(args, **study_options(args)), progress=progress)
    finally:
        progress.close()
    console.text(study_text(result, console.words, details=args.details))
    if args.scores is not None:
        from pathlib import Path

        from survey_engine.workflows.write_scores import write_scores

        written = write_scores(result, Path(args.scores))
        if written is not None:
            console.line("written", file=written)
    console.diagnostics(result.diagnostics)
    if console.json_target is not None:
        console.write_json(describe_result(result, language=console.words.language))
    return exit_code(result.diagnostics)


def _fit_matrix(args: argparse.Namespace, console: Console) -> int:
    """A printed matrix in place of respondents."""
    from pathlib import Path

    from survey_engine.study.canonical import plain
    from survey_engine.study.matrix_fit import matrix_document
    from survey_engine.study.result import StudySpec
    from survey_engine.workflows.fit_matrix import fit_matrix_file

    if args.matrix is None or args.n is None:
        usage = "survey-engine fit MATRIX -m MODEL --matrix cov --n N"
        refuse("USAGE_MISSING_ARGUMENT", names="--matrix, --n", usage=usage)
    spec = StudySpec(**study_options(args))
    found = fit_matrix_file(Path(args.export), args.model, spec, n=args.n, kind=args.matrix)
    document = plain(matrix_document(found, spec))
    yes, no = console.words.say("check.yes"), console.words.say("check.no")
    console.line(
        "matrix.done",
        estimator=spec.estimator,
        n=args.n,
        converged=yes if document["converged"] else no,
        verdict=console.words.say(f"check.{document['admissible']}"),
    )
    if document["fit"]:
        shown = {
            key: "–" if document["fit"].get(key) is None else f"{document['fit'][key]:.3f}"
            for key in ("chisq", "df", "cfi", "rmsea", "srmr")
        }
        console.line("matrix.fit", p=f"{document['fit']['pvalue']:.3f}", **shown)
    rows = [(row["from"], row["to"], f"{row['est']:.3f}") for row in document["paths"]]
    console.text(text_table(console.words.head("matrix.head"), rows, right=(2,)))
    console.diagnostics(found.diagnostics)
    console.write_json({**document, "diagnostics": console.describe(found.diagnostics)})
    return exit_code(found.diagnostics)
