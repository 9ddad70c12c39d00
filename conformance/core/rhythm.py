"""Rhythm: when what of a stream arrived, sampled so that a stream of any length fits a picture.

Law: measurements, never a verdict, and never more than SAMPLES places per kind. Where times are not recorded, the
picture goes by bytes and says so; nobody invents a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
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
_LEAST = 100.0
"""Milliseconds: what is shorter is no silence."""
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
    """When the first byte of the body came; the end, where none came."""
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
    """The longest silences between events that carry payload, and before the end, in order: from, to."""
    burst: tuple[float, int] | None = None
    """The most events that came in one read, and when."""
    asked: float = 0.0
    """When it was asked for: 0, unless the clock is that of another exchange (`later`)."""

    def later(self, by: float) -> Rhythm:
        """The same on a clock that began `by` milliseconds earlier. What has no times has none on any clock."""
        if not self.timed:
            return self
        return replace(
            self,
            first=self.first + by,
            end=self.end + by,
            beats=tuple(beat._replace(at=beat.at + by) for beat in self.beats),
            reads=tuple(beat._replace(at=beat.at + by) for beat in self.reads),
            gaps=tuple((low + by, high + by) for low, high in self.gaps),
            burst=(self.burst[0] + by, self.burst[1]) if self.burst else None,
            asked=self.asked + by,
        )


class _Arrival(NamedTuple):
    at: float
    kind: str
    size: int


def rhythm_of(stream: Stream[Any]) -> Rhythm:
    """The rhythm of a stream; of an answer that is no event stream, that of its reads."""
    recording = stream.recording
    if not _timed(recording):
        arrivals = _arrivals(stream, lambda start, end: float(start))
        beats = _sampled(arrivals, 0.0, float(len(recording.body)))
        return Rhythm(False, 0.0, float(len(recording.body)), recording.end.kind.value, len(stream.events), beats)
    end = _end(recording)
    first = recording.reads[0].at if recording.reads else end
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
        gaps=_gaps([*payload, end], end - first) if payload else (),
        burst=_burst(payload) if reads else None,
    )


def _timed(recording: Recording) -> bool:
    """True where times are known: those of reads, or, of an answer without a body, that of its end."""
    waited = recording.end.at is not None and not recording.body
    return recording.has(Evidence.TIMING) and (bool(recording.reads) or waited)


def _end(recording: Recording) -> float:
    return max(recording.end.at or 0.0, max((read.at for read in recording.reads), default=0.0))


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
    """The longest gaps between times that stand out; a single one does, if it is long enough at all."""
    gaps = sorted(pairwise(sorted(set(times))), key=lambda pair: pair[0] - pair[1])
    low, high = gaps[len(gaps) // 2] if len(gaps) > 1 else (0.0, 0.0)
    least = max(span * _NOTABLE, (high - low) * _TIMES, _LEAST)
    return tuple(sorted(pair for pair in gaps[:GAPS] if pair[1] - pair[0] >= least))


def _burst(times: Iterable[float]) -> tuple[float, int] | None:
    """Events of one read share its time."""
    at, count = max(Counter(times).items(), key=lambda item: item[1], default=(0.0, 0))
    return (at, count) if count >= _BURST else None
