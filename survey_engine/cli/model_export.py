"""``survey-engine model export``: a model as a script or files of another program."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from survey_engine.cli.console import Console
from survey_engine.cli.options import STAGES, add_modes, choose
from survey_engine.cli.options_covariance import add_covariance, covariance_options
from survey_engine.cli.usage import PROGRAM, CommandParser, choice, refuse
from survey_engine.responses.missing import MISSING
from survey_engine.study.names import ESTIMATORS

if TYPE_CHECKING:
    from survey_engine.study.result import StudySpec
    from survey_engine.workflows.export_model import ModelExport

FORMATS = ("lavaan", "semopy", "seminr", "smartpls")
_CHOICES = {
    "metric": ("raw", "standardised"),
    "scheme": ("path", "centroid", "factorial"),
    "interaction": STAGES["interaction"],
    "missing": MISSING,
}
_DEFAULTS = {"scheme": "path", "interaction": "two-stage", "missing": "listwise"}
_USAGE = f"{PROGRAM} model export MODEL --format {'|'.join(FORMATS)} -o FILE"


def add_export(parser: CommandParser) -> None:
    """`--format`, `-o`, `--data`, and how the model is estimated."""
    words = parser.words
    parser.add_argument(
        "--format",
        metavar="|".join(FORMATS),
        type=choice("--format", words, FORMATS),
        help=words.say("options.format", choices=", ".join(FORMATS)),
    )
    parser.add_argument("-o", "--out", metavar="FILE", help=words.say("options.out_model"))
    parser.add_argument("--data", metavar="FILE", help=words.say("options.data"))
    parser.add_argument(
        "-i", "--instrument", metavar="INSTRUMENT", help=words.say("options.instrument")
    )
    for name in ("weights", "cluster", "group"):
        parser.add_argument(f"--{name}", metavar="COLUMN", help=words.say(f"options.{name}"))
    parser.add_argument(
        "-e",
        "--estimator",
        metavar="|".join(ESTIMATORS),
        type=choice("-e", words, ESTIMATORS),
        help=words.say("options.estimator_export", choices=", ".join(ESTIMATORS)),
    )
    for name, choices in _CHOICES.items():
        choose(parser, f"--{name}", choices, _DEFAULTS.get(name))
    add_modes(parser)
    add_covariance(parser)


def run_export(args: argparse.Namespace, console: Console) -> int:
    """Write the files and say which.

    Raises
    ------
    UsageProblem
        ``USAGE_MISSING_ARGUMENT`` without a format, a file or, for SmartPLS, data.
    """
    wanted = [("--format", args.format), ("-o", args.out)]
    if args.format == "smartpls":
        wanted.append(("--data", args.data))
    absent = [name for name, given in wanted if given is None]
    if absent:
        refuse("USAGE_MISSING_ARGUMENT", names=", ".join(absent), usage=_USAGE)
    made = _export(args)
    for file in made.files:
        console.line("written", file=file)
    console.diagnostics(made.diagnostics)
    files = [str(file) for file in made.files]
    console.write_json({"files": files, "diagnostics": console.describe(made.diagnostics)})
    return 0


def _export(args: argparse.Namespace) -> ModelExport:
    from survey_engine.workflows.export_model import DATA_FILE, export_script, export_smartpls
    from survey_engine.workflows.resources import load_model
    from survey_engine.workflows.run_study import StudyRequest, open_request

    spec, model, out = _spec(args), load_model(args.name), Path(args.out)
    if args.format != "smartpls":
        data = args.data or DATA_FILE
        return export_script(model, args.format, out, spec=spec, data=data)
    request = StudyRequest(
        export=Path(args.data), instrument=args.instrument, model=args.name, spec=spec
    )
    return export_smartpls(model, out, spec=spec, data=open_request(request, model).data)


def _spec(args: argparse.Namespace) -> StudySpec:
    from survey_engine.study.result import StudySpec
    from survey_engine.workflows.export_model import default_estimator

    names = ("metric", "scheme", "interaction", "missing", "weights", "cluster", "group")
    return StudySpec(
        estimator=args.estimator or default_estimator(args.format),
        modes=dict(args.mode),
        **{name: getattr(args, name) for name in names},
        **covariance_options(args),
    )
