"""Where a JSON Pointer (RFC 6901) leads in the bytes of a text, not in its value.

Law: pure, never raises; what a pointer names and the text does not hold is answered with the nearest that holds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=False)


class _Member(NamedTuple):
    """A member of an object or an item of a list: its name, where its key and its value begin, and where it ends."""

    name: str
    start: int
    value: int
    end: int


def span(raw: bytes, pointer: str) -> tuple[int, int] | None:
    """The bytes (from, to) of the member that `pointer` names, with its key, or of its nearest parent that is there.

    None where that is the whole text, or where the text is no JSON.
    """
    text = raw.decode("utf-8", "surrogateescape")
    found, place = None, _skip(text, 0)
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        try:
            member = max((one for one in _members(text, place) if one.name == name), default=None, key=_start)
        except (ValueError, IndexError, RecursionError):
            break
        if member is None:
            break
        found, place = member, member.value
    if found is None:
        return None
    start, end = (len(text[:at].encode("utf-8", "surrogateescape")) for at in (found.start, found.end))
    return start, end


def _start(member: _Member) -> int:
    """By this the last of several of one name is taken, as readers take it."""
    return member.start


def _members(text: str, at: int) -> Iterator[_Member]:
    """The members of the object or the list that begins at `at`; nothing of any other value."""
    if text[at] not in "{[":
        return
    named, at = text[at] == "{", _skip(text, at + 1)
    number = 0
    while text[at] not in "}]":
        start, name = at, str(number)
        if named:
            name, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)  # the colon
        value = at
        _, end = _DECODER.raw_decode(text, value)
        yield _Member(name, start, value, end)
        at, number = _skip(text, end), number + 1
        at = _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    return _BLANK.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing at least
