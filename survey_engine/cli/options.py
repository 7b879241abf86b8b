"""Options several commands share: the same names in Python and in a study file."""

from __future__ import annotations

import argparse
from typing import Any

from survey_engine.cli.options_after_fit import add_after_fit, after_fit_options
from survey_engine.cli.options_covariance import add_covariance, covariance_options
from survey_engine.cli.options_imputation import add_imputation, imputation_options
from survey_engine.cli.options_prediction import add_prediction, prediction_options
from survey_engine.cli.options_robustness import add_robustness, robustness_options
from survey_engine.cli.usage import CommandParser, choice, value, whole
from survey_engine.responses.missing import MISSING
from survey_engine.study.names import ESTIMATORS

PLANNED_ESTIMATORS = ("semopy",)
INFERENCE = {
    "ci": ("percentile", "bca", "studentised"),
    "inadmissible": ("drop", "keep", "replace"),
    "sign": ("none", "construct", "individual"),
}
"""How intervals are made; the first of each is the default."""
STAGES = {
    "interaction": ("two-stage", "product-indicator", "orthogonal"),
    "higher-order": ("disjoint", "embedded", "repeated"),
}
"""How products and constructs of constructs are estimated; the first is the default."""
EXECUTORS = ("serial", "processes", "dask")
KEPT = ("unfinished", "test")
"""Responses the survey tool marks, which are set aside unless they are asked for."""
MODES = ("A", "B", "PCA", "unit", "nonnegative")


def add_common(parser: CommandParser) -> None:
    """`--lang` and `--json`."""
    from survey_engine.workflows.resources import languages

    known = languages()
    parser.add_argument(
        "--lang",
        metavar="|".join(known),
        default="en",
        help=parser.words.say("options.lang", choices=", ".join(known)),
    )
    parser.add_argument(
        "--json", metavar="FILE", default=None, help=parser.words.say("options.json")
    )


def add_data(parser: CommandParser, *, instrument_required: bool = False) -> None:
    """The export and how to read it."""
    words = parser.words
    parser.add_argument("export", metavar="EXPORT", help=words.say("arguments.export"))
    parser.add_argument(
        "-i",
        "--instrument",
        metavar="INSTRUMENT",
        required=instrument_required,
        help=words.say("options.instrument"),
    )
    parser.add_argument("--mapping", metavar="FILE", help=words.say("options.mapping"))
    parser.add_argument(
        "--scale",
        metavar="LOW:HIGH",
        type=value("--scale", words.say("expected.scale"), _scale),
        help=words.say("options.scale"),
    )
    parser.add_argument(
        "--na",
        metavar="CODES",
        type=value("--na", words.say("expected.codes"), _codes),
        help=words.say("options.na"),
    )
    parser.add_argument(
        "--keep",
        metavar="RULES",
        type=value("--keep", ", ".join(KEPT), _kept),
        help=words.say("options.keep", choices=", ".join(KEPT)),
    )
    for name in ("weights", "group", "id"):
        parser.add_argument(f"--{name}", metavar="COLUMN", help=words.say(f"options.{name}"))


def add_model(parser: CommandParser, *, required: bool) -> None:
    """`-m`."""
    parser.add_argument(
        "-m",
        "--model",
        metavar="MODEL",
        required=required,
        help=parser.words.say("options.model"),
    )


def add_missing(parser: CommandParser) -> None:
    """`--missing`."""
    choose(parser, "--missing", MISSING, "listwise")


def add_modes(parser: CommandParser) -> None:
    """`--mode`."""
    words = parser.words
    parser.add_argument(
        "--mode",
        metavar="CONSTRUCT=MODE",
        action="append",
        default=[],
        type=value("--mode", words.say("expected.mode", choices=", ".join(MODES)), _mode),
        help=words.say("options.mode", choices=", ".join(MODES)),
    )


