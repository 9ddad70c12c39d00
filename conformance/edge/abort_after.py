"""What a client that has left can still see: bytes that come all the same, and what becomes of an HTTP/2 connection.

Law: counts and times, no verdict. The keys are those of `response.recording.end` in a cassette.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from ..core.recording import Request
from ..core.sse import SSEDecoder
from .abort_http import Http2, Speaker
from .abort_line import Line
from .recorder import Options


class _After:
    """What came behind the leaving."""

    def __init__(self, left: int, watch: Mapping[str, str]) -> None:
        self._left = left
        self._watch = {name: re.compile(pattern.encode()) for name, pattern in watch.items()}
        self._sse = SSEDecoder()
        self._bytes = self._events = 0
        self._last: int | None = None
        self._seen: dict[str, None] = {}

    def add(self, data: bytes, stamp: int) -> None:
        """Bytes of body."""
        if not data:
            return
        self._bytes += len(data)
        self._last = stamp
        for event in self._sse.feed(data):
            self._events += 1
            self._seen.update((name, None) for name, wanted in self._watch.items() if wanted.search(event.raw))

    def told(self, end: str) -> dict[str, object]:
        """The figures. `end`: how the server ended it, or `open`."""
        last = {} if self._last is None else {"after_ms": round((self._last - self._left) / 1e6, 3)}
        seen = {"after_seen": list(self._seen)} if self._seen else {}
        return {"after_bytes": self._bytes, "after_events": self._events, **last, **seen, "after_end": end}


def still_came(line: Line, speaker: Speaker, left: int, listen: float, watch: Mapping[str, str]) -> dict[str, object]:
    """What comes after a half-close, for `listen` seconds, or until the server ends."""
    after, until = _After(left, watch), left + int(listen * 1e9)
    answer, end = speaker.answer, "open"
    try:
        while (got := line.read(until)) is not None:
            data, stamp = got
            speaker.feed(data)
            after.add(answer.take(), stamp)
            if not data or answer.ended:
                end = "truncated" if answer.broken else "eof"
                break
    except OSError:
        end = "reset"
    return {**after.told(end), "listened_ms": _since(left)}


def left_stream(line: Line, http2: Http2, listen: float, watch: Mapping[str, str]) -> tuple[int, dict[str, object]]:
    """Leaves by RST_STREAM: the stamp of that, and what still comes for the stream, which the client has closed."""
    frames = http2.leave()
    left = line.send(frames)
    closed = _since(left)
    after = _After(left, watch)
    until, acknowledged = left + int(listen * 1e9), None
    try:
        while not http2.gone and (got := line.read(until)) is not None:
            line.send(http2.feed(got[0]))
            after.add(http2.late.take(), got[1])
            if http2.acknowledged and acknowledged is None:
                acknowledged = round((got[1] - left) / 1e6, 3)
    except OSError as error:
        http2.gone = http2.gone or f"the connection broke ({type(error).__name__})"
    told = after.told("closed" if http2.gone else "open")
    told |= {
        "closed_ms": closed,
        "listened_ms": _since(left),
        "ack_ms": acknowledged,
        "after_ack_bytes": http2.late_known,
    }
    return left, {name: value for name, value in told.items() if value is not None}


def session_of(line: Line, http2: Http2, then: Request, options: Options) -> dict[str, object]:
    """Whether another request is answered on the same connection, which is closed then."""
    try:
        return _session(line, http2, then, options)
    finally:
        line.close()


def _session(line: Line, http2: Http2, then: Request, options: Options) -> dict[str, object]:
    if http2.gone:
        return {"session_usable": False, "session_error": http2.gone, "session_orderly": http2.orderly}
    try:
        begun = line.send(http2.opening(then))
        until = begun + int(min(options.idle, options.timeout) * 1e9)
        while not http2.gone and http2.answer.status is None and not http2.answer.broken:
            got = line.read(until)
            if got is None:
                return {"session_usable": False, "session_error": f"no answer for {_since(begun) / 1000:.1f} s"}
            line.send(http2.feed(got[0]))
    except OSError as error:
        http2.gone = http2.gone or f"the connection broke ({type(error).__name__})"
    if http2.answer.status is None:
        why = http2.gone or http2.answer.broken
        return {"session_usable": False, "session_error": why, "session_orderly": http2.orderly}
    return {"session_usable": True, "session_status": http2.answer.status, "session_ms": _since(begun)}


def _since(stamp: int) -> float:
    return round((time.monotonic_ns() - stamp) / 1e6, 3)
