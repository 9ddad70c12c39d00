"""One timer for all streams: a heap of moments, and one alarm of the event loop for the earliest.

Law: a thousand paced streams cost one alarm, not a thousand. How the alarm rings is the alarm's affair alone: on Linux
a timerfd, because asyncio's selector rounds what it waits for up to the next millisecond; `call_at` elsewhere.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

Callback = Callable[[float], None]
"""Called with the time: seconds of `loop.time()`."""
_CLOCK_MONOTONIC, _ABSOLUTE = 1, 1
_NEVER, _AT_ONCE = 0.0, 1e-9
QUANTUM = 0.0002
"""Seconds between two rings at least: under load several streams share a turn of the event loop, which costs more than
their writes."""


class Alarm(Protocol):
    """Rings once at a moment of the loop's clock; setting it again moves it."""

    def set(self, when: float | None) -> None:
        """Rings at `when` (seconds of `loop.time()`), or not at all."""

    def close(self) -> None:
        """Never rings again."""


class LoopAlarm:
    """The event loop's own alarm."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._handle: asyncio.TimerHandle | None = None

    def set(self, when: float | None) -> None:
        """Rings at `when` (seconds of `loop.time()`), or not at all."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None if when is None else self._loop.call_at(when, self._ring)

    def close(self) -> None:
        """Never rings again."""
        self.set(None)


class _Spec(ctypes.Structure):
    """`struct itimerspec` of Linux, for a timer that rings once."""

    _fields_ = (
        ("interval", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("seconds", ctypes.c_long),
        ("nanoseconds", ctypes.c_long),
    )


class TimerfdAlarm:
    """A timerfd (Linux), exact to some microseconds. Raises OSError where the system has none."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        try:
            libc = ctypes.CDLL(None, use_errno=True)  # `os.timerfd_create` comes with Python 3.13
            self._settime = libc.timerfd_settime
            self._fd: int = libc.timerfd_create(_CLOCK_MONOTONIC, os.O_CLOEXEC | os.O_NONBLOCK)
        except AttributeError as error:
            raise OSError("no timerfd") from error
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._loop = loop
        self._spec = _Spec()
        self._pointer = ctypes.byref(self._spec)
        loop.add_reader(self._fd, ring)

    def set(self, when: float | None) -> None:
        """Rings at `when` (seconds of `loop.time()`), or not at all. Setting it silences a ring that nobody heard."""
        seconds, fraction = divmod(_NEVER if when is None else max(when, _AT_ONCE), 1.0)
        self._spec.seconds = int(seconds)
        self._spec.nanoseconds = int(fraction * 1e9)
        self._settime(self._fd, _ABSOLUTE, self._pointer, None)

    def close(self) -> None:
        """Never rings again."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1


def alarm(loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> Alarm:
    """The most punctual alarm that this system has."""
    if sys.platform == "linux":
        try:
            return TimerfdAlarm(loop, ring)
        except (OSError, NotImplementedError):
            pass  # a sandbox, or a loop without readers
    return LoopAlarm(loop, ring)


class Timer:
    """Calls back at moments of the loop's clock, in their order; moments in the past at the loop's next turn."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        alarm: Callable[[asyncio.AbstractEventLoop, Callable[[], None]], Alarm] = alarm,
    ) -> None:
        self._loop = loop
        self._time = loop.time
        self._alarm = alarm(loop, self._ring)
        self._heap: list[tuple[float, int, Callback]] = []
        self._numbers = count()
        self._earliest = float("inf")
        self._closed = False

    def at(self, when: float, call: Callback) -> None:
        """Calls `call` at `when` (seconds of `loop.time()`). It cannot be withdrawn: the callee knows if it is done."""
        heappush(self._heap, (when, next(self._numbers), call))
        if when < self._earliest and not self._closed:
            self._earliest = when
            self._alarm.set(when)

    def close(self) -> None:
        """Forgets all moments, and takes no more."""
        self._closed = True
        self._heap.clear()
        self._alarm.close()

    def _ring(self) -> None:
        """Calls who is due. Whoever asks for another moment meanwhile gets it in another turn, as everybody else."""
        heap, now = self._heap, self._time()
        due = []
        self._earliest = 0.0  # nobody moves the alarm while those are called
        while heap and heap[0][0] <= now:
            due.append(heappop(heap)[2])
        for call in due:
            try:
                call(now)
            except Exception as error:  # one stream's failure is not that of the others
                self._loop.call_exception_handler({"message": "a stream of the replay failed", "exception": error})
        if not self._closed:
            self._earliest = max(heap[0][0], now + QUANTUM) if heap else float("inf")
            self._alarm.set(self._earliest if heap else None)
