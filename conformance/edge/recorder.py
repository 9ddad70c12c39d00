"""The recorder: asks an endpoint, and keeps every read with its time in a cassette while the stream runs.

Law: what the peer does is recorded, never raised; only where no response came at all is there a TargetError. Whatever
goes wrong after the head, the cassette holds all that arrived, and how it ended.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import cast

import httpx

from .. import __version__
from ..core.recording import End, EndKind, Headers, Recording, Request
from ..core.sse import SSEDecoder
from ..core.stream import StreamEvent
from ..errors import UsageError
from .cassette import CassetteWriter, form_of, text
from .coding import CodingError, arriving
from .failures import end_of, no_response
from .load import load
from .redact import redact_recording
from .scribe import Scribe
from .transport import StampedTransport, StoppedError, Wire

INTERRUPTED = "interrupted (Ctrl-C)"
OVERFLOW = "the answer is longer than the limit of"
"""Begins the detail of the end of a recording that was stopped for its size."""
_UNWRITTEN = frozenset({"host", "content-length"})


@dataclass(frozen=True)
class Options:
    """How an endpoint is asked. Times in seconds."""

    timeout: float = 600.0
    """For the whole exchange."""
    idle: float = 120.0
    """Without a byte."""
    connect: float = 10.0
    http2: bool = False
    """HTTP/2: by ALPN where the URL is https, with prior knowledge where it is http."""
    insecure: bool = False
    """Takes any certificate."""
    ca_file: str | None = None
    """Certificates to trust instead of the system's."""
    cancel_after_events: int | None = None
    """Cancels the stream when so many events have come; 0: when the head has come."""
    cancel_after: float | None = None
    """Cancels the stream so long after the request was sent."""
    max_bytes: int | None = None
    """Stops reading when so many bytes of body have come."""


@dataclass
class Watch:
    """Who looks on while a stream is recorded, and may stop it. Called from a thread of its own, in order."""

    on_head: Callable[[int, Headers, float], None] = lambda status, headers, at: None
    """Called with the status, the header fields and the milliseconds since the request."""
    on_event: Callable[[StreamEvent], None] = lambda event: None
    """Called for every event with `index` and `at`, not interpreted, as soon as the read that completes it has come."""
    wire: Wire | None = None
    """The exchange's wire, once it runs: `stop()` cancels the exchange from another thread."""
    stopped: str | None = None

    def stop(self, reason: str = INTERRUPTED) -> None:
        """Cancels the exchange, also one that has not begun."""
        self.stopped = reason
        if self.wire is not None:
            self.wire.stop(reason)


def record(
    request: Request,
    path: Path,
    metadata: Mapping[str, object] | None = None,
    *,
    options: Options | None = None,
    secrets: tuple[str, ...] = (),
    watch: Watch | None = None,
) -> Recording:
    """Sends `request` and records what comes back into the cassette `path`; returns the recording as it was written.

    `secrets` never get into the file, wherever they stand. Raises TargetError where no response came (nothing is
    written then), StorageError where the file cannot be written, StoppedError or KeyboardInterrupt where it was
    stopped before the response.
    """
    options, watch = options or Options(), watch or Watch()
    wire = watch.wire = Wire(options.timeout)
    if watch.stopped:
        wire.stop(watch.stopped)
    _warm_up(request, path, secrets)
    with _client(wire, request, options) as client:
        sending = _sending(request, options)
        if options.cancel_after is not None:
            wire.stop_after(options.cancel_after, f"after {options.cancel_after:g} s")
        response = _head(client, sending, options)
        headers_at = wire.milliseconds(wire.read_at)
        writer = CassetteWriter(path, {**(metadata or {}), **made(datetime.now(UTC))}, secrets)
        try:
            _Tape(response, wire, writer, options, watch).run(_sent(sending, request.body), headers_at)
        finally:
            response.close()
    return load(path)[0]


def _warm_up(request: Request, path: Path, secrets: tuple[str, ...]) -> None:
    """Has all that writing needs loaded and compiled before the request is sent, so that no read waits for it."""
    text([redact_recording(Recording(request), secrets)], form_of(path))


def made(now: datetime) -> dict[str, object]:
    """What a cassette says of its making."""
    return {"recorded_with": f"llm-stream-conformance {__version__}", "recorded": now.isoformat(timespec="seconds")}


