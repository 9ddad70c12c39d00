"""What the proxy saw, on its way to the process that writes it (`proxy_desk`).

Law: to note something is to append to a list. A list a moment later goes to a thread that pickles it into a pipe; what
comes back is told in another. The event loop never waits for either, and neither keeps it from running for long.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from threading import Thread
from typing import IO, Any

from ..errors import ConformanceError, StorageError
from .proxy_notes import Passed, Setup
from .scribe import Scribe

DESK = (sys.executable, "-m", "conformance.edge.proxy_desk")
"""The command of a process that writes, and judges nothing."""
_APART: dict[str, Any] = (
    {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)} if os.name == "nt" else {"process_group": 0}
)
"""Ctrl-C in a terminal ends the proxy, which then ends that process when all is written."""
TICK = 0.02
"""Seconds that notes are collected before they are handed over."""


class Reel:
    """The notes of one proxy. `note`, `turn` and `close` belong to the thread of the event loop."""

    def __init__(
        self,
        setup: Setup,
        command: Sequence[str],
        told: Callable[[Passed], None],
        fail: Callable[[ConformanceError], None],
    ) -> None:
        """Starts the process. `told` gets each exchange that has ended, `fail` why nothing is written any more; both in
        a thread of their own."""
        self._folder = setup.folder
        self._told, self._fail = told, fail
        self._batch: list[tuple[Any, ...]] = []
        self._closing = self._failed = False
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **_APART)
        assert self._process.stdin is not None
        self._pipe: IO[bytes] = self._process.stdin
        self._feeder = Scribe(nullcontext(), lambda: None)  # a pipe that breaks is told by who reads
        self._feeder.do(lambda: self._send(setup))
        self._reader = Thread(target=self._listen, name="conformance-proxy-told", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process that writes."""
        return self._process.pid

    def note(self, *note: Any) -> bool:
        """Notes something; True where it is the first since the last `turn`, which is to come after TICK."""
        self._batch.append(note)
        return len(self._batch) == 1

    def turn(self) -> None:
        """Hands over what was noted."""
        batch, self._batch = self._batch, []
        if batch:
            self._feeder.do(lambda: self._send(batch))

    def close(self) -> None:
        """Hands over the rest, and waits until all is written and told."""
        self.turn()
        self._closing = True
        try:
            self._feeder.close()
            self._pipe.close()
        except OSError:
            pass  # told by who reads
        self._reader.join()
        if self._process.wait():
            self._has_ended()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _send(self, value: object) -> None:
        pickle.dump(value, self._pipe, pickle.HIGHEST_PROTOCOL)
        self._pipe.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with suppress(EOFError, pickle.UnpicklingError, OSError):
            while True:
                value = pickle.load(self._process.stdout)
                try:
                    if not isinstance(value, Passed):
                        raise StorageError(*value)
                    self._told(value)
                except ConformanceError as error:
                    self._failed = True
                    self._fail(error)
        if not self._closing:
            self._has_ended()

    def _has_ended(self) -> None:
        """The process is not there any more, though nobody told it to end."""
        if not self._failed:
            self._failed = True
            what = "The process that writes the cassettes has ended."
            self._fail(StorageError(self._folder, what, "See above for its reason, and start the proxy again."))
