"""The recording proxy: between any client and any provider, every exchange unchanged, and each in a cassette.

Law: forwarding comes first. One thread, one event loop; what is seen is only noted here (`proxy_reel`), and written,
read for secrets and judged in a process of its own (`proxy_desk`).

    with ProxyServer("https://api.example.com", Path("runs/mine")) as proxy:
        OpenAI(base_url=f"{proxy.url}/v1", api_key=...)      # as if it were https://api.example.com/v1
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import httpx

from ..core.recording import Request
from ..errors import TargetError, UsageError
from .failures import no_response
from .proxy_http import ProxyConnection, upwards
from .proxy_http2 import Http2
from .proxy_notes import FAILED, Passed, Setup
from .proxy_reel import DESK, TICK, Reel
from .proxy_upstream import Http1, Sending, Upstream
from .recorder import tls_context
from .replay_play import Ask
from .runner_folder import fresh
from .server import GRACE, Guest, Server

PATIENCE = 60.0
"""Seconds that a client has to complete a request that it began."""
REMEMBERED = 10_000
"""Exchanges that are kept in `ProxyServer.passed`."""


@dataclass(frozen=True)
class Link:
    """How the upstream is reached."""

    http2: bool = False
    """HTTP/2: by ALPN where the URL is https, with prior knowledge where it is http."""
    insecure: bool = False
    """Takes any certificate."""
    ca_file: str | None = None
    """Certificates to trust instead of the system's."""
    connect: float = 10.0
    """Seconds for a connection and its TLS handshake."""
    fields: Callable[[str], Sequence[tuple[str, str]]] = lambda path: ()
    """Header fields that replace the client's, by the path that is asked."""


class ProxyServer(Server):
    """A recording reverse proxy: as a context manager in its own thread, or with `run()` in this one."""

    def __init__(
        self,
        upstream: str,
        folder: Path,
        *,
        link: Link | None = None,
        known: Sequence[str] = (),
        metadata: Mapping[str, object] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        grace: float = GRACE,
        desk: Sequence[str] = DESK,
        judging: object = None,
        told: Callable[[Passed], None] | None = None,
    ) -> None:
        """`folder` is made, and must be empty; `known` are keys that must get into no file; `metadata` is that of every
        cassette; `desk` is the command of the process that writes, and `judging` what its judge is told; `told` gets
        each exchange when it has ended and is written, in a thread of its own.

        Raises UsageError for a URL that is none, StorageError for a folder that cannot be made.
        """
        super().__init__(host, port, grace)
        self.upstream = _url(upstream)
        self.folder = folder
        self.patience = PATIENCE
        self.connections: set[ProxyConnection] = set()
        self.passed: deque[Passed] = deque(maxlen=REMEMBERED)
        """What has ended and is written, in that order."""
        self._link = link or Link()
        self._ssl = self._tls()
        self._setup = Setup(str(folder), tuple(known), dict(metadata or {}), judging)
        self._desk = desk
        self._told = told
        self._numbers = count(1)
        self._reel: Reel
        fresh(folder)

    def _tls(self) -> ssl.SSLContext | None:
        if self.upstream.scheme != "https":
            return None
        context = tls_context(self._link.insecure, self._link.ca_file)
        context.set_alpn_protocols(["h2", "http/1.1"] if self._link.http2 else ["http/1.1"])
        return context

    # The server

    def connection(self) -> asyncio.Protocol:
        """What serves a client that has come."""
        return ProxyConnection(self)

    def guests(self) -> list[Guest]:
        """The connections that are open."""
        return list(self.connections)

    def opened(self) -> None:
        """Called in the loop before anybody can come."""
        self._reel = Reel(self._setup, self._desk, self._ended, self.fail)

    def closed(self) -> None:
        """Called in the loop when everybody has gone: waits until all is written."""
        self._reel.close()

    @property
    def desk_pid(self) -> int:
        """The process that writes the cassettes."""
        return self._reel.pid

    def _ended(self, passed: Passed) -> None:
        self.passed.append(passed)
        if self._told is not None:
            self._told(passed)

    # What connections ask

    def number(self) -> int:
        """The number of the next exchange."""
        return next(self._numbers)

    def note(self, *note: object) -> None:
        """Notes what an exchange did."""
        if self._reel.note(*note):
            self.loop.call_later(TICK, self._reel.turn)

    def sending(self, ask: Ask) -> Sending:
        """A client's request as the upstream gets it."""
        target = joined(self.upstream.path, _target(ask.request.uri))
        more = [(name.encode(), value.encode()) for name, value in self._link.fields(target.partition("?")[0])]
        return Sending(
            ask.request.method.encode(), target.encode("latin-1"), self.upstream.netloc.encode("ascii"),
            upwards(ask, more), ask.request.body, self.upstream.scheme == "https", ask.keep_alive,
        )  # fmt: skip

    def uri(self, sending: Sending) -> str:
        """The URI of a request, as the upstream knows it."""
        return f"{self.upstream.scheme}://{self.upstream.netloc}{sending.target.decode('latin-1')}"

    async def connect(self, lost: Callable[[], None]) -> Upstream:
        """A connection to the upstream. Raises TargetError that says why there is none."""
        lobby = _Lobby(lost, self._link.http2 and self._ssl is None)
        host = self.upstream.hostname or ""
        port = self.upstream.port or {"http": 80, "https": 443}[self.upstream.scheme]
        try:
            async with asyncio.timeout(self._link.connect):
                await self.loop.create_connection(lambda: lobby, host, port, ssl=self._ssl, happy_eyeballs_delay=0.25)
        except TimeoutError as error:
            raise self._no_connection(httpx.ConnectTimeout("")) from error
        except OSError as error:
            raise self._no_connection(error) from error
        return lobby.upstream

    def _no_connection(self, error: Exception) -> TargetError:
        connect = self._link.connect
        return no_response(error, httpx.URL(self.upstream.geturl()), connect, connect, connect)

    # What a refused request asks of a server (see `replay_http.Connection.refuse`)

    def begin(self, request: Request, status: int, client: str, recording: int | None) -> int:
        """Notes a request that is refused before it was sent."""
        number = self.number()
        asked = (request.method or "?", f"{self.url}{_target(request.uri)}", (), b"")
        now = time.monotonic_ns()
        self.note("ask", number, now, time.time(), asked)
        self.note("fail", number, now, FAILED, f"the proxy refused the request ({status})")
        return number

    def end(self, served: int, outcome: str) -> None:
        """Nothing more is to be noted of it."""


