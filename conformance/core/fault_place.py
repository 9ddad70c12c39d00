"""Where in a recording a fault happens: the event that a few words choose, and the members that a pattern names.

Law: pure. A pattern is a way through JSON, `choices/*/delta/content`: names, list indices, and `*` for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from .mutate import Path, events_of
from .recording import Recording
from .sse import ServerSentEvent

MIDDLE = "middle"


class UnfitError(ValueError):
    """A recording cannot show a fault. Its text is the reason, as in `no tool call in the recording`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which event: the `nth` of those that fit (from 0; from the end where negative; or `middle`)."""

    has: str | None = None
    """A pattern: the event's JSON holds such a member, and it is neither null nor empty."""
    value: str | int | bool | None = None
    """With `has`: that member is this."""
    data: str | None = None
    """The event's data is this."""
    nth: int | str = 0

    def find(self, recording: Recording) -> int:
        """The index of the event. Raises UnfitError where there is none."""
        fits = [index for index, event in enumerate(events_of(recording)) if self._fits(event)]
        nth = len(fits) // 2 if isinstance(self.nth, str) else self.nth
        try:
            return fits[nth]
        except IndexError:
            raise UnfitError(f"no {self.told} in the recording") from None

    @property
    def told(self) -> str:
        """In words, for the reason why there is none."""
        if self.data is not None:
            return f"event with the data {self.data}"
        if self.has is None:
            return "event"
        return f"event with {self.has}" + ("" if self.value is None else f" = {self.value}")

    def _fits(self, event: ServerSentEvent) -> bool:
        if self.data is not None:
            return event.data == self.data
        if self.has is None:
            return True
        found = [get(payload, path) for payload in [payload_of(event)] for path in paths(payload, self.has)]
        return any(one == self.value if self.value is not None else one not in (None, "", [], {}) for one in found)


def payload_of(event: ServerSentEvent) -> Any:
    """The JSON value of an event's data; None where it is none."""
    try:
        return orjson.loads(event.raw)
    except orjson.JSONDecodeError:
        return None


def paths(value: Any, pattern: str, missing: bool = False) -> list[Path]:
    """The paths in a JSON value that a pattern names; with `missing`, also where the last name is not there yet."""
    *way, last = pattern.split("/")
    holders = [(path, get(value, path)) for path in _walk(value, way)]
    if missing:
        return [(*path, last) for path, holder in holders if isinstance(holder, dict)]
    return [(*path, *step) for path, holder in holders for step in _walk(holder, [last])]


def _walk(value: Any, way: Sequence[str], path: Path = ()) -> Iterator[Path]:
    if not way:
        yield path
        return
    for key in _keys(value, way[0]):
        yield from _walk(value[key], way[1:], (*path, key))


def _keys(value: Any, step: str) -> list[str | int]:
    if isinstance(value, dict):
        return list(value) if step == "*" else [step] if step in value else []
    if not isinstance(value, list):
        return []
    return list(range(len(value))) if step == "*" else [int(step)] if step.isdigit() and int(step) < len(value) else []


def get(value: Any, path: Path) -> Any:
    """The member at a path that exists."""
    for key in path:
        value = value[key]
    return value
