"""The bytes behind the cells of a compatibility table, from the recordings themselves.

Law: a recording that is gone, or that is another than the one that was judged, shows nothing; nobody guesses.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from .. import catalogue
from ..core.behaviour import Behaviour
from ..core.finding import Run
from ..core.matrix import Exhibit, Seen
from ..core.place import locate
from ..core.stream import Stream
from ..errors import InputError
from ..render._quote import field, quote
from ..render._text import value_of

_FILES = 256
"""Recordings that are held; cells are asked for column by column."""


def exhibit(protocol: str, row: Behaviour, seen: Seen, at: Exhibit, run: Run) -> Exhibit:
    """The place with what the bytes there say. A trait's place is looked up, a finding's is known."""
    stream = _stream(run.source, run.interaction, protocol)
    if stream is None or len(stream.recording.body) != run.bytes:
        return at
    body = stream.recording.body
    if row.kind == "rule":
        return at if at.offset is None else replace(at, quote=quote(body, at.offset, at.pointer))
    places = catalogue.places(protocol)
    place = places.get(f"{row.name}={value_of(seen.value)}") or places.get(row.name)
    spot = locate(stream, place, seen.value) if place else None
    if spot is None:
        return at
    if spot.line is not None:
        return replace(at, quote=field(spot.line))
    text = quote(body, spot.offset or 0, None, spot.word.partition(":")[0])
    return replace(at, event=spot.event, offset=spot.offset, quote=text)


@lru_cache(_FILES)
def _stream(source: str, interaction: int, protocol: str) -> Stream[Any] | None:
    from ..edge.load import load

    try:
        recordings = load(source)
    except InputError:
        return None
    known = catalogue.protocols().get(protocol, catalogue.unknown_protocol())
    return Stream(recordings[interaction], known) if interaction < len(recordings) else None
