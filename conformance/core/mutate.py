"""Mutations: a recording in, the same with one fault out. They prove rules, and try out clients.

Law: pure. Reads go on adding up to the body, their times never run backwards, and nothing but the one fault changes.
An operator of `OPERATORS` takes a recording and the index of an event; None says that it does not apply there. The
same bytes in other reads: `core.cuts`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec

import orjson

from .cuts import ordered, rewrite, splice
from .recording import End, EndKind, Evidence, Read, Recording
from .sse import ServerSentEvent, decode, lines

Operator = Callable[[Recording, int], Recording | None]
Path = tuple[str | int, ...]
Change = Callable[[Any], Any]
P = ParamSpec("P")


def events_of(recording: Recording) -> list[ServerSentEvent]:
    """The events of a recording, with their byte spans."""
    return decode(recording.body)[0]


def _on_event(
    make: Callable[Concatenate[Recording, ServerSentEvent, P], Recording | None],
) -> Callable[Concatenate[Recording, int, P], Recording | None]:
    """An operator that looks its event up; None where there is none."""

    def operator(recording: Recording, k: int, /, *args: P.args, **kwargs: P.kwargs) -> Recording | None:
        events = events_of(recording)
        return make(recording, events[k], *args, **kwargs) if 0 <= k < len(events) else None

    update_wrapper(operator, make)
    return operator


# Whole events


@_on_event
def drop(recording: Recording, event: ServerSentEvent) -> Recording | None:
    """The event is missing."""
    return splice(recording, event.start, event.end, b"")


def swap(recording: Recording, k: int) -> Recording | None:
    """Event `k` and the next change places; what stands between them stays there. None where they are the same."""
    pair = events_of(recording)[max(k, 0) : k + 2]
    if len(pair) < 2:
        return None
    (one, two), body = pair, recording.body
    first, second, between = body[one.start : one.end], body[two.start : two.end], body[one.end : two.start]
    return None if first == second else splice(recording, one.start, two.end, second + between + first)


@_on_event
def repeat(recording: Recording, event: ServerSentEvent) -> Recording | None:
    """The event comes twice."""
    return splice(recording, event.end, event.end, recording.body[event.start : event.end])


@_on_event
def append(recording: Recording, event: ServerSentEvent) -> Recording | None:
    """The event comes again, behind everything."""
    size = len(recording.body)
    return splice(recording, size, size, recording.body[event.start : event.end])


@_on_event
def truncate(recording: Recording, event: ServerSentEvent) -> Recording | None:
    """Nothing comes after the event, and the body ends as if that were all. None where nothing came."""
    return cut_off(recording, event.end, EndKind.EOF)


@_on_event
def break_off(recording: Recording, event: ServerSentEvent) -> Recording | None:
    """The transport breaks in the middle of the event."""
    return cut_off(recording, (event.start + event.end) // 2, EndKind.TRUNCATED)


def cut_off(recording: Recording, offset: int, kind: EndKind = EndKind.TRUNCATED) -> Recording | None:
    """The body ends before the byte at `offset`, with the last read that is left. None where nothing stands behind."""
    if offset >= len(recording.body):
        return None
    short = splice(recording, offset, len(recording.body), b"")
    if kind is not EndKind.EOF:  # what was promised stays promised
        short = replace(short, headers=recording.headers)
    at = short.reads[-1].at if short.reads else recording.end.at
    return replace(short, end=End(kind, None if recording.end.at is None else at))


@_on_event
def stall(recording: Recording, event: ServerSentEvent, ms: float = 120_000.0) -> Recording | None:
    """Nothing comes after the event, and the client gives up `ms` milliseconds later. None without timing."""
    short = cut_off(recording, event.end, EndKind.TIMEOUT)
    if short is None or not _timed(recording):
        return None
    return replace(short, end=End(EndKind.TIMEOUT, short.reads[-1].at + ms))


@_on_event
def delay(recording: Recording, event: ServerSentEvent, ms: float = 30_000.0) -> Recording | None:
    """The event and all that follows come `ms` milliseconds later. None without timing."""
    if not _timed(recording):
        return None
    reads, pos = [], 0
    for read in recording.reads:
        early = min(read.size, max(0, event.start - pos))
        pos += read.size
        if early or not read.size:
            reads.append(Read(read.at, early))
        if early < read.size:
            reads.append(Read(read.at + ms, read.size - early))
    end = recording.end
    return replace(recording, reads=ordered(reads), end=replace(end, at=None if end.at is None else end.at + ms))


def _timed(recording: Recording) -> bool:
    return bool(recording.reads) and recording.has(Evidence.TIMING)


# Lines


@_on_event
def rename(recording: Recording, event: ServerSentEvent) -> Recording | None:
    """The event has another name in its `event` line. None where it has no such line."""
    place = line_value(recording, event, b"event")
    return None if place is None else splice(recording, place[1], place[1], b".renamed")


@_on_event
def merge(recording: Recording, event: ServerSentEvent) -> Recording | None:
    """The blank line behind the event is missing, so that the next block belongs to it. None for the last event."""
    if event.end == len(recording.body):
        return None
    *_, blank = lines(recording.body, event.start, event.end)
    return splice(recording, blank.start, event.end, b"")


@_on_event
def garble(recording: Recording, event: ServerSentEvent) -> Recording | None:
    """The data of the event lacks its last byte."""
    place = line_value(recording, event, b"data")
    return None if place is None or place[0] == place[1] else splice(recording, place[1] - 1, place[1], b"")


@_on_event
def comment(recording: Recording, event: ServerSentEvent) -> Recording | None:
    """A comment stands before the event, as a keep-alive does. Legal."""
    return splice(recording, event.start, event.start, b": keep-alive\n\n")


def line_ends(recording: Recording, ending: bytes) -> Recording:
    """All lines end with `ending`. Legal."""
    found = lines(recording.body)
    return rewrite(recording, [(line.end, line.end + len(line.ending), ending) for line in found if line.ending])


def line_value(recording: Recording, event: ServerSentEvent, field: bytes) -> tuple[int, int] | None:
    """Where the value of the first `field` of an event stands in the body."""
    body = recording.body
    for line in lines(body, event.start, event.end):
        name, colon, value = body[line.start : line.end].partition(b":")
        if name == field and colon:
            return line.end - len(value.removeprefix(b" ")), line.end
    return None


# Members of the JSON payload


@_on_event
def edit(recording: Recording, event: ServerSentEvent, change: Change) -> Recording | None:
    """The JSON of the event, changed. None where it is not JSON on one line, or where `change` leaves it as it is."""
    place = line_value(recording, event, b"data")
    if place is None or event.data_lines != 1:
        return None
    try:
        value = orjson.loads(event.raw)
    except orjson.JSONDecodeError:
        return None
    before, after = written(value), written(change(value))
    return None if before == after else splice(recording, *place, after)


def written(value: object) -> bytes:
    """The value as JSON, as short as it can be written."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits, half a surrogate pair
        return json.dumps(value, separators=(",", ":")).encode()


