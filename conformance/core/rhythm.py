"""Rhythm: when what of a stream arrived, sampled so that a stream of any length fits a picture.

Law: measurements, never a verdict, and never more than SAMPLES places per kind. Where times are not recorded, the
picture goes by bytes and says so; nobody invents a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from .recording import Evidence, Recording

if TYPE_CHECKING:
    from .stream import Stream

SAMPLES = 240
"""Places on the axis from the first byte to the end."""
GAPS = 3
"""Silences that are named, the longest ones."""
_NOTABLE = 0.03
"""A silence is worth naming from this part of the stream's time on, and from _TIMES the usual gap."""
_TIMES = 10
_BURST = 4
"""Events in one read from which on it is called a burst."""

TEXT, DATA, IDLE, TERMINAL = "text", "data", "idle", "terminal"
KINDS = (DATA, TEXT, IDLE, TERMINAL)
"""What an event is to who waits: text to read, other payload, a keep-alive (comments too), the end."""


class Beat(NamedTuple):
    """What arrived at one place of the axis."""

    at: float
    """Milliseconds since the request was sent, or the byte offset (see `Rhythm.timed`); of the first that came."""
    kind: str
    """One of KINDS, or `read`."""
    number: int
    """Of events, or of reads."""
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One stream over time. All times are milliseconds since the request was sent."""

    timed: bool
    """False: times are not recorded, and every place is a byte offset."""
    first: float
    """When the first byte of the body came."""
    end: float
    """When the body ended."""
    ended: str
    """How: the value of `EndKind`."""
    events: int
    beats: tuple[Beat, ...] = ()
    """Events and keep-alives, in order."""
    reads: tuple[Beat, ...] = ()
    """Empty where they are not recorded."""
    gaps: tuple[tuple[float, float], ...] = ()
    """The longest silences between events that carry payload, in order: from, to."""
    burst: tuple[float, int] | None = None
    """The most events that came in one read, and when."""


class _Arrival(NamedTuple):
    at: float
    kind: str
    size: int


def rhythm_of(stream: Stream[Any]) -> Rhythm:
    """The rhythm of a stream; of an answer that is no event stream, that of its reads."""
    recording = stream.recording
    if not recording.reads or not recording.has(Evidence.TIMING):
        arrivals = _arrivals(stream, lambda start, end: float(start))
        beats = _sampled(arrivals, 0.0, float(len(recording.body)))
        return Rhythm(False, 0.0, float(len(recording.body)), recording.end.kind.value, len(stream.events), beats)
    first, end = recording.reads[0].at, _end(recording)
    arrivals = _arrivals(stream, lambda start, end: stream.arrival(max(end - 1, start)))
    payload = sorted(one.at for one in arrivals if one.kind != IDLE)
    reads = [_Arrival(read.at, "read", read.size) for read in recording.reads] if recording.has(Evidence.READS) else []
    return Rhythm(
        timed=True,
        first=first,
        end=end,
        ended=recording.end.kind.value,
        events=len(stream.events),
        beats=_sampled(arrivals, first, end),
        reads=_sampled(reads, first, end),
        gaps=_gaps(payload, end - first),
        burst=_burst(payload) if reads else None,
    )


def _end(recording: Recording) -> float:
    return max(recording.end.at or 0.0, max(read.at for read in recording.reads))


def _arrivals(stream: Stream[Any], place: Callable[[int, int], float | None]) -> list[_Arrival]:
    """Events and comments with their places, those that have one; `place` answers for a byte span."""
    found = [(place(e.start, e.end) if e.at is None else e.at, kind, e.end - e.start) for e, kind in _kinds(stream)]
    found += [(place(one.start, one.end), IDLE, one.end - one.start) for one in stream.facts.comments]
    return sorted((_Arrival(at, kind, size) for at, kind, size in found if at is not None), key=lambda one: one.at)


def _kinds(stream: Stream[Any]) -> Iterator[tuple[Any, str]]:
    marks, text_of = stream.marks, stream.protocol.text_of
    for event in stream.events:
        if event.index == marks.terminal:
            yield event, TERMINAL
        elif event.index in marks.idle:
            yield event, IDLE
        else:
            yield event, TEXT if text_of(event) else DATA


def _sampled(arrivals: Iterable[_Arrival], low: float, high: float) -> tuple[Beat, ...]:
    """The arrivals, those of one kind that fall on the same place added up."""
    span = max(high - low, 1e-9)
    places: dict[tuple[int, str], list[Any]] = {}
    for at, kind, size in arrivals:
        place = min(SAMPLES - 1, max(0, int((at - low) / span * SAMPLES)))
        held = places.setdefault((place, kind), [at, 0, 0])
        held[1] += 1
        held[2] += size
    return tuple(Beat(at, kind, count, size) for (_, kind), (at, count, size) in places.items())


def _gaps(times: list[float], span: float) -> tuple[tuple[float, float], ...]:
    """The longest gaps between times that stand out."""
    gaps = sorted(pairwise(sorted(set(times))), key=lambda pair: pair[0] - pair[1])
    if not gaps:
        return ()
    low, high = gaps[len(gaps) // 2]
    least = max(span * _NOTABLE, (high - low) * _TIMES)
    return tuple(sorted(pair for pair in gaps[:GAPS] if pair[1] - pair[0] >= least > 0))


def _burst(times: Iterable[float]) -> tuple[float, int] | None:
    """Events of one read share its time."""
    at, count = max(Counter(times).items(), key=lambda item: item[1], default=(0.0, 0))
    return (at, count) if count >= _BURST else None
