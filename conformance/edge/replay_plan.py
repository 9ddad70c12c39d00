"""What the replay server writes for one recording: the head, the pieces with their moments, and the end.

Law: pure; computed once per recording and shared by all streams that play it. One piece per recorded read; where the
reads were not recorded, one piece per event with its blank line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from ..core.recording import EndKind, Evidence, Headers, Read, Recording

_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r")
HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade", "content-length",
})  # fmt: skip
"""Header fields that are made afresh (RFC 9110, 7.6.1; RFC 9112, 6)."""


class Framing(Enum):
    """How the client learns where the body ends (RFC 9112, 6.3)."""

    CHUNKED = "chunked"
    LENGTH = "length"
    CLOSE = "close"
    NONE = "none"


class Finish(Enum):
    """What the server does behind the last piece."""

    DONE = "the body ends as HTTP says"
    BREAK = "the connection is closed without the rest"
    RESET = "the connection is reset"
    HOLD = "nothing more comes, until the client goes"


_FINISH = {
    EndKind.EOF: Finish.DONE,
    EndKind.TRUNCATED: Finish.BREAK,
    EndKind.RESET: Finish.RESET,
    EndKind.CANCELLED: Finish.BREAK,  # what the server would have sent is not known
    EndKind.TIMEOUT: Finish.HOLD,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One write: `at` seconds after the request arrived, the bytes as they are, and framed as one HTTP chunk."""

    at: float
    data: bytes
    chunk: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is written for one recording."""

    recording: Recording
    head_at: float
    pieces: tuple[Piece, ...]
    end_at: float
    finish: Finish

    def framing(self, http_version: str, method: str) -> Framing:
        """How the body is framed for this client."""
        status = self.recording.status
        if method == "HEAD" or status < 200 or status in (204, 304):
            return Framing.NONE
        headers = self.recording.headers
        if "content-length" in headers and "transfer-encoding" not in headers:
            return Framing.LENGTH
        return Framing.CHUNKED if http_version == "1.1" else Framing.CLOSE

    def head(self, framing: Framing, keep_alive: bool) -> bytes:
        """Status line and fields as recorded, without those of the connection and of a coding that was undone."""
        recording = self.recording
        left_out = HOP_BY_HOP if recording.content_encoding is None else HOP_BY_HOP | {"content-encoding"}
        fields = [(name, value) for name, value in recording.headers if name.lower() not in left_out]
        if not recording.has(Evidence.HEADERS) and recording.headers.get("content-type") is None:
            fields.append(("content-type", _likely_type(recording.body)))
        if framing is Framing.CHUNKED:
            fields.append(("transfer-encoding", "chunked"))
        elif framing is Framing.LENGTH:
            fields.append(("content-length", self._length()))
        if not keep_alive or framing is Framing.CLOSE:
            fields.append(("connection", "close"))
        return head_bytes(recording.status, recording.reason, Headers(fields))

    def _length(self) -> str:
        """The length of the body; where it broke off, the length that was promised."""
        promised = self.recording.headers.get("content-length") or ""
        length = len(self.recording.body)
        broken = self.finish is not Finish.DONE and promised.isdigit() and self.recording.content_encoding is None
        return promised if broken else str(length)


def head_bytes(status: int, reason: str, headers: Headers) -> bytes:
    """A response's head on the wire. Line breaks within a field become spaces, so that nothing can be smuggled in."""
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(re.sub(r"[\r\n\0]+", " ", line) for line in lines) + "\r\n\r\n").encode("utf-8")


def _likely_type(body: bytes) -> str:
    return "application/json" if body.lstrip()[:1] in (b"{", b"[") else "text/event-stream"


def plan(recording: Recording, speed: float = 1.0, gap: float = 0.0) -> Plan:
    """How `recording` is played: `speed` times as fast as recorded (0: without any delay).

    Where no timing was recorded, one piece follows the other after `gap` milliseconds, whatever the speed.
    """
    timed = recording.has(Evidence.TIMING) and bool(recording.reads or recording.end.at)
    scale = 0.0 if not speed else 1 / (1000 * speed)
    if timed:
        head_at, reads = (recording.headers_at or 0.0) * scale, recording.reads
        times = [read.at * scale for read in reads]
        end_at = (recording.end.at or 0.0) * scale
    else:
        reads = _untimed(recording)
        head_at, times = 0.0, [gap / 1000 * index for index in range(len(reads))]
        end_at = times[-1] if times else 0.0
    pieces, start = [], 0
    for at, read in zip(times, reads, strict=True):
        data = recording.body[start : start + read.size]
        start += read.size
        if data:
            pieces.append(Piece(max(at, head_at), data, b"%x\r\n%b\r\n" % (len(data), data)))
    finish = Finish.BREAK if recording.end.by == "recorder" else _FINISH[recording.end.kind]
    return Plan(recording, head_at, tuple(pieces), max(end_at, pieces[-1].at if pieces else head_at), finish)


def _untimed(recording: Recording) -> Sequence[Read]:
    if recording.reads:
        return recording.reads
    size, blank_lines = len(recording.body), _BLANK_LINE.finditer(recording.body)
    ends = [] if recording.media_type.endswith("json") else [match.end() for match in blank_lines]
    cuts = [0, *(end for end in ends if end < size), size]
    return tuple(Read(0.0, end - start) for start, end in pairwise(cuts))
