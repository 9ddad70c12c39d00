"""What another client reads from the network, overheard: pieces of a body, and when their reads came.

Law: the client gets what it would have got, when it would have got it; nothing is sent, buffered or held back here.
What was not seen is not told: a body that is not, byte for byte, what was overheard has no reads.

`meter_httpcore`, `meter_httpclient` and `meter_aiohttp` each name the places of one library where reads happen, as
(object, attribute, replacement), to be patched while somebody listens. What they overhear lies in `take()` for the
thread or task that read it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from ..core.cuts import ordered
from ..core.recording import EndKind, Evidence, Headers, Read, pack_reads
from .coding import CodingError, decoder, is_known
from .writing import CODED

Patch = tuple[Any, str, Callable[..., Any]]
"""An object, the name of its attribute, and what stands there while somebody listens."""
Piece = tuple[int, bytes]
"""When a read came back (`time.monotonic_ns`), and the bytes of body that it brought."""

UNSEEN = [Evidence.READS.value, Evidence.TIMING.value]
"""What is missing where reads were not seen."""
now = time.monotonic_ns


@dataclass(slots=True)
class Exchange:
    """One request and the reads of its response. Times are `time.monotonic_ns()`."""

    sent_at: int = field(default_factory=now)
    headers_at: int | None = None
    pieces: list[Piece] | None = field(default_factory=list)
    """None where the reads could not be seen."""
    http_version: str | None = None
    ended_at: int | None = None

    def milliseconds(self, at: int | None) -> float | None:
        """Milliseconds from the sending of the request to `at`."""
        return None if at is None else max(0.0, round((at - self.sent_at) / 1e6, 6))

    def add(self, at: int, data: bytes, same: bool) -> None:
        """Adds bytes; `same`: the read that brought the ones before brought these, too."""
        if self.pieces is None or not data:
            return
        if same and self.pieces:
            first, before = self.pieces[-1]
            self.pieces[-1] = first, before + data
        else:
            self.pieces.append((at, data))


_heard: ContextVar[Callable[[], Exchange | None] | None] = ContextVar("conformance_heard", default=None)


def put(made: Callable[[], Exchange | None] | None) -> None:
    """Leaves what was overheard for whoever takes it next in this thread or task; None forgets what lies there."""
    _heard.set(made)


def take() -> Exchange | None:
    """The exchange that was overheard last in this thread or task, once."""
    made = _heard.get()
    _heard.set(None)
    return made() if made else None


@dataclass(frozen=True, slots=True)
class Heard:
    """A response as it goes into a cassette."""

    body: bytes
    """After content coding."""
    headers: Headers
    """Without the fields that describe the coded body."""
    recording: dict[str, Any]
    """`response.recording`."""


def describe(exchange: Exchange, body: bytes, headers: Headers) -> Heard:
    """The response that a client read as `body` (coded or not) with its times, as far as they were overheard."""
    coding = (headers.get("content-encoding") or "").strip().lower()
    coding = coding if is_known(coding) else ""
    pieces = exchange.pieces
    plain = _plain(pieces or (), coding)
    decoded = b"".join(data for _, data in plain)
    seen = pieces is not None and body in (decoded, b"".join(data for _, data in pieces))
    told: dict[str, Any] = {}
    if seen:
        told["reads"] = pack_reads(ordered(Read(exchange.milliseconds(at) or 0.0, len(data)) for at, data in plain))
    end = {"kind": EndKind.EOF.value, "at": exchange.milliseconds(exchange.ended_at)}
    told |= {"end": _known(end), "http_version": exchange.http_version}
    told |= {"headers_at": exchange.milliseconds(exchange.headers_at)}
    if seen and coding:
        told["content_encoding"] = coding
        told["headers"] = {name: headers.get_all(name) for name, _ in headers if name.lower() in CODED}
        body, headers = decoded, Headers(item for item in headers if item[0].lower() not in CODED)
    told["missing"] = [] if seen else UNSEEN
    return Heard(body, headers, _known(told))


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _plain(pieces: Iterable[Piece], coding: str) -> Sequence[Piece]:
    """The pieces after content coding; as they are where a client (aiohttp) had undone it already."""
    pieces = list(pieces)
    if not coding:
        return pieces
    undoing = decoder(coding)
    try:
        plain = [(at, undoing.feed(data)) for at, data in pieces]
    except CodingError:
        return pieces
    if pieces:
        plain.append((pieces[-1][0], undoing.flush()))
    return [(at, data) for at, data in plain if data]