def members(value: object, path: Path = ()) -> list[Path]:
    """The paths of all members and items in a JSON value, outer ones first."""
    pairs: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    found = [((*path, key), item) for key, item in pairs]
    return [here for here, _ in found] + [deep for here, item in found for deep in members(item, here)]


def at(path: Path, change: Change) -> Change:
    """A change of the member at `path`; `...` as its result removes it."""

    def changed(value: Any) -> Any:
        if not path:
            return change(value)
        node = value
        for key in path[:-1]:
            node = node[key]
        new = change(node[path[-1]])
        if new is ...:
            del node[path[-1]]
        else:
            node[path[-1]] = new
        return value

    return changed


def first(names: Sequence[str], fits: Callable[[Any], bool], change: Change) -> Operator:
    """The operator that changes the outermost member of one of these names that fits."""

    def operator(recording: Recording, k: int) -> Recording | None:
        def changed(value: Any) -> Any:
            for path in members(value):
                if path[-1] in names and fits(_get(value, path)):
                    return at(path, change)(value)
            return value

        return edit(recording, k, changed)

    return operator


def _get(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


_IDS = ("id", "item_id", "responseId")
_KINDS = ("type", "object")
_INDICES = ("index", "output_index", "content_index", "sequence_number")
_TEXTS = ("content", "text", "delta", "partial_json", "arguments", "thinking", "reasoning_content", "reasoning")
_ENDS = ("finish_reason", "stop_reason", "finishReason", "status")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


OPERATORS: dict[str, Operator] = {
    "drop": drop,
    "swap": swap,
    "repeat": repeat,
    "append": append,
    "truncate": truncate,
    "break": break_off,
    "stall": stall,
    "delay": delay,
    "merge": merge,
    "garble": garble,
    "rename": rename,
    "rekind": first(_KINDS, _is_text, lambda value: value + ".renamed"),
    "change-id": first(_IDS, _is_text, lambda value: value + "x"),
    "lose-id": first(_IDS, _is_text, lambda value: ...),
    "retype-id": first(_IDS, _is_text, lambda value: 1),
    "change-index": first(_INDICES, _is_number, lambda value: value + 1),
    "lose-index": first(_INDICES, _is_number, lambda value: ...),
    "retype-index": first(_INDICES, _is_number, str),
    "change-text": first(_TEXTS, _is_text, lambda value: value + "x"),
    "lose-text": first(_TEXTS, _is_text, lambda value: ...),
    "retype-text": first(_TEXTS, _is_text, lambda value: [value]),
    "change-end": first(_ENDS, _is_text, lambda value: value + "x"),
    "lose-end": first(_ENDS, _is_text, lambda value: None),
}
"""Name -> operator: what may go wrong with one event."""
