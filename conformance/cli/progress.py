"""A progress line on standard error: only on a terminal, and only for work that lasts.

Law: never on standard output, never before a second has passed, gone when the work is done.
"""

from __future__ import annotations

import sys
from shutil import get_terminal_size
from time import monotonic
from types import TracebackType

PATIENCE = 1.0
"""Seconds of silence before the line appears."""
_EVERY = 0.1


class Progress:
    """`with Progress(total, "files") as progress: progress.step()`."""

    def __init__(self, total: int, what: str) -> None:
        self._total = total
        self._what = what
        self._done = 0
        self._shown = False
        self._on = sys.stderr.isatty()
        self._next = monotonic() + PATIENCE

    def __enter__(self) -> Progress:
        return self

    def step(self, count: int = 1, now_running: str = "") -> None:
        """Counts, and redraws the line from time to time, with what runs now."""
        self._done += count
        now = monotonic() if self._on else 0.0
        if self._on and now >= self._next:
            self._next = now + _EVERY
            self._shown = True
            line = f"{bar(self._done, self._total)} {self._done:,} of {self._total:,} {self._what}"
            told = f"{line}: {now_running}" if now_running else line
            sys.stderr.write(f"\r\x1b[K{told[: get_terminal_size().columns - 1]}")
            sys.stderr.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def bar(done: int, total: int, cells: int = 24) -> str:
    """`[######........]`."""
    filled = cells * done // total if total else cells
    return f"[{'#' * filled}{'.' * (cells - filled)}]"
