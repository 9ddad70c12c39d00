"""What the replay server writes for one recording: the head, the pieces with their moments, and the end.

Law: pure; computed once per recording and shared by all streams that play it. One piece per recorded read; where the
reads were not recorded, one piece per event with its blank line. Each piece is a write of its own, however late we are;
only at speed 0, where nobody asked for cuts, several share one. A `Script` is the list of those writes, complete to the
last byte, so that nothing is left to do but to wait.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from itertools import accumulate, pairwise

from ..core.cuts import recut
from ..core.recording import EndKind, Evidence, Headers, Read, Recording
from ..core.sse import decode

_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LAST_CHUNK = b"0\r\n\r\n"
SHARED = 64 * 1024
"""Bytes of a write that several pieces share."""
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
    """One recorded read: `at` seconds after the request arrived, the bytes as they are, and as one HTTP chunk."""

    at: float
    data: bytes

    @property
    def chunk(self) -> bytes:
        """Framed as one HTTP chunk."""
        return b"%x\r\n%b\r\n" % (len(self.data), self.data)

    @property
    def open_chunk(self) -> bytes:
        """Framed as an HTTP chunk that promises more than it holds."""
        return b"%x\r\n%b" % (len(self.data) + 2, self.data)


@dataclass(frozen=True, slots=True)
class Script:
    """The writes of one stream, in order: `times[i]` seconds after the request arrived, `writes[i]` goes out."""

    framing: Framing
    times: Sequence[float]
    writes: Sequence[bytes]
    pieces: Sequence[int]
    """Pieces that have gone out after so many writes, from 0."""


@dataclass(frozen=True)
class Plan:
    """All that is written for one recording."""

    recording: Recording
    head_at: float
    pieces: tuple[Piece, ...]
    end_at: float
    finish: Finish
    filled: Sequence[int]
    """Bytes of body up to and with each piece, from 0."""
    event_ends: Sequence[int]
    """Where each event of the body ends."""
    shared: bool = False
    """True where pieces that are due at the same moment share a write."""

    def framing(self, http_version: str, method: str) -> Framing:
        """How the body is framed for this client."""
        status = self.recording.status
        if method == "HEAD" or status < 200 or status in (204, 304):
            return Framing.NONE
        headers = self.recording.headers
        if "content-length" in headers and "transfer-encoding" not in headers:
            return Framing.LENGTH
        if http_version != "1.1" or _ends_with_the_connection(self.recording):
            return Framing.CLOSE
        return Framing.CHUNKED

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

    def script(self, framing: Framing, keep_alive: bool) -> Script:
        """The writes for a client; the same object for every client that is written to alike."""
        key = (framing, keep_alive)
        if key not in self._scripts:
            self._scripts[key] = self._written(framing, keep_alive)
        return self._scripts[key]

    @cached_property
    def _scripts(self) -> dict[tuple[Framing, bool], Script]:
        return {}

    def _parts(self, framing: Framing, keep_alive: bool) -> Iterator[tuple[float, int, bytes]]:
        """(moment, pieces in it, bytes) of the head, of each piece, and of what ends the body."""
        yield self.head_at, 0, self.head(framing, keep_alive)
        if framing is Framing.NONE:
            return
        chunked = framing is Framing.CHUNKED
        for piece in self.pieces[:-1]:
            yield piece.at, 1, piece.chunk if chunked else piece.data
        for piece in self.pieces[-1:]:
            open_ = self.finish is Finish.BREAK and _within_event(self.recording.body)
            yield piece.at, 1, (piece.open_chunk if open_ else piece.chunk) if chunked else piece.data
        if chunked and self.finish is Finish.DONE:
            yield self.end_at, 0, _LAST_CHUNK

    def _written(self, framing: Framing, keep_alive: bool) -> Script:
        """Parts of the same moment in one write, but never two pieces, unless they may share it."""
        times: list[float] = []
        writes: list[list[bytes]] = []
        pieces, size = [0], 0
        for at, count, data in self._parts(framing, keep_alive):
            alone = count and pieces[-1] and not (self.shared and size < SHARED)
            if not times or at > times[-1] or alone:
                times.append(at)
                writes.append([])
                pieces.append(pieces[-1])
                size = 0
            writes[-1].append(data)
            pieces[-1] += count
            size += len(data)
        return Script(framing, times, [b"".join(some) for some in writes], pieces)

    def sent(self, pieces: int) -> int:
        """The bytes of body in the first `pieces`."""
        return self.filled[pieces]

    def events(self, size: int) -> int:
        """The whole events in the first `size` bytes of the body."""
        return bisect_right(self.event_ends, size)


def _ends_with_the_connection(recording: Recording) -> bool:
    """True where HTTP/1 was recorded, and nothing but the close told the end. One that broke off was chunked: nobody
    would have noticed otherwise."""
    told = "transfer-encoding" in recording.headers or "content-length" in recording.headers
    known = recording.has(Evidence.HEADERS) and (recording.http_version or "").startswith("HTTP/1")
    return known and not told and recording.end.kind is not EndKind.TRUNCATED


def _within_event(body: bytes) -> bool:
    """True where a body broke off in the middle of an event: servers write events whole, so a chunk broke off, too."""
    return _BLANK_LINE.search(body, len(body) - 4) is None


def head_bytes(status: int, reason: str, headers: Headers) -> bytes:
    """A response's head on the wire. Line breaks within a field become spaces, so that nothing can be smuggled in."""
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(re.sub(r"[\r\n\0]+", " ", line) for line in lines) + "\r\n\r\n").encode("utf-8")