def add_study(parser: CommandParser) -> None:
    """How to estimate: the fields of `StudySpec`."""
    words = parser.words
    parser.add_argument(
        "-e",
        "--estimator",
        metavar="|".join(ESTIMATORS),
        default="pls",
        type=choice("-e", words, ESTIMATORS, planned=PLANNED_ESTIMATORS),
        help=words.say("options.estimator", choices=", ".join(ESTIMATORS)),
    )
    choose(parser, "--metric", ("raw", "standardised"), None)
    choose(parser, "--scheme", ("path", "centroid", "factorial"), "path")
    add_modes(parser)
    for option, choices in STAGES.items():
        choose(parser, f"--{option}", choices, choices[0])
    parser.add_argument("--index", metavar="CONSTRUCT", help=words.say("options.index"))
    for name in ("cluster", "strata"):
        parser.add_argument(f"--{name}", metavar="COLUMN", help=words.say(f"options.{name}"))
    add_missing(parser)
    add_imputation(parser)
    _add_numbers(parser)
    parser.add_argument(
        "--accept-inadmissible",
        action="store_true",
        help=words.say("options.accept_inadmissible"),
    )
    parser.add_argument(
        "--no-second-opinion",
        action="store_true",
        help=words.say("options.no_second_opinion"),
    )


def add_workers(parser: CommandParser) -> None:
    """`--workers`."""
    words = parser.words
    parser.add_argument(
        "--workers",
        metavar="N",
        default=1,
        type=whole("--workers", words, 1),
        help=words.say("options.workers"),
    )


def study_options(args: argparse.Namespace) -> dict[str, Any]:
    """Fields of `StudySpec` out of parsed arguments."""
    return {
        "estimator": args.estimator,
        "metric": args.metric,
        "scheme": args.scheme,
        "modes": dict(args.mode),
        "interaction": args.interaction,
        "higher_order": args.higher_order,
        "index": args.index,
        "missing": args.missing,
        "weights": args.weights,
        "cluster": args.cluster,
        "strata": args.strata,
        "group": args.group,
        "resamples": args.resamples,
        "seed": args.seed,
        "confidence": args.confidence,
        "ci": args.ci,
        "inadmissible": args.inadmissible,
        "sign": args.sign,
        "jackknife": args.jackknife,
        "exact_fit": args.exact_fit,
        "workers": args.workers,
        "executor": args.executor,
        "second_opinion": not args.no_second_opinion,
        "accept_inadmissible": args.accept_inadmissible,
        **imputation_options(args),
        **covariance_options(args),
        **prediction_options(args),
        **after_fit_options(args),
        **robustness_options(args),
    }


def choose(
    parser: CommandParser, option: str, choices: tuple[str, ...], default: str | None
) -> None:
    """An option with fixed choices, said by ``options.<option>``."""
    parser.add_argument(
        option,
        metavar="|".join(choices),
        default=default,
        type=choice(option, parser.words, choices),
        help=parser.words.say(
            f"options.{option[2:].replace('-', '_')}", choices=", ".join(choices)
        ),
    )


def _add_numbers(parser: CommandParser) -> None:
    words = parser.words
    for name, minimum, default in (("resamples", 0, None), ("seed", 0, 1)):
        parser.add_argument(
            f"--{name}",
            metavar="N",
            default=default,
            type=whole(f"--{name}", words, minimum),
            help=words.say(f"options.{name}"),
        )
    parser.add_argument(
        "--confidence",
        metavar="SHARE",
        default=0.95,
        type=value("--confidence", words.say("expected.share"), _share),
        help=words.say("options.confidence"),
    )
    for option, choices in INFERENCE.items():
        choose(parser, f"--{option}", choices, choices[0])
    parser.add_argument("--jackknife", action="store_true", help=words.say("options.jackknife"))
    parser.add_argument("--exact-fit", action="store_true", help=words.say("options.exact_fit"))
    add_workers(parser)
    choose(parser, "--executor", EXECUTORS, None)
    add_covariance(parser)
    add_prediction(parser)
    add_after_fit(parser)
    add_robustness(parser)


def _share(text: str) -> float | None:
    share = float(text)
    return share if 0.0 < share < 1.0 else None


def _scale(text: str) -> tuple[float, float] | None:
    low, colon, high = text.partition(":")
    scale = (float(low), float(high)) if colon else None
    return scale if scale is not None and scale[0] < scale[1] else None


def _codes(text: str) -> tuple[float, ...]:
    return tuple(float(code) for code in text.split(","))


def _kept(text: str) -> tuple[str, ...] | None:
    rules = tuple(rule.strip() for rule in text.split(","))
    return rules if set(rules) <= set(KEPT) else None


def _mode(text: str) -> tuple[str, str] | None:
    construct, _, mode = text.rpartition("=")
    if not construct or mode not in MODES:
        return None
    return construct, mode
