"""How busy the machine was: a heartbeat, and how late it came.

Law: what is late where this process did not run is nobody's doing but the machine's. A measurement of times says so,
or it blames a gateway for its neighbours.
"""

from __future__ import annotations

import time
from collections import deque
from threading import Event, Thread
from types import TracebackType

_BEAT = 0.005
"""Seconds between two beats."""
_LATE = 0.005
"""Seconds by which a beat may be late and say nothing."""
_KEPT = 20_000
"""Late beats that are remembered."""


class Pulse:
    """Beats in a thread of its own, as long as the block lasts."""

    def __init__(self) -> None:
        self._late: deque[tuple[int, int]] = deque(maxlen=_KEPT)
        self._over = Event()
        self._thread = Thread(target=self._beat, name="pulse", daemon=True)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        before = time.monotonic_ns()
        while not self._over.wait(_BEAT):
            now = time.monotonic_ns()
            late = now - before - int(_BEAT * 1e9)
            if late > _LATE * 1e9:
                self._late.append((now, late))
            before = now

    def worst(self, since: int) -> float:
        """The longest time, in milliseconds, for which this process did not run since then (`time.monotonic_ns()`)."""
        return max((late for at, late in list(self._late) if at >= since), default=0) / 1e6
