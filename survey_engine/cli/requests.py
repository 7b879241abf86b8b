"""Parsed arguments into the request a workflow takes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from survey_engine.cli.usage import refuse
from survey_engine.workflows.run_study import StudyRequest


def study_request(args: argparse.Namespace, **spec: Any) -> StudyRequest:
    """The request of a command; `spec` holds the fields of `StudySpec` it sets.

    Raises
    ------
    UsageProblem
        ``USAGE_OPTION_NOT_YET`` for options that need an instrument, or need none.
    """
    from survey_engine.study.result import StudySpec

    if args.instrument is None and args.mapping is not None:
        refuse("USAGE_MISSING_ARGUMENT", names="-i", usage="-i INSTRUMENT --mapping FILE")
    if args.instrument is not None and args.scale is not None:
        refuse("USAGE_OPTION_NOT_YET", name="--scale + -i", known=("--scale", "-i"))
    return StudyRequest(
        export=Path(args.export),
        instrument=args.instrument,
        model=getattr(args, "model", None),
        mapping=None if args.mapping is None else Path(args.mapping),
        scale=args.scale,
        na_codes=args.na or (),
        id_column=args.id,
        keep=args.keep or (),
        spec=StudySpec(**spec),
    )
