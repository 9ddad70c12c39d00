"""Raw event streams: the output of `curl -N`, or of `curl -i -N` with the head of the response before it."""

from __future__ import annotations

from .. import rawsse
from ._entries import Found

TITLE = "raw SSE"
FILES = "text (.sse, .txt)"
HOLDS = "framing, and headers where the head stands before it; not: timing, reads, request"
SUFFIXES = (".sse", ".txt")


def meant(head: bytes) -> bool:
    """True where the first bytes of a file are a field or a comment of an event stream, or a response's head."""
    return rawsse.is_stream(head)


def takes_bytes(raw: bytes) -> bool:
    """True where the file is a stream, whatever its name."""
    return rawsse.is_stream(raw[: rawsse.HEAD])


def read_bytes(raw: bytes, source: str) -> Found:
    """The recording. Raises InputError where the bytes are none."""
    return Found(TITLE, [rawsse.read(raw, source)])
