"""Place: where the bytes stand that show a trait, as `places.toml` beside the traits says.

Law: data and a search; what is not found shows the trait by its absence, and nobody guesses where. In a pattern
`<value>` stands for the trait's value, behind its last point where it has one (`delta.reasoning`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, NamedTuple

from .stream import Stream

VALUE = "<value>"


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look. One of these is given; all but the field are patterns."""

    first: str | None = None
    """The first match in the body."""
    last: str | None = None
    """The last match in the body."""
    header: str | None = None
    """A field of the response's head; `=` stands for the one that the trait's value names."""
    request: str | None = None
    """The first match in the request's body."""


class Spot(NamedTuple):
    """What was found."""

    event: int | None = None
    offset: int | None = None
    line: str | None = None
    """What is not of the body: the line of the head, the word of the request."""
    word: str = ""
    """The matched bytes, as text."""


def locate(stream: Stream[Any], place: Place, value: object) -> Spot | None:
    """The spot that shows a trait's value, or None."""
    if place.header is not None:
        name = str(value) if place.header == "=" else place.header
        sent = stream.recording.headers.get(name)
        return None if sent is None else Spot(line=f"{name}: {sent}")
    if place.request is not None:
        asked = _pattern(place.request, value).search(stream.recording.request.body)
        return None if asked is None else Spot(line=f"request: {asked[0].decode('utf-8', 'replace')}")
    match = _match(place, stream.recording.body, value)
    if match is None:
        return None
    event = bisect_right(stream.events, match.start(), key=lambda one: one.start) - 1
    inside = event >= 0 and match.start() < stream.events[event].end
    return Spot(event if inside else None, match.start(), None, match[0].decode("utf-8", "replace"))


def _pattern(pattern: str, value: object) -> re.Pattern[bytes]:
    name = str(value).rpartition(".")[2]
    return re.compile(pattern.replace(VALUE, re.escape(name)).encode("utf-8", "surrogatepass"))


def _match(place: Place, body: bytes, value: object) -> re.Match[bytes] | None:
    if place.last is None:
        return _pattern(place.first, value).search(body) if place.first else None
    match = None
    for match in _pattern(place.last, value).finditer(body):  # noqa: B007  # the last one stays
        pass
    return match
