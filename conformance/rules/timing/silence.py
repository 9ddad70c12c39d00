"""The silences of a stream: how long no byte came, from its head to the event that ends it.

Law: arithmetic on the times of reads. What comes before the head is no silence of the stream, and neither is the time
between the event that ends the answer and the end of the body.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

from conformance.core.stream import Stream

NOTICED = 15_000.0
"""Milliseconds: WHATWG's interval of keep-alive comments."""
FATAL = 60_000.0
"""Milliseconds: nginx's default `proxy_read_timeout`."""
_ROUNDING = 1_000.0
"""Milliseconds by which a keep-alive may come late."""


class Silence(NamedTuple):
    """A time without a byte: its beginning and its length in milliseconds."""

    at: float
    length: float


def longest(stream: Stream[Any]) -> Silence:
    """The longest silence of a stream with times; the cheap figure decides whether the reads are looked at."""
    limit = stream.latency.silence_bytes
    if limit is None or limit <= NOTICED:
        return Silence(0.0, limit or 0.0)
    recording = stream.recording
    head = recording.headers_at if recording.headers_at is not None else recording.reads[0].at
    end = recording.end.at if recording.end.at is not None else recording.reads[-1].at
    terminal = stream.marks.terminal
    if terminal is not None and stream.events[terminal].at is not None:
        end = stream.events[terminal].at or end
    times = [head, *(read.at for read in recording.reads if head <= read.at <= end), end]
    return max((Silence(a, b - a) for a, b in pairwise(times)), key=lambda silence: silence.length)


def noticed(silence: Silence) -> bool:
    """Longer than a keep-alive's interval."""
    return silence.length > NOTICED + _ROUNDING


def fatal(silence: Silence) -> bool:
    """Longer than proxies wait."""
    return silence.length > FATAL
