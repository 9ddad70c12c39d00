"""Reads of everything that is built on Python's http.client: requests, urllib3, urllib.request, httplib2.

Law: only what http.client publishes: `HTTPConnection.send` and `getresponse`, `HTTPResponse` and its file. Every read
of the socket is kept with its time; an HTTP parser tells afterwards which bytes of body each brought.
"""

from __future__ import annotations

import functools
import io
from contextvars import ContextVar
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from weakref import WeakKeyDictionary

from .meter import Exchange, Patch, Piece, now, put

_sending: WeakKeyDictionary[HTTPConnection, Exchange] = WeakKeyDictionary()
_receiving: ContextVar[Exchange | None] = ContextVar("conformance_receiving", default=None)


def patches() -> list[Patch]:
    """Where http.client sends, and where it reads."""
    return [
        (HTTPConnection, "send", _send),
        (HTTPConnection, "getresponse", _getresponse),
        (HTTPResponse, "__init__", _init),
    ]


_real_send, _real_getresponse, _real_init = HTTPConnection.send, HTTPConnection.getresponse, HTTPResponse.__init__


@functools.wraps(_real_send)
def _send(connection: HTTPConnection, data: Any) -> None:
    if connection.sock is None and connection.auto_open:  # as `send` itself does: connecting is not yet sending
        connection.connect()
    _sending.setdefault(connection, Exchange())
    _real_send(connection, data)


@functools.wraps(_real_getresponse)
def _getresponse(connection: HTTPConnection) -> HTTPResponse:
    token = _receiving.set(_sending.pop(connection, None))
    try:
        return _real_getresponse(connection)
    finally:
        _receiving.reset(token)


@functools.wraps(_real_init)
def _init(response: HTTPResponse, *args: Any, **options: Any) -> None:
    _real_init(response, *args, **options)
    exchange = _receiving.get()
    if exchange is not None:
        tap = _Tap(response.fp.detach())
        response.fp = io.BufferedReader(tap)
        put(lambda: _told(exchange, tap.reads))


class _Tap(io.RawIOBase):
    """A socket's file that remembers what it read, and when."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.reads: list[Piece] = []

    def readinto(self, buffer: Any) -> int | None:
        count: int | None = self._inner.readinto(buffer)
        self.reads.append((now(), bytes(memoryview(buffer)[: count or 0])))
        return count

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        number: int = self._inner.fileno()
        return number

    def close(self) -> None:
        self._inner.close()
        super().close()


def _told(exchange: Exchange, reads: list[Piece]) -> Exchange | None:
    """The exchange, with the bytes of body that each read brought. None where it was no HTTP."""
    import httptools

    parts = _Parts()
    parser = httptools.HttpResponseParser(parts)
    for at, data in reads:
        try:
            parser.feed_data(data)
        except httptools.HttpParserError:
            return None
        if parts.headed and exchange.headers_at is None:
            exchange.headers_at = at
            exchange.http_version = f"HTTP/{parser.get_http_version()}"
        exchange.add(at, b"".join(parts.body), same=False)
        parts.body.clear()
        exchange.ended_at = at
    return exchange


class _Parts:
    """What the parser calls."""

    def __init__(self) -> None:
        self.headed = False
        self.body: list[bytes] = []

    def on_headers_complete(self) -> None:
        self.headed = True

    def on_body(self, data: bytes) -> None:
        self.body.append(data)
