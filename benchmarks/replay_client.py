"""A cheap client for benchmarks/replay.py: one process, one epoll (or what the system has), every byte compared.

    python benchmarks/replay_client.py '{"url": ..., "cassette": ..., "streams": N, "seconds": S}'

Prints one JSON object. With `seconds` every stream asks again as soon as it has ended, until the time is up; without,
each asks once, at a random moment of the first second, and the lateness of every event against the schedule is kept:
the moment when its last byte could be read, less the moment when its request was sent and the recorded time.
"""

from __future__ import annotations

import gc
import json
import random
import selectors
import socket
import sys
from array import array
from itertools import accumulate
from pathlib import Path
from time import monotonic, process_time, sleep
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conformance import load
from conformance.core.recording import Recording
from conformance.edge.files_limit import raise_files_limit

SETTLE = 0.5
"""Seconds from the last connection to the first request: it is streams that are measured, not the acceptance."""
GRACE = 60.0
"""Seconds after which streams that have not ended are given up."""


class Stream:
    """One client's connection: what it has got of the answer that it reads."""

    __slots__ = ("answers", "events", "got", "lates", "sent", "sock", "wrong")

    def __init__(self, address: tuple[str, int]) -> None:
        self.sock = socket.create_connection(address, 30)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        self.sent, self.got, self.events, self.answers = 0.0, -1, 0, 0
        self.wrong = False
        self.lates = array("d")

    def ask(self, request: bytes) -> None:
        """Sends the request; -1 bytes of the body means that the head is not through."""
        self.got, self.events, self.sent = -1, 0, monotonic()
        self.sock.send(request)


def expected(recording: Recording) -> tuple[bytes, list[int]]:
    """The body as HTTP chunks, one per read, and where each chunk ends."""
    chunks, start = [], 0
    for read in recording.reads:
        data = recording.body[start : start + read.size]
        chunks.append(b"%x\r\n%b\r\n" % (len(data), data))
        start += read.size
    return b"".join(chunks) + b"0\r\n\r\n", list(accumulate(map(len, chunks)))


class Client:
    """All streams."""

    def __init__(self, url: str, recording: Recording, streams: int) -> None:
        parts = urlsplit(url)
        asked = recording.request
        self.request = (
            f"POST {asked.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(asked.body)}\r\n\r\n"
        ).encode() + asked.body
        self.body, self.ends = expected(recording)
        self.due = [read.at / 1000 for read in recording.reads]
        self.selector = selectors.DefaultSelector()
        self.streams = [Stream((parts.hostname or "", parts.port or 80)) for _ in range(streams)]
        for stream in self.streams:
            self.selector.register(stream.sock, selectors.EVENT_READ, stream)
        sleep(SETTLE)

    def take(self, stream: Stream, now: float | None) -> bool:
        """Reads what there is; True when the answer is complete. `now` asks for the lateness."""
        data = stream.sock.recv(65_536)
        if stream.got < 0:
            head, blank, data = data.partition(b"\r\n\r\n")
            stream.wrong |= not (blank and head.startswith(b"HTTP/1.1 200"))
            stream.got = 0
        if not self.body.startswith(data, stream.got):
            stream.wrong = True
        stream.got += len(data)
        if now is not None:
            while stream.events < len(self.ends) and self.ends[stream.events] <= stream.got:
                stream.lates.append(now - stream.sent - self.due[stream.events])
                stream.events += 1
        return stream.got >= len(self.body) or stream.wrong

    def flood(self, seconds: float) -> dict[str, object]:
        """Every stream asks again and again."""
        began = monotonic()
        for stream in self.streams:
            stream.ask(self.request)
        while (now := monotonic()) < began + seconds:
            for key, _ in self.selector.select(1.0):
                stream = key.data
                if self.take(stream, None):
                    if stream.wrong:
                        return self.told(now - began)
                    stream.answers += 1
                    stream.ask(self.request)
        return self.told(now - began)

    def once(self) -> dict[str, object]:
        """Every stream asks once."""
        began, left = monotonic(), len(self.streams)
        chance = random.Random(1)
        waiting = sorted(((began + chance.random(), stream) for stream in self.streams), key=lambda one: -one[0])
        ends = began + self.due[-1] + GRACE
        while left and monotonic() < ends:
            ready = self.selector.select(max(0.0, waiting[-1][0] - monotonic()) if waiting else 1.0)
            now = monotonic()
            for key, _ in ready:
                if self.take(key.data, now):
                    self.selector.unregister(key.fileobj)
                    key.data.answers += 1
                    left -= 1
            while waiting and waiting[-1][0] <= now:
                waiting.pop()[1].ask(self.request)
        return self.told(monotonic() - began)

    def told(self, seconds: float) -> dict[str, object]:
        """The figures."""
        whole = sum(stream.answers for stream in self.streams)
        size = len(self.body)
        partial = sum(max(stream.got, 0) % size for stream in self.streams)
        lates = sorted(late for stream in self.streams for late in stream.lates)
        return {
            "seconds": seconds,
            "busy": process_time() / seconds,
            "answers": whole,
            "bytes": whole * size + partial,
            "events": whole * len(self.ends) + partial * len(self.ends) // size,
            "wrong": sum(stream.wrong for stream in self.streams),
            "unended": sum(not stream.answers for stream in self.streams),
            "late_ms": {name: at(lates, share) for name, share in SHARES.items()} if lates else None,
        }


SHARES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "worst": 1.0}


def at(values: list[float], share: float) -> float:
    """The value below which this share lies, in milliseconds."""
    return values[min(int(len(values) * share), len(values) - 1)] * 1000


def main() -> None:
    """Runs what the one argument says."""
    gc.disable()
    asked = json.loads(sys.argv[1])
    limit = raise_files_limit()
    streams = min(asked["streams"], limit - 64)
    client = Client(asked["url"], load(asked["cassette"])[0], streams)
    figures = client.flood(asked["seconds"]) if asked.get("seconds") else client.once()
    print(json.dumps({**figures, "streams": streams}))


if __name__ == "__main__":
    main()
