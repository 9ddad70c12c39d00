"""The scribe: a thread that writes and tells what a recorder has read.

Law: the thread that reads the network does nothing else that can take long. A disk that is slow, a terminal that does
not scroll, would otherwise stamp the next read too late, and join what came apart.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from queue import SimpleQueue
from threading import Thread
from typing import Any

Work = Callable[[], None]


class Scribe:
    """Does work in order, within `around`. An exception ends it, calls `on_failure`, and is raised by `close`."""

    def __init__(self, around: AbstractContextManager[Any], on_failure: Callable[[], None]) -> None:
        self._around = around
        self._on_failure = on_failure
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, name="conformance-scribe", daemon=True)
        self._thread.start()

    def do(self, work: Work) -> None:
        """Has `work` done, some time soon. Never waits."""
        self._queue.put(work)

    def close(self) -> None:
        """Waits until all is done. Raises what went wrong."""
        self._queue.put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            with self._around:
                for work in iter(self._queue.get, None):
                    work()
        except BaseException as error:  # told to the thread that reads
            self._error = error
            self._on_failure()
