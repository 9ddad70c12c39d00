"""Engines whose clients leave, for tests: they stop as late as they are told, and say so in the pages of a server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from conformance.core.recording import Headers, Request

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def asking(url: str, path: str = "/v1/chat/completions") -> Request:
    """A request for a stream."""
    return Request(
        "POST", url + path, Headers([("Content-Type", "application/json")]), b'{"model": "m", "stream": true}'
    )


def event(number: int, delta: str = "") -> bytes:
    """One event of a stream of chat completions that breaks no rule; `delta` in place of its text."""
    inner = delta or f'"content":"{number}"'
    choice = f'{{"index":0,"delta":{{{inner}}},"finish_reason":null}}'
    known = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763683200,"model":"gpt-4o-mini"'
    return f'data: {{{known},"choices":[{choice}]}}\n\n'.encode()


END = event(0, " ").replace(b'{ },"finish_reason":null', b'{},"finish_reason":"stop"') + b"data: [DONE]\n\n"
"""The last events of a stream."""


def chunk(data: bytes) -> bytes:
    """One HTTP chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


@dataclass
class Engine:
    """What an engine does: one request at a time, that runs on for a while after its client has left."""

    stops_after: float | None = 0.0
    """Seconds; None: it generates to its end."""
    length: int = 100
    """Tokens of every answer."""
    gap: float = 0.01
    holds: float = 0.0
    """Seconds before it says anything."""
    running: int = 0
    tokens: int = 0
    aborted: int = 0
    completed: int = 0
    requests: int = 0
    stopped_itself: bool = False
    """The last answer came to its own end."""
    left_at: list[float] = field(default_factory=list)
    """When each abort took effect, in seconds of `time.monotonic()`."""
    closing: threading.Event = field(default_factory=threading.Event)

    def generate(self, sock: socket.socket) -> None:
        """Streams to the end, or until the client has gone, and then as long as it is told to."""
        self.running, self.requests = self.running + 1, self.requests + 1
        done = 0
        self.closing.wait(self.holds)
        try:
            sock.sendall(HEAD + chunk(event(0, '"role":"assistant","content":""')))
            while done < self.length and not _gone(sock, self.gap) and not self.closing.is_set():
                done, self.tokens = done + 1, self.tokens + 1
                sock.sendall(chunk(event(self.tokens)))
            if done == self.length:
                sock.sendall(chunk(END) + b"0\r\n\r\n")
        except OSError:
            pass
        self._run_on(self.length - done)
        self.running -= 1

    def _run_on(self, more: int) -> None:
        """What is left to generate when the client has gone."""
        self.stopped_itself = more == 0 or self.stops_after is None
        if more == 0:
            self.completed += 1
        elif self.stops_after is not None:
            self.closing.wait(self.stops_after)
            self.aborted += 1
            self.left_at.append(time.monotonic())
        else:
            while more and not self.closing.wait(self.gap):
                more, self.tokens = more - 1, self.tokens + 1
            self.completed += 1


def _gone(sock: socket.socket, seconds: float) -> bool:
    sock.settimeout(seconds)
    try:
        return sock.recv(4096) == b""
    except TimeoutError:
        return False


@contextmanager
def engine(own: Engine, pages: Callable[[str, Engine], tuple[int, str]] = lambda path, own: (404, "")) -> Iterator[str]:
    """Serves an engine: streams on POST, `pages` (status and text of a path) on GET. Yields its base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            own.generate(self.connection)
            self.close_connection = True

        def do_GET(self) -> None:
            status, text = pages(self.path, own)
            body = text.encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        own.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
