"""What an aborting client says and hears: HTTP/1.1 and HTTP/2 without a socket.

Law: bytes in, values out; the libraries parse (llhttp, h2). On HTTP/2 a PING follows the RST_STREAM in one write:
frames are processed in order, so that its answer proves that the server has read the RST_STREAM. What comes behind it
was sent by a server that knew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import httptools

from ..core.recording import Headers, Request

_FRAME_HEAD, _DATA, _GOAWAY, _PADDED = 9, 0, 7, 8
"""Bytes of a frame's head; types of frames (byte 3) and a flag (byte 4) of RFC 9113, 4.1 and 6.1."""
_WINDOW = 1 << 24
_PING = b"aborted?"
_UNSENT = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host"})
"""Fields that HTTP/2 has no place for (RFC 9113, 8.2.2), or has under another name."""


@dataclass
class Answer:
    """What has come of one response."""

    status: int | None = None
    """None: no head yet."""
    reason: str = ""
    version: str = "HTTP/1.1"
    fields: list[tuple[str, str]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    """Bytes of body that nobody has taken yet."""
    ended: bool = False
    broken: str | None = None
    """How it went wrong, if it did."""

    def take(self) -> bytes:
        """The bytes of body that came since the last call."""
        data = bytes(self.body)
        self.body.clear()
        return data

    @property
    def refused(self) -> str | None:
        """What it means where the status is an error's: there is no stage to come to."""
        return f"it was refused with status {self.status}" if self.status is not None and self.status >= 400 else None

    @property
    def headers(self) -> Headers:
        """Its header fields."""
        return Headers(self.fields)


class Speaker(Protocol):
    """One side of a connection."""

    answer: Answer

    def opening(self, request: Request) -> bytes:
        """What to send to ask for `request`; `answer` is that request's from now on."""

    def feed(self, data: bytes) -> bytes:
        """Takes what came, empty where the peer has closed. Returns what is to be sent in return."""


class Http1:
    """HTTP/1.1, one request on one connection."""

    def __init__(self) -> None:
        self.answer = Answer()
        self._parser = httptools.HttpResponseParser(self)
        self._reason = b""
        self._framed = False

    def opening(self, request: Request) -> bytes:
        """The request's bytes."""
        parts = urlsplit(request.uri)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fields = [(name, value) for name, value in request.headers if name.lower() not in ("host", "content-length")]
        fields = [("Host", parts.netloc.rpartition("@")[2]), *fields]
        if request.body or request.method != "GET":
            fields.append(("Content-Length", str(len(request.body))))
        lines = [f"{request.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields), "", ""]
        return "\r\n".join(lines).encode("utf-8") + request.body

    def feed(self, data: bytes) -> bytes:
        """Takes one read."""
        answer = self.answer
        if not data:
            if not answer.ended and self._framed:
                answer.broken = answer.broken or "the connection was closed before the end of the body"
            answer.ended = True
        elif not answer.ended:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserError as error:
                answer.broken, answer.ended = str(error) or type(error).__name__, True
        return b""

    # httptools

    def on_status(self, status: bytes) -> None:
        """The reason phrase, or a part of it."""
        self._reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field."""
        self.answer.fields.append((_text(name), _text(value)))

    def on_headers_complete(self) -> None:
        """The blank line. An interim response (1xx) is no answer."""
        answer, status = self.answer, self._parser.get_status_code()
        if status < 200:
            answer.fields.clear()
        else:
            answer.status, answer.reason = status, _text(self._reason)
            answer.version = f"HTTP/{self._parser.get_http_version()}"
            headers = answer.headers
            self._framed = "transfer-encoding" in headers or "content-length" in headers
        self._reason = b""

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self.answer.body += body

    def on_message_complete(self) -> None:
        """Its end."""
        self.answer.ended = self.answer.status is not None


class Http2:
    """HTTP/2: requests one after the other, each on a stream of its own."""

    def __init__(self) -> None:
        self.answer = Answer(version="HTTP/2")
        self.acknowledged = False
        """True when the server has read our RST_STREAM."""
        self.late = Answer(version="HTTP/2")
        """What came for a stream behind its RST_STREAM."""
        self.late_known = 0
        """Bytes of it that came when the server had read the RST_STREAM."""
        self.gone: str | None = None
        """Why the connection takes no further stream."""
        self.orderly = False
        """True where the server said with GOAWAY that it ends for no error."""
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding=None))
        self._stream = self._left = 0
        self._begun = False
        self._unsent = b""
        self._unread = b""

    def opening(self, request: Request) -> bytes:
        """The request's bytes, and before the first those that begin a connection."""
        if not self._begun:
            self._begun = True
            self._h2.initiate_connection()
            self._h2.increment_flow_control_window(_WINDOW)
        self.answer = Answer(version="HTTP/2")
        self._stream = self._h2.get_next_available_stream_id()
        self._h2.send_headers(self._stream, _pseudo(request), end_stream=not request.body)
        self._unsent = request.body
        return self._flush()

    def leave(self) -> bytes:
        """RST_STREAM and the PING behind it."""
        self._left, self._unsent = self._stream, b""
        if not self.answer.ended:
            self._h2.reset_stream(self._stream, h2.errors.ErrorCodes.CANCEL)
        self._h2.ping(_PING)
        return self._flush()

    def feed(self, data: bytes) -> bytes:
        """Takes one read."""
        if not data:
            self.gone = self.gone or "the connection was closed"
            if not self.answer.ended:
                self.answer.ended, self.answer.broken = True, self.gone
            return b""
        for frame in self._frames(data):
            self._late(frame)
            try:
                events = self._h2.receive_data(frame)
            except h2.exceptions.ProtocolError as error:
                self.gone = self.gone or f"broken HTTP/2 ({error})"
                self.answer.ended, self.answer.broken = True, self.gone
                return b""
            for event in events:
                self._take(event)
        return self._flush()

    def _frames(self, data: bytes) -> Iterator[bytes]:
        """The frames that are whole now, but for GOAWAY: behind one, h2 takes nothing more, although streams go on."""
        self._unread += data
        while len(self._unread) >= _FRAME_HEAD:
            size = _FRAME_HEAD + int.from_bytes(self._unread[:3], "big")
            if len(self._unread) < size:
                return
            frame, self._unread = self._unread[:size], self._unread[size:]
            if frame[3] == _GOAWAY:
                code = int.from_bytes(frame[_FRAME_HEAD + 4 : _FRAME_HEAD + 8], "big")
                self.gone, self.orderly = f"GOAWAY ({_named(code)})", code == 0
            else:
                yield frame

    def _late(self, frame: bytes) -> None:
        """Counts what comes for the stream that we have left: h2 itself drops it."""
        if self._left and int.from_bytes(frame[5:9], "big") == self._left and frame[3] == _DATA:
            payload = frame[_FRAME_HEAD:]
            if frame[4] & _PADDED and payload:
                payload = payload[1 : len(payload) - payload[0]]
            self.late.body += payload
            self.late_known += len(payload) if self.acknowledged else 0

    def _take(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.PingAckReceived) and event.ping_data == _PING:
            self.acknowledged = True
        if getattr(event, "stream_id", None) != self._stream or self._stream == self._left:
            return
        answer = self.answer
        if isinstance(event, h2.events.ResponseReceived):
            fields = [(_text(bytes(name)), _text(bytes(value))) for name, value in event.headers]
            answer.status = int(next((value for name, value in fields if name == ":status"), 0))
            answer.fields = [pair for pair in fields if not pair[0].startswith(":")]
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            self._h2.acknowledge_received_data(event.flow_controlled_length, self._stream)
        elif isinstance(event, h2.events.StreamEnded):
            answer.ended = True
        elif isinstance(event, h2.events.StreamReset):
            answer.ended, answer.broken = True, f"stream reset by the server ({_named(event.error_code)})"

    def _flush(self) -> bytes:
        """What is to be sent: also as much of the request's body as the windows allow."""
        while self._unsent:
            room = min(self._h2.local_flow_control_window(self._stream), self._h2.max_outbound_frame_size)
            if room <= 0:
                break
            piece, self._unsent = self._unsent[:room], self._unsent[room:]
            self._h2.send_data(self._stream, piece, end_stream=not self._unsent)
        return self._h2.data_to_send()


def _pseudo(request: Request) -> list[tuple[str, str]]:
    """The request's fields as HTTP/2 has them (RFC 9113, 8.3.1)."""
    parts = urlsplit(request.uri)
    own = [
        (":method", request.method),
        (":scheme", parts.scheme),
        (":authority", parts.netloc.rpartition("@")[2]),
        (":path", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")),
    ]
    return [*own, *((name.lower(), value) for name, value in request.headers if name.lower() not in _UNSENT)]


def _named(code: object) -> str:
    try:
        return h2.errors.ErrorCodes(int(code)).name  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return str(code)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
