"""Picture: what a report shows of a recording beside the verdicts: its rhythm, the bytes around each finding, and of a
gateway's exchange the rhythm of what it asked its upstream.

Law: a copy of little pieces, bounded in number and in size, so that a report needs no recording; made where the
recording is at hand, and only when a form asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .finding import Finding, Run
from .pointer import span
from .rhythm import SAMPLES, Rhythm, rhythm_of
from .sandwich import Sandwich
from .stream import Stream, StreamEvent
from .transparency import comparison_of
from .transparency_timing import deliveries

WIRES = 60
"""Findings of one run whose bytes are kept, the worst first."""
ABOVE = 6
"""Requests to an upstream that are shown of one exchange, the last ones."""
_BEFORE, _GUILTY, _AFTER = 180, 480, 120
"""Bytes that are kept of each part."""
_LINE = re.compile(rb"\r\n|\n|\r")
Place = tuple[int | None, int | None, str | None]
"""(event, offset, pointer) of a finding."""


class Wire(NamedTuple):
    """The bytes around a finding, in three parts that follow each other."""

    start: int
    """Offset of the first byte of `before` in the body."""
    before: bytes
    guilty: bytes
    """What the finding is about."""
    after: bytes
    omitted: int = 0
    """Bytes that were taken out of the middle of `guilty`."""
    kept: int = 0
    """Bytes of `guilty` before what was taken out."""
    more: bool = False
    """True where the body goes on behind `after`."""


class Above(NamedTuple):
    """One request that a gateway made of its upstream."""

    number: int
    """From 1, of `of`."""
    of: int
    told: str
    """What was asked, and what was answered: `POST /v1/messages, 200`."""
    rhythm: Rhythm
    """On the client's clock."""


@dataclass(frozen=True)
class Picture:
    """What is shown of one recording."""

    rhythm: Rhythm
    wires: Mapping[Place, Wire] = field(default_factory=dict)
    above: Sequence[Above] | None = None
    """What a gateway asked its upstream, in order; None where the recording shows no gateway."""
    passed: Sequence[tuple[float, float]] = ()
    """When events of the last of these were written, and when the client had them; sampled."""

    def wire(self, finding: Finding) -> Wire | None:
        """The bytes around a finding; None where it has no place, or was one of too many."""
        return self.wires.get(place_of(finding))


def place_of(finding: Finding) -> Place:
    """What tells the places of findings apart."""
    return finding.event, finding.offset, finding.pointer


def picture_of(stream: Stream[Any], run: Run) -> Picture:
    """The picture of a stream and its findings."""
    wires: dict[Place, Wire] = {}
    for finding in run.findings:
        if len(wires) == WIRES:
            break
        found = _guilty(stream, finding)
        if found is not None:
            wires.setdefault(place_of(finding), _wire(stream.recording.body, *found))
    return Picture(rhythm_of(stream), wires, *_gateway(stream))


def _gateway(stream: Stream[Any]) -> tuple[Sequence[Above] | None, Sequence[tuple[float, float]]]:
    """What a gateway asked, and when what of the answer got through."""
    found = comparison_of(stream)
    if found is None:
        return None, ()
    passed = [(one.written, one.read) for one in deliveries(found)]
    return tuple(_above(stream, found.sandwich)), tuple(passed[:: -(-len(passed) // SAMPLES) or 1])


def _above(stream: Stream[Any], sandwich: Sandwich) -> Iterator[Above]:
    count = len(sandwich.upstream)
    for number, one in list(enumerate(sandwich.upstream, 1))[-ABOVE:]:
        asked, above = one.recording.request, Stream(one.recording, one.protocol or stream.protocol)
        told = f"{asked.method} {asked.path}, {one.recording.status}"
        yield Above(number, count, told, rhythm_of(above).later(one.arrived))


def _guilty(stream: Stream[Any], finding: Finding) -> tuple[int, int] | None:
    """The bytes that a finding is about: a member, a whole event, or the rest of a line; none at the body's end."""
    body, offset = stream.recording.body, finding.offset
    if finding.event is not None and finding.event < len(stream.events):
        event = stream.events[finding.event]
        if finding.pointer:
            return _member(body, event, finding.pointer) or (event.start, event.end)
        if offset is None or offset == event.start:
            return event.start, event.end
    if offset is None or not body or not 0 <= offset <= len(body):
        return None
    ending = _LINE.search(body, offset)
    return offset, ending.end() if ending else len(body)


def _member(body: bytes, event: StreamEvent, pointer: str) -> tuple[int, int] | None:
    """The bytes of a member of the event's data, where that stands on one line."""
    at = body.find(event.raw, event.start, event.end)
    found = span(event.raw, pointer) if at >= 0 else None
    return (at + found[0], at + found[1]) if found else None


def _wire(body: bytes, low: int, high: int) -> Wire:
    start, end = _whole(body, max(0, low - _BEFORE)), _whole(body, min(len(body), high + _AFTER))
    guilty, omitted, kept = body[low:high], 0, 0
    if len(guilty) > _GUILTY + _AFTER:  # less is not worth an omission
        head, tail = _whole(body, low + _GUILTY * 3 // 4), _whole(body, high - _GUILTY // 4)
        guilty, omitted, kept = body[low:head] + body[tail:high], tail - head, head - low
    return Wire(start, body[start:low], guilty, body[high:end], omitted, kept, end < len(body))


def _whole(body: bytes, at: int) -> int:
    """The next place from `at` on where a character begins: a cut must not look like a byte that is not UTF-8."""
    for place in range(at, min(at + 4, len(body))):
        if body[place] & 0xC0 != 0x80:
            return place
    return at
