"""Reads of aiohttp's client, where it is loaded.

Law: `ResponseHandler.data_received` is one read of the network; what it feeds to a response's `StreamReader` until the
next one came with that read. A body that aiohttp inflates is remembered inflated.
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from .meter import Exchange, Patch, now, put


def patches() -> list[Patch]:
    """Where aiohttp's client reads, and where a response begins and is read."""
    client, protocol = sys.modules.get("aiohttp"), sys.modules.get("aiohttp.client_proto")
    if client is None or protocol is None:
        return []
    meter = _Meter(client.EMPTY_PAYLOAD)
    handler, reader, response = protocol.ResponseHandler, client.StreamReader, client.ClientResponse
    return [
        (handler, "data_received", meter.data_received(handler.data_received)),
        (reader, "feed_data", meter.feed_data(reader.feed_data)),
        (response, "start", meter.start(response.start)),
        (response, "read", meter.read(response.read)),
    ]


@dataclass(slots=True)
class _Fed:
    """What came for one body."""

    reader: Any
    """Held, so that no other takes its identity."""
    exchange: Exchange = field(default_factory=Exchange)
    count: int = 0
    """Number of the read that brought the last of it."""


class _Meter:
    """One event loop runs one callback at a time: what is fed within `data_received` came with that read."""

    def __init__(self, empty: Any) -> None:
        """`empty`: the one body of all responses that have none."""
        self._empty = empty
        self._at = 0
        self._count = 0
        self._fed: dict[int, _Fed] = {}
        """By the identity of a StreamReader, which knows no weak references."""
        self._exchanges: WeakKeyDictionary[Any, Exchange] = WeakKeyDictionary()
        """ClientResponse -> its exchange."""

    def data_received(self, real: Any) -> Any:
        @functools.wraps(real)
        def data_received(protocol: Any, data: bytes) -> None:
            if data:
                self._at, self._count = now(), self._count + 1
            real(protocol, data)

        return data_received

    def feed_data(self, real: Any) -> Any:
        @functools.wraps(real)
        def feed_data(reader: Any, data: bytes, *args: Any) -> Any:
            fed = self._fed.setdefault(id(reader), _Fed(reader))
            fed.exchange.add(self._at, bytes(data), same=fed.count == self._count)
            fed.exchange.ended_at, fed.count = self._at, self._count
            return real(reader, data, *args)

        return feed_data

    def start(self, real: Any) -> Any:
        @functools.wraps(real)
        async def start(response: Any, connection: Any) -> Any:
            sent_at = now()
            found = await real(response, connection)
            exchange = self._of(response.content)
            exchange.sent_at, exchange.headers_at = sent_at, now()
            if exchange.pieces:  # they may have come with the head, or since
                exchange.headers_at = min(exchange.headers_at, exchange.pieces[0][0])
            exchange.http_version = f"HTTP/{response.version.major}.{response.version.minor}"
            self._exchanges[response] = exchange
            return found

        return start

    def _of(self, reader: Any) -> Exchange:
        """The exchange of a body, from now on if nothing has come."""
        if reader is self._empty:
            return Exchange()
        return self._fed.setdefault(id(reader), _Fed(reader)).exchange

    def read(self, real: Any) -> Any:
        @functools.wraps(real)
        async def read(response: Any) -> bytes:
            body: bytes = await real(response)
            exchange = self._exchanges.pop(response, None)
            self._fed.pop(id(response.content), None)
            put(None if exchange is None else lambda: exchange)
            return body

        return read
