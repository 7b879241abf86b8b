"""Python's cycle collector, paused while many small values are made at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Do not search for reference cycles meanwhile; the former state comes back.

    A megabyte of model text becomes some 10^5 values without a single cycle; looking
    for cycles among them again and again takes a third of the time.
    """
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()