def _likely_type(body: bytes) -> str:
    return "application/json" if body.lstrip()[:1] in (b"{", b"[") else "text/event-stream"


def plan(recording: Recording, speed: float = 1.0, gap: float = 0.0, cuts: str | None = None) -> Plan:
    """How `recording` is played: `speed` times as fast as recorded (0: without any delay), in other reads if `cuts`
    says how (see `core.cuts`).

    Where no timing was recorded, one event follows the other after `gap` milliseconds, whatever the speed.
    Raises ValueError for an unknown way of cutting.
    """
    timed = recording.has(Evidence.TIMING) and bool(recording.reads or recording.end.at)
    scale = (1 / speed if speed else 0.0) if timed else 1.0
    played = recording if timed else _paced(recording, gap)
    if cuts:
        played = recut(played, cuts)
    head_at = (played.headers_at or 0.0) * scale / 1000
    pieces, start = [], 0
    for at, size in played.reads:
        if size:
            pieces.append(Piece(max(at * scale / 1000, head_at), played.body[start : start + size]))
        start += size
    finish = Finish.BREAK if recording.end.by == "recorder" else _FINISH[recording.end.kind]
    end_at = max((played.end.at or 0.0) * scale / 1000, pieces[-1].at if pieces else head_at)
    filled = [0, *accumulate(len(piece.data) for piece in pieces)]
    ends = [event.end for event in decode(recording.body)[0]]
    return Plan(recording, head_at, tuple(pieces), end_at, finish, filled, ends, shared=not speed and not cuts)


def _paced(recording: Recording, gap: float) -> Recording:
    """The recording with a time for each read, `gap` milliseconds apart; its events where it has no reads."""
    sizes = [read.size for read in recording.reads] or _sizes(recording)
    reads = tuple(Read(gap * index, size) for index, size in enumerate(sizes))
    return replace(recording, reads=reads, headers_at=None, end=replace(recording.end, at=None))


def _sizes(recording: Recording) -> list[int]:
    size, blank_lines = len(recording.body), _BLANK_LINE.finditer(recording.body)
    ends = [] if recording.media_type.endswith("json") else [match.end() for match in blank_lines]
    return [end - start for start, end in pairwise([0, *(end for end in ends if end < size), size])]
