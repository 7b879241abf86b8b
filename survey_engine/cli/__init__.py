"""The command line ``survey-engine``: parse, call a workflow, print."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments after the program's name; those of the process by default.

    Returns
    -------
    int
        0 done, 1 an error in the requested analysis, 2 the command was not understood.
    """
    from survey_engine.cli.run import run

    return run(list(sys.argv[1:] if argv is None else argv))
