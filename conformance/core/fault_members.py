"""Steps of faults that change members of the JSON payload.

Law: pure. What is not the member stays as it is, but for blanks between JSON's tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from .cuts import rewrite, splice
from .fault_events import event_at
from .fault_place import Place, UnfitError, get, paths, payload_of
from .mutate import Path, events_of, line_value, members, written
from .recording import Recording
from .sse import ServerSentEvent

_TEXTS = ("content", "text", "delta", "thinking", "reasoning_content", "reasoning")
_MARK = "\ue000"
"""Stands in a text where bytes are put that are none of a text."""


def edit(
    recording: Recording,
    k: int,
    *,
    member: str,
    to: str | None = None,
    was: str | None = None,
    add: bool = False,
    on: bool = False,
) -> Recording:
    """Members that the pattern `member` names are `to` (JSON; `{n}` in it is the event's index), or gone without it: in
    event `k`, with `on` in all events from it. `was`: only those that are this (JSON). `add`: also where there was no
    such member."""

    def change(value: Any, index: int) -> None:
        for path in reversed(paths(value, member, add)):
            holder = get(value, path[:-1])
            if was is not None and holder[path[-1]] != orjson.loads(was):
                continue
            if to is None:
                del holder[path[-1]]
            else:
                holder[path[-1]] = orjson.loads(to.replace("{n}", str(index)))

    events = events_of(recording)[k:] if on else [event_at(recording, k)]
    return _edited(recording, events, change, f"no {member} in the recording that would change")


def rename_member(recording: Recording, k: int, *, member: str, to: str) -> Recording:
    """Members that the pattern `member` names are called `to`, in all events."""

    def change(value: Any, index: int) -> None:
        for path in paths(value, member):
            holder = get(value, path[:-1])
            holder[to] = holder.pop(path[-1])

    return _edited(recording, events_of(recording), change, f"no {member} in the recording")


def move_member(recording: Recording, k: int, *, member: str, source: dict[str, Any]) -> Recording:
    """The member of the event at the place `source` stands in event `k`, and that other event is missing."""
    other = Place(**source).find(recording)
    payload = payload_of(event_at(recording, other))
    if other == k or member not in payload:
        raise UnfitError(f"no {member} to move")

    def change(value: Any, index: int) -> None:
        value[member] = payload[member]

    moved = _edited(recording, [event_at(recording, k)], change, f"{member} stands there")
    gone = events_of(moved)[other]
    return splice(moved, gone.start, gone.end, b"")


def retext(recording: Recording, k: int, *, old: str, new: str) -> Recording:
    """In all text of the stream stands `new` where `old` stood; everywhere, so that deltas still add up."""

    def change(value: Any, index: int) -> None:
        for path in _texts(value):
            get(value, path[:-1])[path[-1]] = get(value, path).replace(old, new)

    return _edited(recording, events_of(recording), change, f"no {old!r} in the text of the recording")


def spoil(recording: Recording, k: int, *, octets: str) -> Recording:
    """The text of event `k` ends with these bytes (hexadecimal), whether they are UTF-8 or not."""

    def change(value: Any, index: int) -> None:
        for path in _texts(value)[:1]:
            get(value, path[:-1])[path[-1]] += _MARK

    marked = _edited(recording, [event_at(recording, k)], change, "no text in the event")
    offset = marked.body.index(_MARK.encode())
    return splice(marked, offset, offset + len(_MARK.encode()), bytes.fromhex(octets))


def _texts(value: Any) -> list[Path]:
    """The paths of what a person reads: strings of certain names, but for the JSON of arguments."""
    found = [path for path in members(value) if path[-1] in _TEXTS and isinstance(get(value, path), str)]
    return [path for path in found if get(value, path) and not get(value, path).lstrip().startswith("{")]


def _edited(
    recording: Recording, events: Iterable[ServerSentEvent], change: Callable[[Any, int], None], reason: str
) -> Recording:
    """The JSON of these events after `change`, which gets the value and the event's index. Other data stays as it is.

    Raises UnfitError with the reason where nothing was changed."""
    index_of = {event.start: index for index, event in enumerate(events_of(recording))}
    edits = []
    for event in events:
        span, value = line_value(recording, event, b"data"), payload_of(event)
        if span is None or event.data_lines != 1 or not isinstance(value, dict):
            continue
        before = written(value)
        change(value, index_of[event.start])
        if written(value) != before:
            edits.append((*span, written(value)))
    if not edits:
        raise UnfitError(reason)
    return rewrite(recording, edits)
