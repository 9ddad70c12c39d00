"""Servers on loopback that do exactly what a test says, byte by byte. For tests; no framework in between."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"

Script = Callable[["Peer"], None]


class Peer:
    """One client's connection, in the server's hands. `request` is what it sent, head and body.

    `reads` tells how often the client has read from the network, where that can be known.
    """

    def __init__(self, sock: socket.socket, reads: Callable[[], int] | None = None) -> None:
        self.sock = sock
        self.request = b""
        self._reads = reads

    def take(self) -> bytes:
        """Reads one HTTP/1.1 request with a Content-Length."""
        while b"\r\n\r\n" not in self.request:
            self._more()
        head = self.request.partition(b"\r\n\r\n")[0]
        fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
        while len(self.request) - len(head) - 4 < int(fields.get(b"content-length", 0)):
            self._more()
        return self.request

    def _more(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError("the client has gone")
        self.request += data

    def send(self, *pieces: bytes, gap: float = 0.0) -> None:
        """Sends pieces. With a `gap`, the next follows so many seconds after the client has read the one before."""
        for piece in pieces:
            before = self._reads() if self._reads else 0
            self.sock.sendall(piece)
            if gap:
                ends = time.monotonic() + 3
                while self._reads and self._reads() <= before and time.monotonic() < ends:
                    time.sleep(0.001)
                time.sleep(gap)

    def chunks(self, *pieces: bytes, gap: float = 0.0) -> None:
        """Sends pieces as HTTP chunks, each in a write of its own."""
        self.send(*(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces), gap=gap)

    def end(self) -> None:
        """The last chunk."""
        self.sock.sendall(b"0\r\n\r\n")

    def reset(self) -> None:
        """Closes with a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def wait_gone(self, seconds: float = 10.0) -> bool:
        """True when the client closed."""
        self.sock.settimeout(seconds)
        try:
            while self.sock.recv(4096):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True


def certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 and its key, made by the openssl command; skips where there is none."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command to make a certificate with")
    path = folder / "loopback.pem"
    made = ["-subj", "/CN=loopback", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", "-"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    done = subprocess.run([openssl, "req", "-x509", *curve, *made], capture_output=True, check=True, timeout=60)
    path.write_bytes(path.read_bytes() + done.stdout)
    return path


@contextmanager
def serving(
    script: Script, tls: Path | None = None, take: bool = True, reads: Callable[[], int] | None = None
) -> Iterator[str]:
    """A server that runs `script` for every connection; yields its base URL. `tls` is a file with certificate and key,
    `take` whether the request is read first, `reads` how often the client has read."""
    listener = socket.create_server(("127.0.0.1", 0))
    context = None
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        context.set_alpn_protocols(["h2", "http/1.1"])
    threads: list[threading.Thread] = []

    def serve(sock: socket.socket) -> None:
        with contextlib.suppress(OSError, ConnectionError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer = Peer(context.wrap_socket(sock, server_side=True) if context else sock, reads)
            if take:
                peer.take()
            script(peer)
            peer.sock.close()
        sock.close()

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listener.accept()
                thread = threading.Thread(target=serve, args=(sock,), daemon=True)
                thread.start()
                threads.append(thread)

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    port = listener.getsockname()[1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        for thread in threads:
            thread.join(5)


def refused_url() -> str:
    """A URL on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def http2(answer: Callable[[Peer, h2.connection.H2Connection, int], None]) -> Script:
    """A script that speaks HTTP/2: `answer` gets the connection and the stream when the request has ended."""

    def script(peer: Peer) -> None:
        config = h2.config.H2Configuration(client_side=False)
        connection = h2.connection.H2Connection(config)
        connection.initiate_connection()
        peer.send(connection.data_to_send())
        while True:
            data = peer.sock.recv(65536)
            if not data:
                return
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.StreamEnded):
                    answer(peer, connection, event.stream_id)
                    peer.wait_gone(2)
                    return
            peer.send(connection.data_to_send())

    return script