class _Tape:
    """One response on its way into a cassette."""

    def __init__(
        self, response: httpx.Response, wire: Wire, writer: CassetteWriter, options: Options, watch: Watch
    ) -> None:
        self._response = response
        self._wire = wire
        self._writer = writer
        self._options = options
        self._watch = watch
        self._coding, self._decoder = arriving(response.headers.get("content-encoding"))
        self._sse = SSEDecoder(StreamEvent)
        self._events = self._bytes = 0
        self._pieces: list[bytes] = []
        self._scribe = Scribe(writer, lambda: wire.stop("the recorder failed"))

    def run(self, request: Request, headers_at: float) -> None:
        """Reads the body to its end, whichever it is. Only what the disk or a watcher raises is raised."""
        response, watch = self._response, self._watch
        headers = Headers.of_bytes(response.headers.raw)
        status, reason, version = response.status_code, response.reason_phrase, response.http_version
        try:
            self._scribe.do(
                lambda: self._writer.begin(request, status, reason, headers, version, headers_at, self._coding)
            )
            self._scribe.do(lambda: watch.on_head(status, headers, headers_at))
            end = self._body()
            self._scribe.do(lambda: self._writer.finish(end))
        finally:
            self._scribe.close()

    def _body(self) -> End:
        wire, options = self._wire, self._options
        wire.before_read = self._flush
        if options.cancel_after_events == 0:
            wire.stop("before the first event")
        try:
            for piece in self._response.iter_raw():
                self._pieces.append(piece)
            self._flush()
            end = End(EndKind.EOF, wire.milliseconds(wire.read_at), None, self._unfinished())
        except KeyboardInterrupt as interrupt:
            end = End(EndKind.CANCELLED, wire.milliseconds(), "client", str(interrupt) or INTERRUPTED)
        except StoppedError as stopped:
            end = End(EndKind.CANCELLED, wire.milliseconds(), "client", stopped.reason)
        except CodingError as error:
            return End(EndKind.TRUNCATED, wire.milliseconds(), None, error.what)
        except httpx.HTTPError as error:
            end = end_of(error, wire.milliseconds(), options.timeout, options.idle)
        self._flush()
        self._keep(self._decoder.flush())
        return end

    def _flush(self) -> None:
        """The pieces of one network read have all come: they are one Read."""
        if self._pieces:
            data, self._pieces = b"".join(self._pieces), []
            self._keep(self._decoder.feed(data))

    def _keep(self, data: bytes) -> None:
        if not data:
            return
        at = self._wire.milliseconds(self._wire.read_at)
        events = cast("list[StreamEvent]", self._sse.feed(data))
        for index, event in enumerate(events, self._events):
            event.index, event.at = index, at
        self._events += len(events)
        self._bytes += len(data)
        self._stop_in_time()
        self._scribe.do(lambda: self._tell(at, data, events))

    def _stop_in_time(self) -> None:
        """Stops the wire where as much has come as is wanted."""
        events, most = self._options.cancel_after_events, self._options.max_bytes
        if events is not None and self._events >= events:
            self._wire.stop(f"after {self._events} events")
        elif most is not None and self._bytes >= most:
            self._wire.stop(f"{OVERFLOW} {most:,} bytes")

    def _tell(self, at: float, data: bytes, events: list[StreamEvent]) -> None:
        self._writer.read(at, data)
        for event in events:
            self._watch.on_event(event)

    def _unfinished(self) -> str | None:
        return None if self._decoder.complete else f"the {self._coding} coding has no end"


# Asking


def _client(wire: Wire, request: Request, options: Options) -> httpx.Client:
    try:
        url = httpx.URL(request.uri)
    except httpx.InvalidURL as error:
        raise UsageError(f"{request.uri!r} is no URL: {error}.", "Give it as in http://127.0.0.1:8000/v1.") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise UsageError(f"{request.uri!r} is no http URL.", "Give it as in http://127.0.0.1:8000/v1.")
    context = tls_context(options.insecure, options.ca_file)
    transport = StampedTransport(wire, context, url, options.http2)
    return httpx.Client(transport=transport, trust_env=False)


@lru_cache(maxsize=8)
def tls_context(insecure: bool = False, ca_file: str | None = None) -> ssl.SSLContext:
    """The TLS settings; made once, because that costs 20 ms."""
    if insecure:
        return httpx.create_ssl_context(verify=False)
    if ca_file is None:
        return httpx.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"{ca_file!r} holds no certificates: {error}.", "Give a file in PEM form.") from error


def _sending(request: Request, options: Options) -> httpx.Request:
    timeout = httpx.Timeout(options.idle, connect=options.connect)
    return httpx.Request(
        request.method,
        request.uri,
        headers=[(name, value) for name, value in request.headers if name.lower() not in _UNWRITTEN],
        content=request.body,
        extensions={"timeout": timeout.as_dict()},
    )


def _sent(sending: httpx.Request, body: bytes) -> Request:
    headers = Headers.of_bytes(sending.headers.raw)
    return Request(sending.method, str(sending.url), headers, body)


def _head(client: httpx.Client, sending: httpx.Request, options: Options) -> httpx.Response:
    """The response up to its body. Raises TargetError that says why there is none, and what to do."""
    try:
        return client.send(sending, stream=True)
    except httpx.LocalProtocolError as error:
        raise UsageError(f"The request cannot be sent: {error}.", "Correct the --header that it names.") from error
    except httpx.HTTPError as error:
        raise no_response(error, sending.url, options.timeout, options.idle, options.connect) from error
