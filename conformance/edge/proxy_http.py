"""One client's connection to the proxy, and one exchange on it: the request on its way up, the response on its way
down.

Law: nothing is kept back and nothing is added. A read of the upstream is one write to the client, at once, framed as
the upstream framed it; what one side does to its connection, the other side sees done to its own. What happened is
noted (`proxy_desk` names the notes); the proxy itself knows nothing of cassettes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import orjson

from ..core.recording import EndKind
from ..errors import TargetError
from .proxy_notes import CLIENT_GONE, FAILED, PASSED, STOPPED, UPSTREAM_DIED
from .proxy_upstream import Fields, Head, Upstream
from .replay_http import Connection
from .replay_plan import HOP_BY_HOP, Framing
from .replay_play import Ask, reset

if TYPE_CHECKING:
    from .proxy import ProxyServer

_HOP_BY_HOP = frozenset(name.encode() for name in HOP_BY_HOP - {"content-length"})
_MADE_AFRESH = _HOP_BY_HOP | {b"content-length", b"host", b"expect"}
_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests",
            500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}  # fmt: skip
"""For HTTP/2, which has none."""
_DRAIN = 0.002
"""Seconds between two looks whether the last bytes have left, before a reset would take them back."""


class ProxyConnection(Connection):
    """One client's connection: requests are read as the replay server reads them, and answered by the upstream."""

    _playing: Exchange | None  # type: ignore[assignment]  # what is under way is an exchange, not a recording

    def __init__(self, proxy: ProxyServer) -> None:
        super().__init__(proxy)  # type: ignore[arg-type]  # of a house, only what requests need
        self._proxy = proxy
        self._upstream: Upstream | None = None
        self._connecting: asyncio.Task[None] | None = None

    # asyncio

    def eof_received(self) -> None:
        """The client has closed: it waits for nothing any more."""
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, or we closed: the upstream shall know at once."""
        if self._connecting is not None:
            self._connecting.cancel()
        super().connection_lost(exc)
        if self._upstream is not None:
            self._upstream.close()

    def pause_writing(self) -> None:
        """The client reads slower than the upstream writes."""
        if self._upstream is not None:
            self._upstream.pause()

    def resume_writing(self) -> None:
        """It has caught up."""
        if self._upstream is not None:
            self._upstream.resume()

    # Exchanges

    def _answer(self, ask: Ask) -> None:
        exchange = Exchange(self._proxy, ask, self._transport, self._played)
        self._playing = exchange
        if self._upstream is not None and self._upstream.usable:
            exchange.begin(self._upstream)
        else:
            self._connecting = self._proxy.loop.create_task(self._connect(exchange))

    async def _connect(self, exchange: Exchange) -> None:
        try:
            self._upstream = await self._proxy.connect(self._lost)
        except TargetError as error:
            exchange.refuse(error)
        else:
            exchange.begin(self._upstream)

    def _lost(self) -> None:
        """The upstream closed the connection between two exchanges: so do we."""
        if self._playing is None:
            self._transport.close()

    @property
    def busy(self) -> bool:
        """True while an exchange is under way."""
        return self._playing is not None


class Exchange:
    """One request and its response. `left` is called when the connection may take the next request."""

    __slots__ = (
        "_ask", "_framing", "_head", "_keep", "_left", "_note", "_proxy", "_sending", "_transport", "_upstream",
        "alive", "number", "was_reset",
    )  # fmt: skip

    def __init__(self, proxy: ProxyServer, ask: Ask, transport: asyncio.Transport, left: Callable[[], None]) -> None:
        self.number = proxy.number()
        self.alive = True
        self.was_reset = False
        """True where the client went away by a reset."""
        self._proxy = proxy
        self._note = proxy.note
        self._ask = ask
        self._transport = transport
        self._left = left
        self._sending = sending = proxy.sending(ask)
        self._upstream: Upstream | None = None
        self._framing: Framing | None = None
        self._head = b""
        self._keep = ask.keep_alive
        fields = [(b"Host", sending.authority), *sending.fields]
        asked = (ask.request.method, proxy.uri(sending), fields, sending.body)
        self._note("ask", self.number, time.monotonic_ns(), time.time(), asked)

    def begin(self, upstream: Upstream) -> None:
        """Sends the request."""
        self._upstream = upstream
        self._note("sent", self.number, time.monotonic_ns())
        upstream.ask(self, self._sending)

    # What the upstream says

    def head(self, head: Head, at: int) -> None:
        """The response has begun. Its head goes out with what the same read brought of the body."""
        framing = self._framing = _framing(head, self._ask)
        self._keep = self._keep and framing is not Framing.CLOSE and head.keep_alive
        self._head = _head_bytes(head, framing, self._keep)
        reason = head.reason
        self._note("head", self.number, at, head.status, reason, head.fields, head.version)

    def passed(self, at: int, wire: bytes | None, data: bytes, last: bool) -> None:
        """One read of the upstream is one write to the client."""
        if self._framing is not Framing.CHUNKED:
            out = b"" if self._framing is Framing.NONE else data
        elif wire is not None:
            out = wire
        else:
            out = (b"%x\r\n%b\r\n" % (len(data), data) if data else b"") + (b"0\r\n\r\n" if last else b"")
        if self._head:
            out, self._head = self._head + out, b""
        if out:
            self._transport.write(out)
        if data:
            self._note("read", self.number, at, data, time.monotonic_ns())

    def ended(self, at: int, keep: bool) -> None:
        """The response is complete."""
        self.alive = False
        self._note("end", self.number, at, PASSED, EndKind.EOF, None, None)
        if self._keep and keep:
            self._left()
        else:
            self._transport.close()

    def broke(self, at: int, kind: EndKind, detail: str) -> None:
        """The upstream died: the client sees the same."""
        self.alive = False
        if self._framing is None:
            self._note("fail", self.number, at, UPSTREAM_DIED, f"no response: {detail}")
        else:
            self._note("end", self.number, at, UPSTREAM_DIED, kind, None, detail)
        if kind is EndKind.RESET:
            self._reset(0.0)
        else:
            self._transport.close()

    def refuse(self, error: TargetError) -> None:
        """The upstream cannot be reached: this the client hears from us, and that it is us who says it."""
        self.alive = False
        self._note("fail", self.number, time.monotonic_ns(), FAILED, str(error))
        body = orjson.dumps({"error": {
            "message": f"The recording proxy, not the upstream, says: {error}",
            "type": "proxy_error", "param": None, "code": "upstream_unreachable",
        }}, option=orjson.OPT_APPEND_NEWLINE)  # fmt: skip
        fields = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        head = _head_bytes(Head(502, "", fields, "", sized=True), Framing.LENGTH, self._keep)
        self._transport.write(head + (b"" if self._ask.request.method == "HEAD" else body))
        if self._keep:
            self._left()
        else:
            self._transport.close()

    # What the client does

    def close(self, outcome: str) -> None:
        """The client has gone, or the proxy stops (`stopped`)."""
        if not self.alive:
            return
        self.alive = False
        at = time.monotonic_ns()
        stopped = outcome == STOPPED
        why = "the proxy was stopped" if stopped else "the client went away"
        if self._framing is None:
            self._note("fail", self.number, at, STOPPED if stopped else CLIENT_GONE, f"no response: {why}")
        elif stopped:
            self._note("end", self.number, at, STOPPED, EndKind.TRUNCATED, "recorder", why)
        else:
            self._note("end", self.number, at, CLIENT_GONE, EndKind.CANCELLED, "client", why)
        if self._upstream is not None:
            self._upstream.cancel(self.was_reset)

    def _reset(self, now: float) -> None:
        if self._transport.get_write_buffer_size() and not self._transport.is_closing():
            self._proxy.timer.at(self._proxy.loop.time() + _DRAIN, self._reset)
        else:
            reset(self._transport)


def through(fields: Fields, left_out: frozenset[bytes]) -> Fields:
    """The fields that go through: all but those of one connection (RFC 9110, 7.6.1) and those that are made afresh."""
    named = b",".join(value for name, value in fields if name.lower() == b"connection")
    own = {name.strip().lower() for name in named.split(b",")} | left_out
    return [(name, value) for name, value in fields if name.lower() not in own]


def upwards(ask: Ask, more: Fields) -> Fields:
    """The fields of a request as the upstream gets them; those of `more` replace the client's."""
    replaced = frozenset(name.lower() for name, _ in more)
    request = ask.request
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers]
    out = [*through(fields, _MADE_AFRESH | replaced), *more]
    if request.body or "content-length" in request.headers or "transfer-encoding" in request.headers:
        out.append((b"Content-Length", b"%d" % len(request.body)))
    return out


def _framing(head: Head, ask: Ask) -> Framing:
    """How the client learns where the body ends (RFC 9112, 6.3)."""
    if ask.request.method == "HEAD" or head.status in (204, 304):
        return Framing.NONE
    if head.sized:
        return Framing.LENGTH
    if ask.version == "1.1" and (head.chunked or head.version == "HTTP/2"):
        return Framing.CHUNKED
    return Framing.CLOSE


def _head_bytes(head: Head, framing: Framing, keep: bool) -> bytes:
    reason = (head.reason or _REASONS.get(head.status, "")).encode("latin-1")
    lines = [b"HTTP/1.1 %d %b" % (head.status, reason)]
    lines += [b"%b: %b" % field for field in through(head.fields, _HOP_BY_HOP)]
    if framing is Framing.CHUNKED:
        lines.append(b"Transfer-Encoding: chunked")
    if not keep:
        lines.append(b"Connection: close")
    return b"\r\n".join([*lines, b"", b""])
