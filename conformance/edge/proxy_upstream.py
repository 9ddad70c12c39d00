"""One connection from the proxy to the upstream, HTTP/1.1: a request out, the response in, read by read.

Law: each network read is handed on before the next is awaited, as the upstream framed it. One client connection has one
upstream connection: when it is opened, kept and lost, is the client's doing, as it were without a proxy, and nothing is
ever asked twice.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import httptools

from ..core.recording import EndKind
from .replay_http import MAX_HEAD
from .replay_play import reset

if TYPE_CHECKING:
    from collections.abc import Callable

Fields = list[tuple[bytes, bytes]]
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_LENIENT = dict.fromkeys(
    (
        "lenient_headers",
        "lenient_chunked_length",
        "lenient_optional_lf_after_cr",
        "lenient_optional_cr_before_lf",
        "lenient_spaces_after_chunk_size",
    ),
    True,
)
"""What a server may get wrong and clients read all the same: it is theirs to judge, not the proxy's to refuse."""
_HIGH_WATER = 1 << 20
"""Bytes of request that wait for the upstream; nobody stops for them, since a request is bounded."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A request as it is sent; `fields` are those that go through, `target` is the path with its query."""

    method: bytes
    target: bytes
    authority: bytes
    fields: Fields
    body: bytes
    https: bool
    keep_alive: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A response's head. `chunked`: its body comes in HTTP chunks; `sized`: its length is told in advance."""

    status: int
    reason: str
    fields: Fields
    version: str
    chunked: bool = False
    sized: bool = False
    keep_alive: bool = True


class Taker(Protocol):
    """Who takes the response. `at` is `time.monotonic_ns()` of the read."""

    def head(self, head: Head, at: int) -> None:
        """The response has begun."""

    def passed(self, at: int, wire: bytes | None, data: bytes, last: bool) -> None:
        """One read: the bytes as they were framed (None: not in HTTP/1.1), and what they hold of the body."""

    def ended(self, at: int, keep: bool) -> None:
        """The response is complete; `keep`: the upstream takes another request."""

    def broke(self, at: int, kind: EndKind, detail: str) -> None:
        """The upstream ended it otherwise."""


class Upstream(asyncio.Protocol):
    """What both versions of HTTP share: who takes the response, and how the connection is lost."""

    def __init__(self, lost: Callable[[], None]) -> None:
        """`lost` is called when the upstream closes the connection while nothing is asked."""
        self._lost = lost
        self._taker: Taker | None = None
        self._transport: asyncio.Transport
        self.usable = True
        """True while another request may be sent."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there, its TLS handshake done."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(_HIGH_WATER)

    def ask(self, taker: Taker, sending: Sending) -> None:
        """Sends a request whose response `taker` gets."""
        raise NotImplementedError

    def cancel(self, was_reset: bool) -> None:
        """The client has gone, by a reset or by an orderly close: so do we."""
        self._taker, self.usable = None, False
        if was_reset:
            reset(self._transport)
        else:
            self._transport.abort()

    def pause(self) -> None:
        """The client reads slower than the upstream writes."""
        self._transport.pause_reading()

    def resume(self) -> None:
        """The client has caught up."""
        self._transport.resume_reading()

    def close(self) -> None:
        """Nothing more will be asked. All that was sent has left, so that there is nothing to wait for."""
        self._taker, self.usable = None, False
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The upstream, or we, closed."""
        taker, self._taker, self.usable = self._taker, None, False
        if taker is None:
            self._lost()
        elif isinstance(exc, ConnectionResetError | ConnectionAbortedError | BrokenPipeError):
            taker.broke(time.monotonic_ns(), EndKind.RESET, "connection reset by the upstream")
        else:
            self._closed(taker, str(exc) if exc else "")

    def _closed(self, taker: Taker, why: str) -> None:
        detail = why or "the upstream closed the connection before the end"
        taker.broke(time.monotonic_ns(), EndKind.TRUNCATED, detail)

    def _garbled(self, at: int, what: object) -> None:
        """What the upstream says cannot be read any further."""
        taker, self._taker = self._taker, None
        self.usable = False
        self._transport.abort()
        if taker is not None:
            taker.broke(at, EndKind.TRUNCATED, f"the upstream's answer is no HTTP: {what}")


