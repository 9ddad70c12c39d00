"""One timer for all streams: a heap of moments, and one alarm of the event loop for the earliest.

Law: a thousand paced streams cost one alarm, not a thousand. How the alarm rings is `Alarm`'s affair alone, so that a
more punctual one (a timerfd) can take its place; the epoll selector rounds `call_at` up by half a millisecond or so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

Callback = Callable[[], None]


class Alarm:
    """Rings once at a moment of the loop's clock; setting it again moves it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callback) -> None:
        self._loop = loop
        self._ring = ring
        self._handle: asyncio.TimerHandle | None = None

    def set(self, when: float | None) -> None:
        """Rings at `when` (seconds of `loop.time()`), or not at all."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None if when is None else self._loop.call_at(when, self._ring)


class Timer:
    """Calls back at moments of the loop's clock, in their order; moments in the past at the loop's next turn."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._alarm = Alarm(loop, self._ring)
        self._heap: list[tuple[float, int, Callback]] = []
        self._numbers = count()
        self._set_for: float | None = None

    def at(self, when: float, call: Callback) -> None:
        """Calls `call` at `when` (seconds of `loop.time()`). It cannot be withdrawn: the callee knows if it is done."""
        heappush(self._heap, (when, next(self._numbers), call))
        if self._set_for is None or when < self._set_for:
            self._arm()

    def close(self) -> None:
        """Forgets all moments."""
        self._heap.clear()
        self._alarm.set(None)

    def _arm(self) -> None:
        self._set_for = self._heap[0][0] if self._heap else None
        self._alarm.set(self._set_for)

    def _ring(self) -> None:
        now = self._loop.time()
        heap = self._heap
        while heap and heap[0][0] <= now:
            heappop(heap)[2]()
        self._arm()
