"""Picture: what a report shows of a recording beside the verdicts: its rhythm, the bytes around each finding, and of a
gateway's exchange both sides.

Law: a copy of little pieces, bounded in number and in size, so that a report needs no recording; made where the
recording is at hand, and only when a form asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .finding import Finding, Run
from .picture_sides import Sides, sides_of
from .pointer import span
from .rhythm import Rhythm, rhythm_of
from .stream import Stream, StreamEvent
from .wire import Wire, cut

WIRES = 60
"""Findings of one run whose bytes are kept, the worst first."""
_LINE = re.compile(rb"\r\n|\n|\r")
Place = tuple[int | None, int | None, str | None]
"""(event, offset, pointer) of a finding."""


@dataclass(frozen=True)
class Picture:
    """What is shown of one recording."""

    rhythm: Rhythm
    wires: Mapping[Place, Wire] = field(default_factory=dict)
    sides: Sides | None = None
    """Of a gateway's exchange both sides; None where the recording shows no gateway."""

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
            wires.setdefault(place_of(finding), cut(stream.recording.body, *found))
    return Picture(rhythm_of(stream), wires, sides_of(stream))


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
