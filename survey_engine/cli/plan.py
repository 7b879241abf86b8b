"""``survey-engine plan``: how many respondents, and what a number of them would show."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survey_engine.cli.console import Console
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import PROGRAM, CommandParser, refuse, value, whole

if TYPE_CHECKING:
    from survey_engine.analysis.planning import Demand
    from survey_engine.workflows.plan import Plan

NAME = "plan"
WANTED_POWER = 0.80
DEVIATION = 17.0
"""Typical standard deviation of case scores on 0-100."""


def add(parser: CommandParser) -> None:
    """What is to be seen, and by which model."""
    words = parser.words
    number = words.say("expected.positive")
    for name, default in (
        ("margin", None),
        ("difference", None),
        ("path", None),
        ("deviation", DEVIATION),
        ("deff", 1.0),
    ):
        parser.add_argument(
            f"--{name}",
            metavar="X",
            default=default,
            type=value(f"--{name}", number, _positive),
            help=words.say(f"options.plan_{name}"),
        )
    for name, default in (("power", WANTED_POWER), ("confidence", 0.95)):
        parser.add_argument(
            f"--{name}",
            metavar="SHARE",
            default=default,
            type=value(f"--{name}", words.say("expected.share"), _share),
            help=words.say(f"options.plan_{name}"),
        )
    parser.add_argument("-m", "--model", metavar="MODEL", help=words.say("options.plan_model"))
    parser.add_argument(
        "-i", "--instrument", metavar="INSTRUMENT", help=words.say("options.plan_instrument")
    )
    parser.add_argument(
        "--effect",
        metavar="FROM>TO=X",
        action="append",
        default=[],
        type=value("--effect", words.say("expected.effect"), _effect),
        help=words.say("options.plan_effect"),
    )
    parser.add_argument(
        "--n",
        metavar="N,N,…",
        default=None,
        type=value("--n", words.say("expected.sizes"), _sizes),
        help=words.say("options.plan_n"),
    )
    for name, default, least in (("surveys", 200, 20), ("resamples", 200, 50), ("seed", 1, 0)):
        parser.add_argument(
            f"--{name}",
            metavar="N",
            default=default,
            type=whole(f"--{name}", words, least),
            help=words.say(f"options.plan_{name}"),
        )
    parser.add_argument("-o", "--out", metavar="FILE.svg", help=words.say("options.plan_out"))


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the numbers asked for; with a model also power and precision by n."""
    from survey_engine.analysis.planning import Demand

    asked = [args.margin, args.difference, args.path, args.model]
    if all(one is None for one in asked):
        usage = f"{PROGRAM} plan --margin 2 | --difference 3 | --path 0.2 | -m ecsi"
        refuse(
            "USAGE_MISSING_ARGUMENT", names="--margin, --difference, --path, -m", usage=usage
        )
    demand = Demand(power=args.power, confidence=args.confidence, design_effect=args.deff)
    answer: dict[str, Any] = {"demand": vars(demand), "formulas": _formulas(args, demand)}
    _print_formulas(answer["formulas"], console, args)
    if args.model is not None:
        answer["simulation"] = _simulated(args, console)
    console.write_json({**answer, "diagnostics": []})
    return 0


def _formulas(args: argparse.Namespace, demand: Demand) -> dict[str, int]:
    from survey_engine.analysis.planning import (
        respondents_for_difference,
        respondents_for_margin,
        respondents_for_path,
    )

    found = {}
    if args.margin is not None:
        found["margin"] = respondents_for_margin(args.margin, args.deviation, demand)
    if args.difference is not None:
        found["difference"] = respondents_for_difference(
            args.difference, args.deviation, demand
        )
    if args.path is not None:
        found["path"] = respondents_for_path(args.path, demand)
    return found


def _print_formulas(found: dict[str, int], console: Console, args: argparse.Namespace) -> None:
    for name, n in found.items():
        console.line(
            f"plan.{name}",
            n=f"{n:,}",
            value=f"{getattr(args, name):g}",
            deviation=f"{args.deviation:g}",
            deff=f"{args.deff:g}",
            power=f"{args.power:.0%}",
            confidence=f"{args.confidence:.0%}",
        )