class Http1(Upstream):
    """A connection that speaks HTTP/1.1. The parser (llhttp) is told the head, and then each read."""

    def ask(self, taker: Taker, sending: Sending) -> None:
        """Sends a request whose response `taker` gets."""
        self._taker = taker
        self._bodiless = sending.method == b"HEAD"
        self._begin()
        self._transport.write(_request(sending))

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**_LENIENT)
        self._unread = b""  # of the head
        self._head: Head | None = None
        self._fields: Fields = []
        self._body: list[bytes] = []
        self._complete = self._excess = False

    def data_received(self, data: bytes) -> None:
        """One network read."""
        at = time.monotonic_ns()
        taker = self._taker
        if taker is None:
            self.close()  # nobody asked
            return
        try:
            if self._head is None:
                data = self._read_head(data, taker, at)
                if self._head is None:
                    return
            self._read_body(data, taker, at)
        except httptools.HttpParserUpgrade:
            self._garbled(at, "it changes the protocol, which nobody asked for")
        except httptools.HttpParserError as error:
            self._garbled(at, error)

    def _read_head(self, data: bytes, taker: Taker, at: int) -> bytes:
        """What follows the head, once that is whole. Interim responses (1xx) are not handed on."""
        self._unread += data
        while found := _BLANK_LINE.search(self._unread):
            rest = self._unread[found.end() :]
            self._parser.feed_data(self._unread[: found.end()])
            status = self._parser.get_status_code()
            if status >= 200 or status == 101:
                self._head = head = _head(self._parser, self._fields, self._reason)
                taker.head(head, at)
                self._complete = self._complete or self._bodiless
                return rest
            self._begin()
            self._unread = rest
        if len(self._unread) > MAX_HEAD:
            self._garbled(at, f"its head takes more than {MAX_HEAD} bytes")
        return b""

    def _read_body(self, data: bytes, taker: Taker, at: int) -> None:
        assert self._head is not None
        if data and not self._complete:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserError:
                if not self._complete:  # what cannot be read is handed on all the same: the client shall see it, too
                    taker.passed(at, data, b"".join(self._body), False)
                    raise
                self._excess = True
        elif data:
            self._excess = True
        body = b"".join(self._body)
        self._body.clear()
        taker.passed(at, data, body, self._complete)
        if self._complete:
            self._taker = None
            self.usable = self._head.keep_alive and not self._excess
            if not self.usable:
                self._transport.close()
            taker.ended(at, self.usable)

    def _closed(self, taker: Taker, why: str) -> None:
        head = self._head
        if head is None or head.chunked or head.sized:
            super()._closed(taker, why)
        else:  # nothing but the close tells where such a body ends (RFC 9112, 6.3)
            taker.ended(time.monotonic_ns(), False)

    # httptools

    _reason = ""

    def on_message_begin(self) -> None:
        """A response begins: a second one is not for anybody."""
        self._excess = self._complete
        self._reason = "" if not self._complete else self._reason

    def on_status(self, status: bytes) -> None:
        """The reason phrase."""
        self._reason += status.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field (or one of the trailer, which goes through with the bytes)."""
        if self._head is None:
            self._fields.append((name, value))

    def on_body(self, body: bytes) -> None:
        """A piece of body."""
        if not self._excess:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """The end, as HTTP says it."""
        self._complete = True


def _head(parser: httptools.HttpResponseParser, fields: Fields, reason: str) -> Head:
    names = {name.lower() for name, _ in fields}
    codings = b",".join(value.lower() for name, value in fields if name.lower() == b"transfer-encoding")
    chunked = codings.rpartition(b",")[2].strip() == b"chunked"
    version = f"HTTP/{parser.get_http_version()}"
    sized = b"content-length" in names and not codings
    return Head(parser.get_status_code(), reason, fields, version, chunked, sized, parser.should_keep_alive())


def _request(sending: Sending) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (sending.method, sending.target), b"Host: " + sending.authority]
    lines += [b"%b: %b" % field for field in sending.fields]
    if not sending.keep_alive:
        lines.append(b"Connection: close")
    return b"\r\n".join([*lines, b"", sending.body])
