"""What a gateway adds to the times of a stream: from the upstream's write to the client's read of the same payload.

Law: measurements on one clock, never a verdict; nothing is measured where a side holds no times. An event is found
again by its alignment; where events were merged, split or translated, by the text that it completes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from .latency import percentile
from .recording import EndKind, Evidence
from .stream import Stream
from .transparency import Comparison, comparison_of

APART = 5.0
"""Milliseconds between two writes from which on they are no burst of the upstream's."""
TOGETHER = 1.0
"""Milliseconds between two arrivals up to which they are one burst."""
_MANY = 0.5
"""Share of the events written apart that arrive together, from which on events are collected."""
_AGAIN = 3
"""Heaps from which on they are a habit."""
_ENOUGH = 8
"""Events, or gaps between them, from which on a share means something."""
_LONG = 100.0
"""Milliseconds of writing from which on spreads are compared."""

Figures = Mapping[str, float | int | None]


class Delivery(NamedTuple):
    """One event of the upstream: when it was written and when the client had it, since the client's request."""

    event: int
    written: float
    read: float

    @property
    def delay(self) -> float:
        """Milliseconds that the gateway, and both connections, took."""
        return self.read - self.written


def added(stream: Stream[Any]) -> Figures:
    """The figures of a sandwich, in milliseconds but for counts and shares; nothing of any other stream."""
    found = comparison_of(stream)
    return measure(found) if found is not None else {}


def measure(found: Comparison) -> Figures:
    """The figures of both sides."""
    if found.above is None or found.upstream is None:
        return {}
    delivered = deliveries(found)
    delays = sorted(one.delay for one in delivered)
    figures: dict[str, float | int | None] = {
        "gateway_request": found.upstream.arrived,
        "gateway_head": head_held(found),
        "gateway_first_byte": _first_byte(found),
        "gateway_event_p50": percentile(delays, 50),
        "gateway_event_p95": percentile(delays, 95),
        "gateway_event_max": delays[-1] if delays else None,
        "gateway_events_per_write": found.above.latency.events_per_read_mean,
        "gateway_events_per_read": found.below.latency.events_per_read_mean,
        "gateway_burst_share": burst_share(delivered),
        "gateway_spread": spread(delivered),
        **_abort(found),
    }
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}


def _timed(found: Comparison) -> bool:
    sides = (found.above, found.below)
    return all(side is not None and side.recording.reads and side.recording.has(Evidence.TIMING) for side in sides)


def head_held(found: Comparison) -> float | None:
    """Milliseconds from the upstream's head to the client's."""
    if found.above is None or found.upstream is None:
        return None
    above, below = found.above.recording.headers_at, found.below.recording.headers_at
    return None if above is None or below is None else below - above - found.upstream.arrived


def _first_byte(found: Comparison) -> float | None:
    if found.above is None or found.upstream is None or not _timed(found):
        return None
    return found.below.recording.reads[0].at - found.above.recording.reads[0].at - found.upstream.arrived


# Events


def deliveries(found: Comparison) -> list[Delivery]:
    """Every event of the upstream that the client has, in the order of writing."""
    if found.above is None or found.upstream is None or not _timed(found):
        return []
    arrived, above, below = found.upstream.arrived, found.above.events, found.below.events
    places = {pair.up: pair.down for pair in found.alignment.pairs}
    places = {**dict(_by_text(found)), **places} if found.translated or found.alignment.groups else places
    made = []
    for up in sorted(places):
        written, read = above[up].at, below[places[up]].at
        if written is not None and read is not None:
            made.append(Delivery(up, arrived + written, read))
    return made


def _by_text(found: Comparison) -> Iterator[tuple[int, int]]:
    """Event of the upstream -> the client's event that completes its text."""
    if found.above is None:
        return
    ours, theirs = _lengths(found.above), _lengths(found.below)
    grown = 0
    for event, length in enumerate(ours):
        down = bisect_left(theirs, length)
        if length > grown and down < len(theirs):
            yield event, down
        grown = length


def _lengths(stream: Stream[Any]) -> list[int]:
    """Length of the text up to and including each event."""
    return list(accumulate(len(stream.protocol.text_of(event)) for event in stream.events))


def burst_share(delivered: Sequence[Delivery]) -> float | None:
    """Share of the events written apart that arrived together with the one before them; None for too few, and where
    they are the exception: in a quick stream the machine's stumbles would be all that is looked at."""
    apart = [(one, two) for one, two in pairwise(delivered) if two.written - one.written >= APART]
    if len(apart) < max(_ENOUGH, len(delivered) // 2):
        return None
    return sum(two.read - one.read < TOGETHER for one, two in apart) / len(apart)


def collected(delivered: Sequence[Delivery]) -> bool:
    """True where most events that were written apart come in heaps, and that again and again: one pause in which
    everything waits is a pause, and collects nothing."""
    share = burst_share(delivered)
    return share is not None and share >= _MANY and _heaps(delivered) >= _AGAIN


def _heaps(delivered: Sequence[Delivery]) -> int:
    """How many times several events, written apart, arrived together."""
    joined = [two.read - one.read < TOGETHER and two.written - one.written >= APART for one, two in pairwise(delivered)]
    return sum(now and not before for before, now in pairwise([False, *joined]))


def spread(delivered: Sequence[Delivery]) -> float | None:
    """Time from the first arrival to the last, as a part of that from the first write to the last: 0 means that all
    came at once. None where writing took too short a time to tell."""
    if len(delivered) < _ENOUGH:
        return None
    written = delivered[-1].written - delivered[0].written
    return (delivered[-1].read - delivered[0].read) / written if written >= _LONG else None


# What the client's abort became


def abort_seen(found: Comparison) -> float | None:
    """Milliseconds from the client's abort until the upstream saw the gateway leave; None where it never did, or the
    client did not abort."""
    left = found.below.recording.end.at
    if not found.aborted or found.upstream is None or left is None:
        return None
    end = found.upstream.recording.end
    gone = end.kind in (EndKind.CANCELLED, EndKind.RESET) and end.at is not None
    return max(0.0, found.upstream.arrived + (end.at or 0.0) - left) if gone else None


def _abort(found: Comparison) -> Figures:
    left = found.below.recording.end.at
    if not found.aborted or found.above is None or found.upstream is None or left is None:
        return {}
    since = left - found.upstream.arrived
    events = sum(event.at is not None and event.at > since for event in found.above.events)
    pulled = sum(size for at, size in found.above.recording.reads if at > since)
    return {"gateway_abort": abort_seen(found), "gateway_pulled_events": events, "gateway_pulled_bytes": pulled}