class _Lobby(asyncio.Protocol):
    """Waits for the handshake, and hands the connection to the version of HTTP that it brought."""

    upstream: Upstream

    def __init__(self, lost: Callable[[], None], http2: bool) -> None:
        self._lost = lost
        self._http2 = http2

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        tls = transport.get_extra_info("ssl_object")
        http2 = tls.selected_alpn_protocol() == "h2" if tls is not None else self._http2
        self.upstream = Http2(self._lost) if http2 else Http1(self._lost)
        assert isinstance(transport, asyncio.Transport)
        transport.set_protocol(self.upstream)
        self.upstream.connection_made(transport)


def joined(base: str, target: str) -> str:
    """The path of the upstream's URL and what a client asks, where their ends overlap: `/api/v1` and `/v1/models` are
    `/api/v1/models`, so are `/api/v1` and `/models`."""
    path, question, query = target.partition("?")
    have, asked = base.strip("/").split("/") if base.strip("/") else [], path.strip("/").split("/")
    shared = next((size for size in range(len(have), 0, -1) if asked[:size] == have[-size:]), 0)
    before = "".join(f"/{segment}" for segment in have[: len(have) - shared])
    return f"{before}{path}{question}{query}"


def _target(uri: str) -> str:
    """Path and query of a request's URI, as they were written."""
    rest = uri.partition("://")[2]
    slash = min((at for mark in "/?" if (at := rest.find(mark)) >= 0), default=len(rest))
    found = rest[slash:]
    return found if found.startswith("/") else f"/{found}"


def _url(text: str) -> SplitResult:
    with contextlib.suppress(ValueError):
        parts = urlsplit(text.rstrip("/"))
        plain = not (parts.query or parts.fragment or parts.username or parts.password)
        if parts.scheme in ("http", "https") and parts.hostname and plain and parts.port != 0:  # a bad one raises
            return parts
    raise UsageError(f"{text!r} is no URL of an upstream.", "Give it as in https://api.example.com, without a query.")
