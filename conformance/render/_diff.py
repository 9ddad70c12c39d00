"""What an event changes against the one before it, in a few words.

Law: JSON values in, short text out. Keys that stay the same are silent: a stream repeats most of itself in every event.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import orjson


class Change(NamedTuple):
    """One leaf that is new or has another value; `value` is None text where the key is gone."""

    path: tuple[str | int, ...]
    value: str | None

    def words(self) -> str:
        """`delta.content "Hel"`, `finish_reason "stop"`, `-usage`."""
        return f"-{short(self.path)}" if self.value is None else f"{short(self.path)} {self.value}"


def changes(before: object, after: object) -> list[Change]:
    """The leaves in which `after` differs from `before`, in its order, the dull ones last; then what is gone."""
    new = sorted(_new(before, after, ()), key=_is_dull)
    return [*new, *_gone(before, after, ())]


def _new(before: object, after: object, path: tuple[str | int, ...]) -> Iterator[Change]:
    items = _items(after)
    if items is None or not items:
        if type(before) is not type(after) or before != after:
            yield Change(path, orjson.dumps(after, default=str).decode())
        return
    known = dict(_items(before) or ()) if type(before) is type(after) else {}
    for key, value in items:
        yield from _new(known.get(key, _MISSING), value, (*path, key))


def _gone(before: object, after: object, path: tuple[str | int, ...]) -> Iterator[Change]:
    """The highest keys that `after` no longer has. A shorter list is no news: its items are events of their own."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        if isinstance(before, list) and isinstance(after, list):
            for index, (old, new) in enumerate(zip(before, after, strict=False)):
                yield from _gone(old, new, (*path, index))
        return
    for key, value in before.items():
        if key not in after:
            yield Change((*path, key), None)
        else:
            yield from _gone(value, after[key], (*path, key))


def _items(value: object) -> list[tuple[str | int, object]] | None:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else None


def _is_dull(change: Change) -> bool:
    """Empty values, and padding that differs in every event."""
    return change.value in _EMPTY or change.path[-1:] == ("obfuscation",)


class _Missing:
    pass


_MISSING = _Missing()
_EMPTY = frozenset({"{}", "[]", "null", '""'})


def short(path: tuple[str | int, ...]) -> str:
    """The last two names of a path, with the list indices that are not the first: `tool_calls[1].type`."""
    parts: list[str] = []
    for part in path:
        if part == 0:
            continue
        if isinstance(part, int):
            parts[-1:] = [f"{parts[-1] if parts else ''}[{part}]"]
        else:
            parts.append(part)
    return ".".join(parts[-2:])
