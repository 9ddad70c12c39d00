"""One connection that a client leaves on purpose: opened, written, read with stamps, and left in a way of one's choice.

Law: a bare socket, because no HTTP client half-closes or resets on demand. Nothing here knows of HTTP; times are
`time.monotonic_ns()`, taken beside the call into the system and nowhere else.
"""

from __future__ import annotations

import contextlib
import socket
import time
from enum import StrEnum
from urllib.parse import urlsplit

import httpx

from ..errors import TargetError, UsageError
from .failures import no_response
from .recorder import Options, tls_context
from .replay_play import LINGER_0
from .transport import environment_proxy

_PIECE = 65_536
SENDING = 30.0
"""Seconds that the peer has to take what is sent."""


class How(StrEnum):
    """How a client leaves. The values are those of `response.recording.end.how` in a cassette."""

    CLOSE = "close"
    """The socket is closed: FIN, or RST where bytes lie unread."""
    HALF_CLOSE = "half-close"
    """FIN alone: the client reads on."""
    RESET = "reset"
    """RST at once (SO_LINGER 0)."""
    RST_STREAM = "rst-stream"
    """RST_STREAM (CANCEL) on HTTP/2: the connection stays."""


class Line:
    """One connection to the host of a URL."""

    def __init__(self, uri: str, options: Options) -> None:
        """Connects, with TLS where the URL says so. Raises TargetError where nobody answers."""
        url, parts = httpx.URL(uri), urlsplit(uri)
        if environment_proxy(url) is not None:
            hint = f"Leave it out: NO_PROXY={url.host}."
            raise UsageError("An HTTP proxy stands between, and would see the aborts in the server's place.", hint)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            self._sock = socket.create_connection((parts.hostname or "", port), options.connect)
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.http2 = options.http2
            if parts.scheme == "https":
                self._secure(parts.hostname or "", options)
        except OSError as error:
            raise no_response(error, url, options.timeout, options.idle, options.connect) from error

    def _secure(self, host: str, options: Options) -> None:
        context = tls_context(options.insecure, options.ca_file)
        context.set_alpn_protocols(["h2", "http/1.1"] if options.http2 else ["http/1.1"])
        secured = context.wrap_socket(self._sock, server_hostname=host)  # closes the socket where it fails
        self.http2 = secured.selected_alpn_protocol() == "h2"
        self._sock = secured

    def send(self, data: bytes) -> int:
        """Sends it all; returns the stamp of the moment before."""
        self._sock.settimeout(SENDING)
        at = time.monotonic_ns()
        self._sock.sendall(data)
        return at

    def read(self, until: int) -> tuple[bytes, int] | None:
        """One read and its stamp; empty where the peer has closed; None where nothing came until `until` (stamp).

        Raises OSError where the connection broke.
        """
        left = (until - time.monotonic_ns()) / 1e9
        if left <= 0:
            return None
        self._sock.settimeout(left)
        try:
            data = self._sock.recv(_PIECE)
        except TimeoutError:
            return None
        return data, time.monotonic_ns()

    def leave(self, how: How) -> int:
        """Leaves by closing, half-closing or resetting; returns the stamp taken right before."""
        sock = self._sock
        if how is How.RESET:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0)
        at = time.monotonic_ns()
        if how is How.HALF_CLOSE:
            # of a copy: an SSLSocket that is shut down would decrypt no more
            with contextlib.suppress(OSError), socket.fromfd(sock.fileno(), sock.family, sock.type) as same:
                same.shutdown(socket.SHUT_WR)
        else:
            sock.close()
        return at

    def close(self) -> None:
        """Closes at last; a second time does nothing."""
        self._sock.close()


def silent(uri: str, what: str, hint: str = "Look into the server's log, or give a longer --timeout.") -> TargetError:
    """Why an answer did not come that was waited for."""
    parts = urlsplit(uri)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
    return TargetError(bare, what, hint)


def unanswered(uri: str, why: str, http2: bool) -> TargetError:
    """Why a connection was closed that was to bring an answer."""
    if http2:
        return silent(uri, f"it does not answer in HTTP/2 ({why}).", "Leave --http2 and --how rst-stream out.")
    return silent(uri, f"it closed without an answer ({why}).")
