"""One connection from the proxy to the upstream, HTTP/2: one stream at a time, read by read.

Law: as in `proxy_upstream`; what one network read holds of the body is handed on as one piece. A client that goes away
is told to the upstream by RST_STREAM (CANCEL) and the close of the connection.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

from ..core.recording import EndKind
from .proxy_upstream import Fields, Head, Sending, Taker, Upstream

_WINDOW = 1 << 24
"""Bytes that the upstream may send before it waits for us; TCP holds it back where a client is slow."""
_FRAME_HEAD, _GOAWAY = 9, 7
"""Bytes of a frame's head, which begins with the length of the rest; the type of a frame, in byte 3 (RFC 9113, 4.1)."""
_SETTINGS = {
    h2.settings.SettingCodes.ENABLE_PUSH: 0,
    h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW,
}


class Http2(Upstream):
    """A connection that speaks HTTP/2."""

    def __init__(self, lost: Callable[[], None]) -> None:
        """`lost` is called when the upstream closes the connection while nothing is asked."""
        super().__init__(lost)
        config = h2.config.H2Configuration(client_side=True, header_encoding=None)
        self._h2 = h2.connection.H2Connection(config)
        self._stream = 0
        self._unsent = memoryview(b"")
        self._data: list[bytes] = []
        self._done = False
        self._unread = b""  # of a frame
        self._goes = False  # the upstream takes no further stream

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there, its TLS handshake done."""
        super().connection_made(transport)
        self._h2.local_settings = h2.settings.Settings(client=True, initial_values=_SETTINGS)
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(_WINDOW)
        self._send()

    def ask(self, taker: Taker, sending: Sending) -> None:
        """Sends a request whose response `taker` gets."""
        self._taker, self._done = taker, False
        self._stream = self._h2.get_next_available_stream_id()
        self._unsent = memoryview(sending.body)
        self._h2.send_headers(self._stream, _fields(sending), end_stream=not sending.body)
        self._send_body()
        self._send()

    def cancel(self, was_reset: bool) -> None:
        """The client has gone: so do we."""
        with suppress(h2.exceptions.ProtocolError):
            self._h2.reset_stream(self._stream, h2.errors.ErrorCodes.CANCEL)
            self._h2.close_connection()
            self._send()
        if self._transport.get_write_buffer_size():
            super().cancel(was_reset)  # it does not even take the frame
        else:
            self.close()

    def data_received(self, data: bytes) -> None:
        """One network read."""
        at = time.monotonic_ns()
        taker = self._taker
        try:
            events = [event for frame in self._frames(data) for event in self._h2.receive_data(frame)]
        except h2.exceptions.ProtocolError as error:
            self._garbled(at, error)
            return
        for event in events:
            self._take(event, taker, at)
        self._send_body()
        self._send()
        body = b"".join(self._data)
        self._data.clear()
        if taker is not None and self._taker is taker:
            taker.passed(at, None, body, self._done)
            if self._done:
                self._finish(taker, at)

    def _frames(self, data: bytes) -> Iterator[bytes]:
        """The frames that are whole now, but for GOAWAY: behind one, h2 takes nothing more, although the streams that
        it names go on to their ends (RFC 9113, 6.8)."""
        self._unread += data
        while len(self._unread) >= _FRAME_HEAD:
            size = _FRAME_HEAD + int.from_bytes(self._unread[:3], "big")
            if len(self._unread) < size:
                return
            frame, self._unread = self._unread[:size], self._unread[size:]
            if frame[3] != _GOAWAY:
                yield frame
                continue
            self._goes = True
            if int.from_bytes(frame[_FRAME_HEAD : _FRAME_HEAD + 4], "big") < self._stream:
                self._transport.close()  # our stream will not be served

    def _take(self, event: h2.events.Event, taker: Taker | None, at: int) -> None:
        if taker is None or getattr(event, "stream_id", None) != self._stream:
            return
        if isinstance(event, h2.events.ResponseReceived):
            taker.head(_head(event.headers), at)
        elif isinstance(event, h2.events.DataReceived):
            self._data.append(event.data)
            self._h2.acknowledge_received_data(event.flow_controlled_length, self._stream)
        elif isinstance(event, h2.events.StreamEnded):
            self._done = True
        elif isinstance(event, h2.events.StreamReset):
            self._reset(taker, at, event.error_code)

    def _finish(self, taker: Taker, at: int) -> None:
        self._taker, self.usable = None, not self._goes
        if self._unsent:  # it answered before it had the whole request
            self._unsent, self.usable = memoryview(b""), False
        if not self.usable:
            self._transport.close()
        taker.ended(at, self.usable)

    def _reset(self, taker: Taker, at: int, code: object) -> None:
        if self._data:
            taker.passed(at, None, b"".join(self._data), False)
            self._data.clear()
        self._taker, self.usable, self._unsent = None, False, memoryview(b"")
        self._transport.close()
        name = code.name if isinstance(code, h2.errors.ErrorCodes) else code
        taker.broke(at, EndKind.RESET, f"stream reset by the upstream ({name})")

    def _send_body(self) -> None:
        """As much of the request's body as the upstream's windows allow."""
        while self._unsent:
            room = min(self._h2.local_flow_control_window(self._stream), self._h2.max_outbound_frame_size)
            if room <= 0:
                return
            piece, self._unsent = self._unsent[:room], self._unsent[room:]
            self._h2.send_data(self._stream, bytes(piece), end_stream=not self._unsent)

    def _send(self) -> None:
        data = self._h2.data_to_send()
        if data and not self._transport.is_closing():
            self._transport.write(data)


def _fields(sending: Sending) -> Fields:
    """The request's fields as HTTP/2 has them (RFC 9113, 8.3.1)."""
    pseudo = [
        (b":method", sending.method),
        (b":scheme", b"https" if sending.https else b"http"),
        (b":authority", sending.authority),
        (b":path", sending.target),
    ]
    return [*pseudo, *((name.lower(), value) for name, value in sending.fields)]


def _head(headers: Fields) -> Head:
    status = next((value for name, value in headers if name == b":status"), b"0")
    fields = [(name, value) for name, value in headers if not name.startswith(b":")]
    return Head(int(status), "", fields, "HTTP/2", sized=any(name == b"content-length" for name, _ in fields))
