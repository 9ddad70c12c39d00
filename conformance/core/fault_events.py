"""Steps of faults that change whole events, lines and bytes.

Law: pure. A step takes a recording, the index of an event, and parameters by name; UnfitError says why it cannot. New
lines end as the recording's own do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import orjson

from . import mutate
from .cuts import cut, rewrite, splice
from .fault_place import Place, UnfitError, get, paths, payload_of
from .mutate import cut_off, events_of, line_value
from .recording import EndKind, Headers, Recording
from .sse import BOM, Line, ServerSentEvent, lines


def event_at(recording: Recording, k: int) -> ServerSentEvent:
    """Event `k`. Raises UnfitError where there is none."""
    events = events_of(recording)
    if not 0 <= k < len(events):
        raise UnfitError("no event in the recording")
    return events[k]


def did(changed: Recording | None, reason: str) -> Recording:
    """What an operator of `mutate` made. Raises UnfitError with the reason where it made nothing."""
    if changed is None:
        raise UnfitError(reason)
    return changed


def newline(recording: Recording) -> bytes:
    """How the recording ends its lines."""
    return next((line.ending for line in lines(recording.body) if line.ending), b"\n")


# Whole events


def insert(
    recording: Recording,
    k: int,
    *,
    text: str = "",
    copy: Mapping[str, Any] | None = None,
    where: str = "before",
    times: int = 1,
    last: bool = False,
) -> Recording:
    """`text`, or a copy of the event at the place `copy`, comes `before`, `behind` or `inside` event `k` (before its
    blank line). `last`: the body ends with it."""
    new = text.encode().replace(b"\n", newline(recording))
    if copy is not None:
        source = event_at(recording, Place(**copy).find(recording))
        new = recording.body[source.start : source.end]
    event = event_at(recording, k)
    *_, blank = lines(recording.body, event.start, event.end)
    offset = {"before": event.start, "behind": event.end, "inside": blank.start}[where]
    if last:
        recording = cut_off(recording, offset, EndKind.EOF) or recording
    return splice(recording, offset, offset, new * times)


def insert_everywhere(recording: Recording, k: int, *, text: str) -> Recording:
    """`text` comes before event `k` and every event behind it."""
    new = text.encode().replace(b"\n", newline(recording))
    return rewrite(recording, [(event.start, event.start, new) for event in events_of(recording)[k:]])


def drop(recording: Recording, k: int) -> Recording:
    """Event `k` is missing."""
    return did(mutate.drop(recording, k), "no event in the recording")


def swap(recording: Recording, k: int) -> Recording:
    """Event `k` and the next change places."""
    return did(mutate.swap(recording, k), "no other event follows")


def repeat(recording: Recording, k: int, *, times: int = 1) -> Recording:
    """Event `k` comes again, `times` times."""
    event = event_at(recording, k)
    return splice(recording, event.end, event.end, recording.body[event.start : event.end] * times)


def merge(recording: Recording, k: int) -> Recording:
    """The blank line behind event `k` is missing."""
    return did(mutate.merge(recording, k), "no other event follows")


def keep(recording: Recording, k: int, *, member: str, values: Sequence[str]) -> Recording:
    """Of all events only those come whose `member` is one of `values`."""
    gone = [event for event in events_of(recording) if not _named(payload_of(event), member) & set(values)]
    return rewrite(recording, [(event.start, event.end, b"") for event in gone])


def _named(payload: Any, member: str) -> set[str]:
    return {str(get(payload, path)) for path in paths(payload, member)}


def append(recording: Recording, k: int, *, text: str) -> Recording:
    """The body ends with `text`, whatever it is."""
    size = len(recording.body)
    return splice(recording, size, size, text.encode())


# Lines


def rename_event(recording: Recording, k: int, *, to: str) -> Recording:
    """The `event` line of event `k` says `to`; where it has none, nothing changes."""
    span = line_value(recording, event_at(recording, k), b"event")
    return recording if span is None else splice(recording, *span, to.encode())


def end_lines(recording: Recording, k: int, *, data: str, blank: str) -> Recording:
    """Lines end with `data`, blank lines with `blank`."""

    def edit(line: Line) -> tuple[int, int, bytes]:
        return line.end, line.end + len(line.ending), (data if line.start < line.end else blank).encode()

    return rewrite(recording, [edit(line) for line in lines(recording.body) if line.ending])


def drop_lines(recording: Recording, k: int, *, field: str) -> Recording:
    """No event has a line of this field."""
    start = field.encode() + b":"
    found = [line for line in lines(recording.body) if recording.body.startswith(start, line.start)]
    if not found:
        raise UnfitError(f"no {field} line in the recording")
    return rewrite(recording, [(line.start, line.end + len(line.ending), b"") for line in found])


def close_up(recording: Recording, k: int) -> Recording:
    """No space follows the colon of a field."""
    colons = [(recording.body.find(b":", line.start, line.end), line) for line in lines(recording.body)]
    spaced = [colon + 1 for colon, line in colons if colon > line.start and recording.body.startswith(b" ", colon + 1)]
    if not spaced:
        raise UnfitError("no space follows a colon in the recording")
    return rewrite(recording, [(space, space + 1, b"") for space in spaced])


def fold(recording: Recording, k: int) -> Recording:
    """The JSON of every event comes over two data lines: its first brace stands alone in the first."""
    spans = [line_value(recording, event, b"data") for event in events_of(recording) if event.data_lines == 1]
    opened = [span[0] + 1 for span in spans if span and recording.body.startswith(b"{", span[0])]
    if not opened:
        raise UnfitError("no JSON object in the recording")
    again = newline(recording) + b"data: "
    return rewrite(recording, [(place, place, again) for place in opened])


# Bytes


def pad(recording: Recording, k: int, *, size: int) -> Recording:
    """The data line of event `k` is longer by `size` blanks, between its first brace and its first name."""
    span = line_value(recording, event_at(recording, k), b"data")
    if span is None or not recording.body.startswith(b"{", span[0]):
        raise UnfitError("the event's data is no JSON object")
    return splice(recording, span[0] + 1, span[0] + 1, b" " * size)


def mark_bytes(recording: Recording, k: int) -> Recording:
    """The body opens with a byte order mark, which comes in a read of its own."""
    marked = splice(recording, 0, 0, BOM)
    return cut(marked, [len(BOM), *accumulate(read.size for read in marked.reads)])


def as_array(recording: Recording, k: int) -> Recording:
    """The payloads come as one JSON array, written over many lines and labelled as JSON."""
    payloads = [payload for event in events_of(recording) if (payload := payload_of(event)) is not None]
    if not payloads:
        raise UnfitError("no payload in the recording")
    body = b"[" + b"\n,\r\n".join(orjson.dumps(one, option=orjson.OPT_INDENT_2) for one in payloads) + b"\n]\n"
    whole = splice(recording, 0, len(recording.body), body)
    fields = [(name, value) for name, value in recording.headers if name.lower() != "content-type"]
    return replace(whole, headers=Headers([*fields, ("content-type", "application/json; charset=UTF-8")]))
