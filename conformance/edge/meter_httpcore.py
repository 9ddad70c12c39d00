"""Reads of httpx: HTTP/1.1 and HTTP/2 by httpcore, sync and async (and by httpcore2, where that is loaded).

Law: only what httpcore publishes: its connection classes, `response.stream`, the extension `network_stream`. Pieces of
body are HTTP chunks; those between two reads of the network came with one read.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from typing import Any

from .meter import Exchange, Patch, now, put

_NETWORKS = {"httpx": "httpcore", "httpx2": "httpcore2"}
"""Client -> what it asks the network with, and imports when it first needs it."""
_MARK = "_conformance_stamps"


def patches() -> list[Patch]:
    """Where the exchanges of loaded clients begin."""
    found: list[Patch] = []
    for module in [import_module(network) for client, network in _NETWORKS.items() if client in sys.modules]:
        for name in ("HTTP11Connection", "HTTP2Connection"):
            if kind := getattr(module, name, None):
                found.append((kind, "handle_request", _sync(kind.handle_request)))
            if kind := getattr(module, f"Async{name}", None):
                found.append((kind, "handle_async_request", _async(kind.handle_async_request)))
    return found


def _sync(handle: Any) -> Any:
    @functools.wraps(handle)
    def handle_request(connection: Any, request: Any) -> Any:
        exchange = Exchange()
        return _heard(exchange, handle(connection, request), _read_stamped)

    return handle_request


def _async(handle: Any) -> Any:
    @functools.wraps(handle)
    async def handle_async_request(connection: Any, request: Any) -> Any:
        exchange = Exchange()
        return _heard(exchange, await handle(connection, request), _read_stamped_async)

    return handle_async_request


def _heard(exchange: Exchange, response: Any, stamped: Any) -> Any:
    """The response with a body that tells when it came."""
    exchange.http_version = response.extensions.get("http_version", b"").decode("ascii", "replace") or None
    stamps = _stamps(response.extensions.get("network_stream"), stamped)
    if stamps is None:
        exchange.pieces = None
        stamps = _Stamps()
    exchange.headers_at = stamps.at
    response.stream = _Body(response.stream, exchange, stamps)
    return response


class _Stamps:
    """How many reads a connection has seen, and when the last came back."""

    def __init__(self) -> None:
        self.count = 0
        self.at = now()

    def mark(self) -> None:
        self.count += 1
        self.at = now()


def _stamps(stream: Any, stamped: Any) -> _Stamps | None:
    """The stamps of a network stream, from now on if there were none. None where it cannot be watched."""
    try:
        if _MARK not in vars(stream):
            stamps = _Stamps()
            stream.read = stamped(stream.read, stamps)
            setattr(stream, _MARK, stamps)
        found: _Stamps = vars(stream)[_MARK]
    except (AttributeError, TypeError):
        return None
    return found


def _read_stamped(read: Any, stamps: _Stamps) -> Any:
    @functools.wraps(read)
    def stamped(*args: Any, **options: Any) -> bytes:
        data: bytes = read(*args, **options)
        stamps.mark()
        return data

    return stamped


def _read_stamped_async(read: Any, stamps: _Stamps) -> Any:
    @functools.wraps(read)
    async def stamped(*args: Any, **options: Any) -> bytes:
        data: bytes = await read(*args, **options)
        stamps.mark()
        return data

    return stamped


class _Body:
    """A body that is handed on as it comes, and remembered."""

    def __init__(self, inner: Any, exchange: Exchange, stamps: _Stamps) -> None:
        self._inner = inner
        self._exchange = exchange
        self._stamps = stamps
        self._count = -1

    def _add(self, data: bytes) -> None:
        self._exchange.add(self._stamps.at, data, self._stamps.count == self._count)
        self._count = self._stamps.count

    def _end(self) -> None:
        self._exchange.ended_at = self._stamps.at
        put(lambda: self._exchange)

    def __iter__(self) -> Iterator[bytes]:
        for data in self._inner:
            self._add(data)
            yield data
        self._end()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._inner:
            self._add(data)
            yield data
        self._end()

    def close(self) -> None:
        self._inner.close()

    async def aclose(self) -> None:
        await self._inner.aclose()
