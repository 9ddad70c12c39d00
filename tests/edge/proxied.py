"""What the tests of the proxy share: a proxy in front of a URL, a bare socket in front of the proxy."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema_rs

from conformance.catalogue import data_folder
from conformance.core.example import Example
from conformance.core.recording import Recording
from conformance.edge.load import find, load
from conformance.edge.proxy import Link, ProxyServer

SCHEMA = jsonschema_rs.validator_for(json.loads((data_folder("schemas") / "proxy-journal.json").read_text()))
PATH = "/v1/chat/completions"
BODY = "".join(f'data: {{"n": {number}}}\n\n' for number in range(5)) + "data: [DONE]\n\n"
CHUNKED = (("content-type", "text/event-stream"), ("transfer-encoding", "chunked"), ("x-request-id", "r-1"))
STREAM = Example(BODY, path=PATH, headers=CHUNKED).paced(gap=15.0, first=20.0).recording()


@contextmanager
def proxied(upstream: str, folder: Path, **options: Any) -> Iterator[ProxyServer]:
    """A proxy in front of `upstream`; when it is left, `folder` holds all that went through."""
    link = Link(**{name: options.pop(name) for name in ("http2", "insecure", "ca_file", "fields") if name in options})
    with ProxyServer(upstream, folder, link=link, **options) as proxy:
        yield proxy


def asking(path: str = PATH, *lines: str, method: str = "POST", version: str = "1.1", body: object = None) -> bytes:
    """A request on the wire."""
    content = json.dumps({"stream": True} if body is None else body).encode() if method == "POST" else b""
    length = [f"Content-Length: {len(content)}"] if content else []
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: x", *length, *lines, "", ""]).encode() + content


def connect(url: str, seconds: float = 10.0) -> socket.socket:
    """A bare connection to the host and port of a URL."""
    host, _, port = url.rpartition("/")[2].partition(":")
    return socket.create_connection((host, int(port)), seconds)


def talk(url: str, sent: bytes) -> list[bytes]:
    """What a server answers, read by read, until it closes. Raises what the network raises."""
    with connect(url) as sock:
        sock.sendall(sent)
        return list(iter(lambda: sock.recv(1 << 16), b""))


def recorded(folder: Path) -> list[Recording]:
    """All that was recorded, in the order of the requests."""
    return [recording for path in find([str(folder)]) for recording in load(path)]


def journal(folder: Path) -> list[dict[str, Any]]:
    """The lines of the journal, which fit their schema."""
    lines = [json.loads(line) for line in (folder / "exchanges.jsonl").read_text().splitlines()]
    for line in lines:
        SCHEMA.validate(line)
    return lines


def wait_until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Returns when it is true, fails when that takes too long."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come true"
        time.sleep(0.005)
