"""How events were delivered: as they were made, in a few bursts, or in one.

Law: arithmetic on arrival times. A burst is faster than any model: four events in a millisecond or more. What a model
makes at once, or what a stall and a fast model look like, is slower by far, so that it is never called a burst.

The cheap figures come first; events are looked at one by one only where those point to bursts.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from conformance.core.stream import Stream

ENOUGH = 30
"""Events that a stream must have, before one can say anything."""
_BURST_GAP = 0.25
"""Milliseconds between the events of a burst, on average, at most."""
_STALL = 100.0
"""Milliseconds without an event that part two bursts."""
_WAIT = 1000.0
"""Milliseconds that the first event of a single burst must have taken."""
_BURST_SIZE = 16
"""Events in a burst, on average, at least; the last one may be smaller."""


def too_few(stream: Stream[Any]) -> str | None:
    """The stream has enough events, and their times, to tell how they were delivered."""
    if len(stream.events) < ENOUGH:
        return f"{len(stream.events)} events are too few to tell"
    return None if stream.events[-1].at is not None else "the times of the events are not recorded"


def waited(stream: Stream[Any]) -> float:
    """Milliseconds from the request to the first event."""
    return stream.events[0].at or 0.0


def took(stream: Stream[Any]) -> float:
    """Milliseconds from the first event to the last."""
    return (stream.events[-1].at or 0.0) - waited(stream)


def in_one_burst(stream: Stream[Any]) -> bool:
    """True where everything came at once, after a second or more of nothing."""
    span = took(stream)
    return waited(stream) >= _WAIT and span <= _BURST_GAP * len(stream.events) and span * 50 <= waited(stream)


def bursts(stream: Stream[Any]) -> list[int]:
    """The sizes of the bursts, three or more, that make up the stream; empty where it did not come in bursts."""
    median = stream.latency.gap_p50
    if median is None or median > _BURST_GAP or took(stream) < _WAIT:
        return []
    times = [event.at for event in stream.events if event.at is not None]
    sizes, stalled = [1], 0.0
    for earlier, later in pairwise(times):
        if later - earlier >= _STALL:
            sizes.append(1)
            stalled += later - earlier
        else:
            sizes[-1] += 1
    moving = took(stream) - stalled
    big = len(sizes) >= 3 and len(times) - sizes[-1] >= _BURST_SIZE * (len(sizes) - 1)
    return sizes if big and moving <= _BURST_GAP * len(times) else []
