"""Latency: the figures of one stream, in milliseconds, each under its own name.

Law: measurements, never a verdict. What the recording does not hold is None. Times count from the request; "first text"
means the first event whose text is not empty, whatever came before it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .recording import Evidence

if TYPE_CHECKING:
    from .stream import Stream


@dataclass(frozen=True, slots=True)
class Marks:
    """Indices of the events that the figures need. None: there is no such event."""

    role: int | None = None
    reasoning: int | None = None
    text: int | None = None
    tool: int | None = None
    """The first tool call argument that is not empty."""
    last_payload: int | None = None
    terminal: int | None = None
    idle: frozenset[int] = field(default_factory=frozenset)
    """Events that carry no payload (`ping`)."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Figures of one stream: milliseconds, but for those that say bytes or count."""

    headers: float | None = None
    ttfb: float | None = None
    """First byte of the body."""
    first_event: float | None = None
    first_role: float | None = None
    first_reasoning: float | None = None
    first_text: float | None = None
    first_tool_argument: float | None = None
    gap_p50: float | None = None
    """Gaps between events that carry payload."""
    gap_p95: float | None = None
    gap_max: float | None = None
    silence_bytes: float | None = None
    """Longest time without a byte, from the request to the end of the body."""
    silence_payload: float | None = None
    """Longest time without payload: comments and pings do not end it."""
    payload_to_terminal: float | None = None
    terminal_to_end: float | None = None
    total: float | None = None
    reads: int | None = None
    events_per_read_mean: float | None = None
    """Over the reads that complete at least one event."""
    events_per_read_max: int | None = None

    def figures(self) -> dict[str, float | int | None]:
        """Name -> figure, rounded to microseconds."""
        return {name: round(v, 3) if isinstance(v := getattr(self, name), float) else v for name in self.__slots__}


NOTHING = Latency()
"""Of a recording without timing."""


def measure(stream: Stream[Any]) -> Latency:
    """The figures of `stream`; all None where its recording holds no timing."""
    recording = stream.recording
    if not recording.has(Evidence.TIMING) or not recording.reads:
        return NOTHING
    marks, events, reads = stream.marks, stream.events, recording.reads
    payload = events if marks.last_payload is None else events[: marks.last_payload + 1]
    times = [event.at for event in payload if event.index not in marks.idle and event.at is not None]
    gap_p50, gap_p95, gap_max = _gaps(times)
    end = recording.end.at if recording.end.at is not None else reads[-1].at
    terminal = _at(stream, marks.terminal)
    last_payload = _at(stream, marks.last_payload)
    bursts = _bursts(stream)
    return Latency(
        headers=recording.headers_at,
        ttfb=reads[0].at,
        first_event=_at(stream, 0),
        first_role=_at(stream, marks.role),
        first_reasoning=_at(stream, marks.reasoning),
        first_text=_at(stream, marks.text),
        first_tool_argument=_at(stream, marks.tool),
        gap_p50=gap_p50,
        gap_p95=gap_p95,
        gap_max=gap_max,
        silence_bytes=_longest((read.at for read in reads), end),
        silence_payload=_longest(times, terminal if terminal is not None else end),
        payload_to_terminal=_difference(last_payload, terminal),
        terminal_to_end=_difference(terminal, end),
        total=end,
        reads=len(reads) if recording.has(Evidence.READS) else None,
        events_per_read_mean=sum(bursts) / len(bursts) if bursts else None,
        events_per_read_max=max(bursts, default=None),
    )


def _at(stream: Stream[Any], index: int | None) -> float | None:
    return stream.events[index].at if index is not None and index < len(stream.events) else None


def _difference(earlier: float | None, later: float | None) -> float | None:
    return later - earlier if earlier is not None and later is not None else None


def _gaps(times: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    """Median, 95th percentile and maximum of the gaps between times."""
    gaps = sorted(later - earlier for earlier, later in itertools.pairwise(times))
    return percentile(gaps, 50), percentile(gaps, 95), gaps[-1] if gaps else None


def _longest(times: Iterable[float], end: float) -> float:
    """The longest gap from the request (0) over `times` to `end`."""
    marks = itertools.chain((0.0,), times, (end,))
    return max(max(0.0, b - a) for a, b in itertools.pairwise(marks))


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The nearest-rank percentile of ordered values: the smallest that so many of them do not exceed."""
    return ordered[-(-percent * len(ordered) // 100) - 1] if ordered else None


def _bursts(stream: Stream[Any]) -> list[int]:
    """Number of events completed by each read that completes any; empty where the reads are not recorded."""
    if not stream.recording.has(Evidence.READS):
        return []
    bursts, filled, ends = [], 0, iter(event.end for event in stream.events)
    end = next(ends, None)
    for read in stream.recording.reads:
        filled += read.size
        count = 0
        while end is not None and end <= filled:
            count += 1
            end = next(ends, None)
        if count:
            bursts.append(count)
    return bursts
