"""Wire: some bytes of a body that are worth a look, and what stands around them, bounded.

Law: copies, cut where characters begin; what is left out is counted.
"""

from __future__ import annotations

from typing import NamedTuple


class Room(NamedTuple):
    """Bytes that are kept of each part."""

    before: int
    guilty: int
    after: int


ROOM = Room(180, 480, 120)


class Wire(NamedTuple):
    """The bytes around a finding, in three parts that follow each other."""

    start: int
    """Offset of the first byte of `before` in the body."""
    before: bytes
    guilty: bytes
    """What the finding is about."""
    after: bytes
    omitted: int = 0
    """Bytes that were taken out of the middle of `guilty`."""
    kept: int = 0
    """Bytes of `guilty` before what was taken out."""
    more: bool = False
    """True where the body goes on behind `after`."""


def cut(body: bytes, low: int, high: int, room: Room = ROOM) -> Wire:
    """The bytes from `low` to `high`, with what stands around them."""
    start, end = _whole(body, max(0, low - room.before)), _whole(body, min(len(body), high + room.after))
    guilty, omitted, kept = body[low:high], 0, 0
    if len(guilty) > room.guilty + room.after:  # less is not worth an omission
        head, tail = _whole(body, low + room.guilty * 3 // 4), _whole(body, high - room.guilty // 4)
        guilty, omitted, kept = body[low:head] + body[tail:high], tail - head, head - low
    return Wire(start, body[start:low], guilty, body[high:end], omitted, kept, end < len(body))


def agreement(one: bytes, two: bytes) -> int:
    """Length of what both begin with, found by halves: an event may hold megabytes."""
    low, high = 0, min(len(one), len(two))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == two[low:middle] else (low, middle - 1)
    return low


def _whole(body: bytes, at: int) -> int:
    """The next place from `at` on where a character begins: a cut must not look like a byte that is not UTF-8."""
    for place in range(at, min(at + 4, len(body))):
        if body[place] & 0xC0 != 0x80:
            return place
    return at
