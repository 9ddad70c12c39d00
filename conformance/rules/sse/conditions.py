"""When a rule about the wire format applies, and which lines of a stream are whole.

Law: a condition says why a rule does not apply, or None where it does. What rests on the standard holds for every
stream; what rests on the habits of clients holds only where it is known whose clients read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from conformance.core.protocol import UNKNOWN
from conformance.core.sse import Piece
from conformance.core.stream import Stream

FIELDS = ("data", "event", "id", "retry")
"""The field names of the standard."""


def known_protocol(stream: Stream[Any]) -> str | None:
    """The stream speaks one of the known APIs."""
    if stream.protocol.name == UNKNOWN.name:
        return "the protocol is not known: nothing says which clients read it, and how"
    return None


def whole(stream: Stream[Any], pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces whose line has an end: a line that the end of the body cut off was going to be something else."""
    body = stream.recording.body
    size = len(body)
    return (piece for piece in pieces if piece.end < size or body[-1:] in (b"\n", b"\r"))


def stray(piece: Piece) -> str:
    """What an unknown field looks like: `near-miss` of a known one, a `json` text without field, or `unknown`."""
    name = piece.text.partition(":")[0].strip(" \t\ufeff\u200b")
    if name.lower() in FIELDS:
        return "near-miss"
    return "json" if piece.text.lstrip(" \t\ufeff").startswith(("{", "[")) else "unknown"
