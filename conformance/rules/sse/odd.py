"""The events of a stream that are odd: not strict JSON, or of several data lines. One pass, shared by the rules.

Law: computed once per stream. Most streams have none, so that every rule that asks here costs nothing.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import orjson

from conformance.core.payload import FlawKind
from conformance.core.stream import Stream, StreamEvent

_SEEN: WeakKeyDictionary[Stream[Any], list[StreamEvent]] = WeakKeyDictionary()
_UNREADABLE = (FlawKind.NOT_JSON, FlawKind.TRAILING)


def odd_events(stream: Stream[Any]) -> list[StreamEvent]:
    """The events with a flaw or with several data lines, in their order."""
    found = _SEEN.get(stream)
    if found is None:
        found = [event for event in stream.events if event.flaw is not None or event.data_lines != 1]
        _SEEN[stream] = found
    return found


def illegible(stream: Stream[Any]) -> list[StreamEvent]:
    """The events whose data no JSON reader takes as one value. `[DONE]` is a matter of the protocols, sent or not."""
    return [event for event in odd_events(stream) if not _is_json(event) and event.raw != b"[DONE]"]


def _is_json(event: StreamEvent) -> bool:
    """True where common readers get one value, if only lenient ones."""
    return event.flaw is None or (event.parsed is not None and event.flaw.kind not in _UNREADABLE)


def is_comment(event: StreamEvent) -> bool:
    """True where the data looks like a comment of the wire: `: OPENROUTER PROCESSING`."""
    return event.raw.lstrip().startswith(b":")


def is_unseparated(event: StreamEvent) -> bool:
    """True where a data line behind the first is a JSON object of its own: a blank line is missing before it."""
    if event.data_lines < 2:
        return False
    return any(line.lstrip().startswith(b"{") and _is_object(line) for line in event.raw.split(b"\n")[1:])


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def excerpt(event: StreamEvent, size: int = 60) -> str:
    """The beginning of an event's data, quoted."""
    text = event.data
    return repr(text) if len(text) <= size else repr(text[:size]) + "..."
