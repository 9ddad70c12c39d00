"""What a gateway did to the members of an event: dropped, added, renamed, retyped, changed.

Law: pure. A member that is null says nothing, and yet a strict reader tells null from absence: dropping one, or adding
one, is a change of its own kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from .stream import StreamEvent
from .transparency_align import leaves


class Kind(StrEnum):
    """What was done to a member."""

    DROPPED = "dropped"
    ADDED = "added"
    NULL_DROPPED = "null dropped"
    NULL_ADDED = "null added"
    RENAMED = "renamed"
    RETYPED = "retyped"
    CHANGED = "changed"
    EVENT_NAME = "event name"


@dataclass(frozen=True, slots=True)
class Change:
    """One change, and how often it was made."""

    kind: Kind
    path: str
    """The member at the upstream, `*` for the places of a list; of an added one at the client."""
    before: object = None
    after: object = None
    """The values; of a renamed member its new path."""
    event: int = 0
    """The client's first event with it."""
    count: int = 1


Values = dict[str, list[object]]


def changes(up: StreamEvent, down: StreamEvent, renamed: Mapping[str, str]) -> Iterator[Change]:
    """What became of the members of one event."""
    at = down.index
    if up.name != down.name:
        yield Change(Kind.EVENT_NAME, "", up.name, down.name, at)
    ours, theirs = _members(up), _members(down)
    for old, new in renamed.items():
        if old in ours and new in theirs:
            yield Change(Kind.RENAMED, old, old, new, at)
            theirs[old] = theirs.pop(new)
    for path in ours.keys() | theirs.keys():
        if _filled(path, ours, theirs) or _filled(path, theirs, ours):
            continue
        found = _change(path, ours.get(path), theirs.get(path), at)
        if found is not None:
            yield found


def _members(event: StreamEvent) -> Values:
    found: Values = {}
    for path, value in leaves(event.parsed) if event.parsed is not None else [("", event.data)]:
        found.setdefault(path, []).append(value)
    return found


def _filled(path: str, one: Values, other: Values) -> bool:
    """True where a container is empty on one side, and holds something on the other: what it holds is told of."""
    empty = path in one and path not in other and all(value in ("{}", "[]") for value in one[path])
    return empty and any(name.startswith(f"{path}/") for name in other)


def _change(path: str, before: list[object] | None, after: list[object] | None, at: int) -> Change | None:
    if before is None or after is None:
        values = before or after or [None]
        empty = all(value is None for value in values)
        if before is None:
            return Change(Kind.NULL_ADDED if empty else Kind.ADDED, path, None, values[0], at)
        return Change(Kind.NULL_DROPPED if empty else Kind.DROPPED, path, values[0], None, at)
    if [*map(repr, before)] == [*map(repr, after)]:
        return None
    pair = next(((one, two) for one, two in zip(before, after, strict=False) if repr(one) != repr(two)), None)
    one, two = pair if pair is not None else (len(before), len(after))
    retyped = type(one) is not type(two)
    return Change(Kind.RETYPED if retyped else Kind.CHANGED, path, one, two, at)


def tally(found: Iterable[Change]) -> list[Change]:
    """Each kind of change to a member once, with its number and its first place; in the order of the stream."""
    firsts: dict[tuple[Kind, str], Change] = {}
    counts: Counter[tuple[Kind, str]] = Counter()
    for one in found:
        firsts.setdefault((one.kind, one.path), one)
        counts[one.kind, one.path] += 1
    counted = (replace(one, count=counts[key]) for key, one in firsts.items())
    return sorted(counted, key=lambda change: (change.event, change.path))
