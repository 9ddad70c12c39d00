"""The wire: an httpx transport whose every network read, after TLS, is counted and stamped.

Law: httpx's API stays whole; only httpcore's public `network_backend=` is used. What is measured is told to one `Wire`,
one per exchange. Nothing here knows of recordings.

`iter_raw()` of httpx gives HTTP chunks cut at read ends: a burst of 5,000 chunks comes in 26 network reads. httpcore
asks the network for more only when all that it has is handed out, so `Wire.before_read` is the moment at which one
network read is known to be used up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from ..errors import UsageError

if TYPE_CHECKING:
    import ssl

POLL = 0.2
"""Seconds after which a blocked read looks whether it was stopped: for other threads, and for Ctrl-C on Windows."""
_LOOPBACK = ("localhost", "127.", "::1", "[::1]")


class StoppedError(Exception):
    """The exchange was stopped from this side. `reason` says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def _nothing() -> None:
    pass


class Wire:
    """What passed over one exchange's connection. Times are `time.monotonic_ns()`."""

    def __init__(self, deadline: float | None = None) -> None:
        """`deadline` in seconds from now ends every read with `httpcore.ReadTimeout`."""
        self.sent_at: int | None = None
        """When the first byte of the request was handed to the network."""
        self.read_at = 0
        """When the last read came back."""
        self.reads = 0
        """Number of reads that brought bytes."""
        self.before_read: Callable[[], None] = _nothing
        """Called before the network is asked for more."""
        self._deadline = None if deadline is None else time.monotonic() + deadline
        self._stopped: str | None = None
        self._stop_at: tuple[float, str] | None = None

    def stop(self, reason: str) -> None:
        """Ends the exchange at its next read, or within POLL seconds of a blocked one. Any thread may call it."""
        self._stopped = reason

    def stop_after(self, seconds: float, reason: str) -> None:
        """Ends the exchange `seconds` from now."""
        self._stop_at = (time.monotonic() + seconds, reason)

    def milliseconds(self, stamp: int | None = None) -> float:
        """Milliseconds from the sending of the request to `stamp` (nanoseconds; now, where there is none)."""
        now = time.monotonic_ns() if stamp is None else stamp
        return max(0.0, (now - self.sent_at) / 1e6) if self.sent_at is not None else 0.0

    def read(self, stream: httpcore.NetworkStream, max_bytes: int, timeout: float | None) -> bytes:
        """One read: in slices of POLL seconds, stamped when it comes back."""
        self.before_read()
        ends = min((end for end in (self._deadline, timeout and time.monotonic() + timeout) if end), default=None)
        while True:
            left = self._left(ends)
            try:
                data = stream.read(max_bytes, timeout=left)
            except httpcore.ReadTimeout:
                continue
            self.read_at = time.monotonic_ns()
            self.reads += bool(data)
            return data

    def _left(self, ends: float | None) -> float:
        now = time.monotonic()
        if self._stop_at is not None and now >= self._stop_at[0]:
            self._stopped = self._stop_at[1]
        if self._stopped is not None:
            raise StoppedError(self._stopped)
        limits = [POLL]
        if self._stop_at is not None:
            limits.append(self._stop_at[0] - now)
        if ends is not None:
            if now >= ends:
                raise httpcore.ReadTimeout("the whole exchange" if ends == self._deadline else "no byte came")
            limits.append(ends - now)
        return max(min(limits), 0.001)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, wire: Wire) -> None:
        self._inner = inner
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._wire.read(self._inner, max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._wire.sent_at is None:
            self._wire.sent_at = time.monotonic_ns()
        self._inner.write(buffer, timeout=timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, timeout)
        self._wire.sent_at = None  # what was written before (CONNECT to a proxy) was not the request
        return _Stream(inner, self._wire)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, wire: Wire) -> None:
        self._inner = httpcore.SyncBackend()
        self._wire = wire

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options), self._wire)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Body(httpx.SyncByteStream):
    def __init__(self, inner: Iterable[bytes]) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        with httpx_errors():
            yield from self._inner

    def close(self) -> None:
        if hasattr(self._inner, "close"):
            self._inner.close()


class StampedTransport(httpx.BaseTransport):
    """httpx's transport for one origin, stamped. HTTP/2 needs TLS and ALPN, or stands alone (prior knowledge)."""

    def __init__(self, wire: Wire, ssl_context: ssl.SSLContext, url: httpx.URL, http2: bool = False) -> None:
        options = {
            "ssl_context": ssl_context,
            "http1": not (http2 and url.scheme == "http"),
            "http2": http2,
            "network_backend": _Backend(wire),
        }
        proxy = environment_proxy(url)
        self._pool: httpcore.ConnectionPool
        if proxy is None:
            self._pool = httpcore.ConnectionPool(**options)  # type: ignore[arg-type]
        else:
            bare = str(proxy.copy_with(username=None, password=None))
            auth = (proxy.username, proxy.password) if proxy.username else None
            self._pool = httpcore.HTTPProxy(proxy_url=bare, proxy_auth=auth, **options)  # type: ignore[arg-type]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request; the response's body is still to be read."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        content = request.stream
        assert isinstance(content, httpx.SyncByteStream)
        with httpx_errors():
            answer = self._pool.handle_request(
                httpcore.Request(
                    request.method, url, headers=request.headers.raw, content=content, extensions=request.extensions
                )
            )
        assert isinstance(answer.stream, Iterable)
        body = _Body(answer.stream)
        return httpx.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)

    def close(self) -> None:
        """Closes the connection."""
        self._pool.close()


def environment_proxy(url: httpx.URL) -> httpx.URL | None:
    """The proxy that the environment names for this URL (HTTP_PROXY, NO_PROXY, ...), never for loopback; None: none.

    Raises UsageError where it is no HTTP proxy.
    """
    if url.host.startswith(_LOOPBACK) or proxy_bypass(url.host):
        return None
    proxies = getproxies()
    named = proxies.get(url.scheme) or proxies.get("all")
    if not named:
        return None
    proxy = httpx.URL(named if "://" in named else f"http://{named}")
    if proxy.scheme not in ("http", "https"):
        hint = "Name an HTTP proxy, or leave this host out with NO_PROXY."
        raise UsageError(f"The environment names a {proxy.scheme} proxy for {url.host}.", hint)
    return proxy


@contextmanager
def httpx_errors() -> Iterator[None]:
    """Raises httpx's exception of the same name for every httpcore exception, as httpx's own transport does."""
    try:
        yield
    except Exception as error:
        names = [kind.__name__ for kind in type(error).__mro__ if kind.__module__.startswith("httpcore")]
        kind = next((getattr(httpx, name) for name in names if hasattr(httpx, name)), None)
        if kind is None:
            raise
        raise kind(str(error)) from error
