"""Many streams at once: a client of one event loop, because fifty threads would measure each other.

Law: it runs in the loop that it is given, the upstream's own; every network read is stamped before it is looked at.
What came is a recording, whatever it was; nothing is written.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..core.recording import End, EndKind, Headers, Read, Recording, Request
from ..errors import TargetError
from .coding import CodingError, Decoder, arriving
from .gateway_plan import unanswered
from .proxy_upstream import Head, Http1, Sending
from .recorder import Options, tls_context

_OWN = frozenset({"host", "content-length", "connection"})


@dataclass(frozen=True)
class Arrived:
    """One answer: the recording, and when the request was sent (`time.monotonic_ns()`)."""

    recording: Recording
    sent: int


@dataclass
class _Taker:
    """Takes one response."""

    request: Request
    done: asyncio.Future[None]
    sent: int = 0
    status: Head | None = None
    headers_at: float | None = None
    body: list[bytes] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    end: End = field(default_factory=End)

    def head(self, head: Head, at: int) -> None:
        """The response has begun."""
        self.status, self.headers_at = head, self._ms(at)

    def passed(self, at: int, wire: bytes | None, data: bytes, last: bool) -> None:
        """One read."""
        if data:
            self.body.append(data)
            self.reads.append(Read(self._ms(at), len(data)))

    def ended(self, at: int, keep: bool) -> None:
        """The response is complete."""
        self._over(End(EndKind.EOF, self._ms(at)))

    def broke(self, at: int, kind: EndKind, detail: str) -> None:
        """It ended otherwise."""
        self._over(End(kind, self._ms(at), None, detail.replace("the upstream", "the gateway")))

    def _over(self, end: End) -> None:
        self.end = end
        if not self.done.done():
            self.done.set_result(None)

    def _ms(self, at: int) -> float:
        return (at - self.sent) / 1e6

    def arrived(self) -> Arrived:
        """All that came."""
        head = self.status
        if head is None:
            why = self.end.detail or "it closed without a byte"
            return Arrived(unanswered(self.request, self.end.kind, self.end.at or 0.0, why), self.sent)
        fields = Headers.of_bytes(head.fields)
        coding, undo = arriving(fields.get("content-encoding"))
        reads, body, end = self._decoded(undo)
        recording = Recording(
            self.request, head.status, head.reason, fields, body, reads, end, head.version, self.headers_at, coding
        )
        return Arrived(recording, self.sent)

    def _decoded(self, undo: Decoder) -> tuple[tuple[Read, ...], bytes, End]:
        """What each read brought when its coding is undone; when all have come, so that no stream waits for it."""
        reads, pieces, end = [], [], self.end
        try:
            for read, piece in zip(self.reads, self.body, strict=True):
                pieces.append(undo.feed(piece))
                reads.append(Read(read.at, len(pieces[-1])))
        except CodingError as error:
            end = End(EndKind.TRUNCATED, end.at, None, error.what)
        return tuple(read for read in reads if read.size), b"".join(pieces), end


def all_at_once(
    loop: asyncio.AbstractEventLoop, requests: Sequence[Request], options: Options
) -> list[Arrived | TargetError]:
    """Asks all of them at the same moment, each on a connection of its own, in a loop that runs in another thread."""
    context = tls_context(options.insecure, options.ca_file)  # 20 ms that no stream shall wait for
    return asyncio.run_coroutine_threadsafe(_all(requests, options, context), loop).result(options.timeout + 30)


async def _all(requests: Sequence[Request], options: Options, context: object) -> list[Arrived | TargetError]:
    found = await asyncio.gather(*(_one(one, options, context) for one in requests), return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException) and not isinstance(one, TargetError):
            raise one
    return found  # type: ignore[return-value]  # nothing else is left


async def _one(request: Request, options: Options, context: object) -> Arrived:
    parts = urlsplit(request.uri)
    secure = parts.scheme == "https"
    loop = asyncio.get_running_loop()
    taker = _Taker(request, loop.create_future())
    wire = Http1(lambda: None)
    try:
        port = parts.port or (443 if secure else 80)
        opening = loop.create_connection(lambda: wire, parts.hostname, port, ssl=context if secure else None)  # type: ignore[call-overload]
        await asyncio.wait_for(opening, options.connect)
    except OSError as error:
        raise TargetError(request.uri, f"cannot be reached ({error}).", "Look into the gateway's log.") from error
    taker.sent = time.monotonic_ns()
    wire.ask(taker, _sending(request, secure))
    try:
        await asyncio.wait_for(asyncio.shield(taker.done), options.timeout)
    except TimeoutError:
        taker.broke(time.monotonic_ns(), EndKind.TIMEOUT, f"not done within {options.timeout:g} s")
    wire.close()
    return taker.arrived()


def _sending(request: Request, secure: bool) -> Sending:
    parts = urlsplit(request.uri)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = [(name.encode(), value.encode()) for name, value in request.headers if name.lower() not in _OWN]
    fields.append((b"Content-Length", str(len(request.body)).encode()))
    authority = parts.netloc.rpartition("@")[2].encode()
    return Sending(request.method.encode(), target.encode(), authority, fields, request.body, secure, True)
