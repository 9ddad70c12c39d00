"""Both sides of a gateway's exchange for a report: their rhythm on one clock, and events that did not come as written.

Law: as for `core.picture`: little pieces, bounded; nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .recording import EndKind
from .rhythm import SAMPLES, Rhythm, rhythm_of
from .sandwich import Sandwich
from .stream import Stream
from .transparency import Comparison, Fidelity, comparison_of
from .transparency_timing import deliveries
from .wire import Room, Wire, agreement, cut

ABOVE = 6
"""Requests to an upstream that are shown of one exchange, the last ones."""
SHOWN = 2
"""Events that are shown of each fate, the first ones."""
_ROOM = Room(90, 240, 60)
CHANGED, MERGED, MOVED, DROPPED, ADDED = "changed", "merged or split", "moved", "dropped", "added"
Places = tuple[int | None, int | None]
"""An event of the upstream and the client's event that it became, by their indices; None: there is none."""


class Above(NamedTuple):
    """One request that a gateway made of its upstream."""

    number: int
    """From 1, of `of`."""
    of: int
    told: str
    """What was asked, and what was answered: `POST /v1/messages, 200`."""
    rhythm: Rhythm
    """On the client's clock."""


class Beside(NamedTuple):
    """An event on both sides; the guilty bytes are where they differ."""

    above: Wire | None
    below: Wire | None
    places: Places


class Fate(NamedTuple):
    """What became of events: how many, and the first of them."""

    name: str
    """CHANGED, MERGED, MOVED, DROPPED or ADDED."""
    number: int
    shown: Sequence[Beside]


class Sides(NamedTuple):
    """What is shown of a gateway's exchange beside the client's stream."""

    above: Sequence[Above]
    """What the gateway asked its upstream, in order."""
    passed: Sequence[tuple[float, float]]
    """When events of the last of these were written, and when the client had them; sampled."""
    fates: Sequence[Fate]
    """Where events can be compared: those that did not come as they were written."""


def sides_of(stream: Stream[Any]) -> Sides | None:
    """Both sides of the exchange that this stream is the client's side of; None where there was no gateway."""
    found = comparison_of(stream)
    if found is None:
        return None
    passed = [(one.written, one.read) for one in deliveries(found)]
    above = tuple(_above(stream, found.sandwich))
    return Sides(above, tuple(passed[:: -(-len(passed) // SAMPLES) or 1]), tuple(_fates(found)))


def _above(stream: Stream[Any], sandwich: Sandwich) -> Iterator[Above]:
    count = len(sandwich.upstream)
    for number, one in list(enumerate(sandwich.upstream, 1))[-ABOVE:]:
        asked, above = one.recording.request, Stream(one.recording, one.protocol or stream.protocol)
        told = f"{asked.method} {asked.path}, {one.recording.status}"
        yield Above(number, count, told, rhythm_of(above).later(one.arrived))


def _fates(found: Comparison) -> Iterator[Fate]:
    for name, places in _places(found).items():
        if places:
            yield Fate(name, len(places), tuple(_beside(found, *place) for place in places[:SHOWN]))


def _places(found: Comparison) -> Mapping[str, Sequence[Places]]:
    """Fate -> the events that met it. What is missing because one of both left was not dropped."""
    kept = found.alignment
    left = found.aborted or found.below.recording.end.kind is not EndKind.EOF
    return {
        CHANGED: [pair for pair in kept.pairs if found.kept[pair.down] is Fidelity.CHANGED],
        MERGED: [(group.up[0], group.down[0]) for group in kept.groups if group.up and group.down],
        MOVED: list(kept.moved),
        DROPPED: [] if left else [(event, None) for event in kept.lost],
        ADDED: [(None, event) for event in kept.added],
    }


def _beside(found: Comparison, up: int | None, down: int | None) -> Beside:
    """Both events, or the one that there is; marked is what stands between what they have in common."""
    above, below = _event(found.above, up), _event(found.below, down)
    head, tail = _common(above, below) if above and below else (0, 0)
    sides = (cut(data, head, len(data) - tail, _ROOM) if data else None for data in (above, below))
    return Beside(next(sides), next(sides), (up, down))


def _event(stream: Stream[Any] | None, index: int | None) -> bytes:
    if stream is None or index is None:
        return b""
    return stream.recording.body[stream.events[index].start : stream.events[index].end]


def _common(one: bytes, two: bytes) -> tuple[int, int]:
    """Length of what both begin with, and of what both end with behind that; no character is cut."""
    head = agreement(one, two)
    while head and any(data[head : head + 1] and data[head] & 0xC0 == 0x80 for data in (one, two)):
        head -= 1
    tail = agreement(one[head:][::-1], two[head:][::-1])
    while tail and one[len(one) - tail] & 0xC0 == 0x80:
        tail -= 1
    return head, tail
