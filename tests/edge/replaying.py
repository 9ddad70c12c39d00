"""What the tests of the replay server share: a recording, and a client that sees every byte."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.core.example import Example
from conformance.core.recording import Recording
from conformance.edge.replay import ReplayServer

PATH = "/v1/chat/completions"
BODY = "".join(f'data: {{"n": {number}}}\n\n' for number in range(5)) + "data: [DONE]\n\n"
CHUNKED = (("content-type", "text/event-stream"), ("transfer-encoding", "chunked"))
STREAM = Example(BODY, path=PATH, headers=CHUNKED).paced(gap=15.0, first=20.0)


def stream(**changes: Any) -> Recording:
    return replace(STREAM.recording(), **changes)


def asking(path: str = PATH, body: object = None, *lines: str, method: str = "POST", version: str = "1.1") -> bytes:
    content = json.dumps({"stream": True} if body is None else body).encode()
    head = [f"{method} {path} HTTP/{version}", "Host: x", f"Content-Length: {len(content)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + content


def talk(server: ReplayServer, sent: bytes, seconds: float = 10.0) -> bytes:
    """All that the server answers until it closes. Ends at the last chunk, too."""
    with socket.create_connection((server.host, server.port), seconds) as sock:
        sock.sendall(sent)
        return until_closed(sock)


def until_closed(sock: socket.socket) -> bytes:
    got = b""
    while not got.endswith(b"0\r\n\r\n"):
        data = sock.recv(65536)
        if not data:
            break
        got += data
    return got


def chunks(answer: bytes) -> list[bytes]:
    """The HTTP chunks of an answer, without the last."""
    rest, found = answer.partition(b"\r\n\r\n")[2], []
    while rest and not rest.startswith(b"0\r\n"):
        size, _, rest = rest.partition(b"\r\n")
        found.append(rest[: int(size, 16)])
        rest = rest[int(size, 16) + 2 :]
    return found


def wait_for(condition: Callable[[], object], seconds: float = 5.0) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.01)


def files() -> int:
    """Open files and sockets of this process; 0 where that cannot be known."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir()) if sys.platform == "linux" else 0