def _simulated(args: argparse.Namespace, console: Console) -> dict[str, Any]:
    from survey_engine.cli.progress import ProgressLine
    from survey_engine.workflows.plan import SIZES, PlanRequest, plan_model
    from survey_engine.workflows.resources import load_instrument
    from survey_engine.workflows.run_study import load_identified

    request = PlanRequest(
        sizes=args.n or SIZES,
        surveys=args.surveys,
        resamples=args.resamples,
        paths=dict(args.effect),
        confidence=args.confidence,
        seed=args.seed,
    )
    instrument = None if args.instrument is None else load_instrument(args.instrument)
    progress = ProgressLine(console=console)
    plan = plan_model(
        load_identified(args.model), request, instrument=instrument, progress=progress
    )
    progress.close()
    _print_plan(plan, console, args.power)
    if args.out is not None:
        _write_picture(plan, args, console)
    return {
        "surveys": request.surveys,
        "resamples": request.resamples,
        "seed": request.seed,
        "paths": [
            {
                "from": source,
                "to": target,
                "path": path,
                "needed": plan.needed((source, target), args.power),
                "power": [
                    {"n": one.n, "power": one.power[source, target]} for one in plan.sizes
                ],
            }
            for (source, target), path in plan.truth.items()
        ],
        "index": [{"n": one.n, "margin": one.margin} for one in plan.sizes],
        "failed": {str(one.n): one.failed for one in plan.sizes},
    }


def _print_plan(plan: Plan, console: Console, power: float) -> None:
    words = console.words
    sizes = [one.n for one in plan.sizes]
    head = [*words.head("plan.head"), *(f"n = {n}" for n in sizes), words.say("plan.needed")]
    rows = []
    for key, path in plan.truth.items():
        needed = plan.needed(key, power)
        shares = [f"{one.power[key]:.0%}" for one in plan.sizes]
        enough = words.say("plan.more", n=sizes[-1]) if needed is None else str(needed)
        rows.append((" → ".join(key), f"{path:.2f}", *shares, enough))
    if plan.sizes[0].margin is not None:
        margins = [f"± {one.margin:.1f}" for one in plan.sizes]
        rows.append((words.say("plan.index"), "", *margins, ""))
    console.line("plan.simulated", surveys=plan.request.surveys, power=f"{power:.0%}")
    console.text(text_table(head, rows, right=range(1, len(head))))


def _write_picture(plan: Plan, args: argparse.Namespace, console: Console) -> None:
    from survey_engine.document.charts.base import Theme
    from survey_engine.document.charts.power_chart import PowerChart, PowerLine
    from survey_engine.workflows.write_file import write_atomically

    words = console.words
    lines = tuple(
        PowerLine(
            label=f"{' → '.join(key)} ({path:.2f})",
            power=tuple(one.power[key] for one in plan.sizes),
            emphasis=plan.needed(key, args.power) is not None,
        )
        for key, path in plan.truth.items()
    )
    chart = PowerChart(
        sizes=tuple(one.n for one in plan.sizes),
        lines=lines,
        axis_label=words.say("plan.axis"),
        power_label=words.say("plan.power_axis"),
        wanted=args.power,
    )
    # Outside our PDF a reader's own fonts must do.
    theme = Theme(font="Inter, 'Noto Sans SC', 'Microsoft YaHei', Arial, sans-serif")
    svg = chart.draw(theme, title=words.say("plan.alt"))
    written = write_atomically(Path(args.out), svg.encode("utf-8"))
    console.line("written", file=written)


def _positive(text: str) -> float | None:
    number = float(text)
    return number if 0 < number < float("inf") else None


def _share(text: str) -> float | None:
    share = float(text)
    return share if 0.0 < share < 1.0 else None


def _effect(text: str) -> tuple[tuple[str, str], float] | None:
    arrow, equals, number = text.rpartition("=")
    source, greater, target = arrow.partition(">")
    if not (equals and greater and source.strip() and target.strip()):
        return None
    size = float(number)
    return ((source.strip(), target.strip()), size) if -1 < size < 1 else None


def _sizes(text: str) -> tuple[int, ...] | None:
    sizes = tuple(sorted({int(part) for part in text.split(",")}))
    return sizes if sizes and sizes[0] >= 20 else None
