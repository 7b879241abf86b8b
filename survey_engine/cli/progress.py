"""A line of progress on a terminal, once the work has taken two seconds."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

from survey_engine.cli.console import Console

_PATIENCE = 2.0
_PAUSE = 0.2


@dataclass(kw_only=True)
class ProgressLine:
    """Says what is going on; silent in files, pipes and short runs.

    Call it with the stage, the steps done and the steps there are (0 if unknown).
    """

    console: Console
    _began: float = field(default_factory=time.monotonic)
    _last: float = 0.0
    _shown: bool = False

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Show a stage, at most five times a second."""
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._began < _PATIENCE:
            return
        if self._shown and now - self._last < _PAUSE:
            return
        self._last, self._shown = now, True
        sys.stderr.write("\r\033[K" + self._sentence(stage, done, total))
        sys.stderr.flush()

    def _sentence(self, stage: str, done: int, total: int) -> str:
        stages = self.console.words.node("progress")
        key = stage if stage in stages else "working"
        language = self.console.words.language
        return self.console.words.say(
            f"progress.{key}", done=f"{done:,}", total=f"{total:,}", language=language
        )

    def close(self) -> None:
        """Wipe the line."""
        if self._shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
