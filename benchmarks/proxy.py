"""What a recording proxy adds to each event: directly, through `conformance proxy`, through mitmproxy, side by side.

    python benchmarks/proxy.py --mitmdump VENV/bin/mitmdump

Law: nothing here is asserted. The upstream writes the time into every event (one monotonic clock for all processes);
the client, a process of its own, subtracts. All ways are measured in turn, round by round, so that what else the
machine does meets all of them. Loopback only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import random
from typing import Any

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
DELTA = ' "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": " token"}}]}'
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Way:
    """One way from the client to the upstream, and what was measured on it."""

    name: str
    port: int
    pid: int | None = None
    late: list[float] = field(default_factory=list)
    """Milliseconds from the upstream's write to the client's read, one for each event."""
    whole: int = 0
    """Streams that came whole."""
    cpu: float = 0.0
    """Seconds of processor that the proxy took, its writing process included."""


# The upstream


def serve(ready: Any) -> None:
    """Streams of paced events; the first line of the request says how many, and how far apart."""
    asyncio.run(_serve(ready))


async def _serve(ready: Any) -> None:
    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            count, gap = head.split()[1].decode().rsplit("/", 2)[1:]
            writer.write(HEAD)
            await asyncio.sleep(random() * float(gap))  # streams do not march in step
            for _ in range(int(count)):
                await asyncio.sleep(float(gap))
                event = f'data: {{"t": {time.monotonic_ns()},{DELTA}\n\n'.encode()
                writer.write(b"%x\r\n%b\r\n" % (len(event), event))
            writer.write(b"0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(stream, "127.0.0.1", 0, backlog=2048)
    ready.put(server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


# The client


class Stream(asyncio.Protocol):
    """Asks for one stream, and notes how late each event is."""

    def __init__(self, asked: bytes, late: list[float], done: asyncio.Future[bool]) -> None:
        self._asked, self._late, self._done = asked, late, done
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks."""
        self._transport = transport
        transport.write(self._asked)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Notes every event that is whole now."""
        now = time.monotonic_ns()
        *events, self._tail = (self._tail + data).split(b"\n\n")
        for event in events:
            at = event.find(b'{"t": ') + 6
            self._late.append((now - int(event[at : event.index(b",", at)])) / 1e6)
        if self._tail.endswith(b"0\r\n\r\n"):
            self._finish(True)

    def connection_lost(self, exc: Exception | None) -> None:
        """A stream without its end."""
        self._finish(False)

    def _finish(self, whole: bool) -> None:
        if not self._done.done():
            self._done.set_result(whole)
            self._transport.close()


def ask(port: int, streams: int, events: int, gap: float, answer: Any) -> None:
    """Reads `streams` streams at once; puts how late the events were, and how many streams came whole."""
    late: list[float] = []

    async def one(loop: asyncio.AbstractEventLoop) -> bool:
        done = loop.create_future()
        asked = f"GET /v1/{events}/{gap} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
        await loop.create_connection(lambda: Stream(asked, late, done), "127.0.0.1", port)
        whole: bool = await asyncio.wait_for(done, 120)
        return whole

    async def all_of_them() -> int:
        loop = asyncio.get_running_loop()
        came = await asyncio.gather(*(one(loop) for _ in range(streams)), return_exceptions=True)
        return sum(whole is True for whole in came)

    answer.put((asyncio.run(all_of_them()), late))


# Ways


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@contextlib.contextmanager
def started(name: str, command: list[str], port: int) -> Iterator[Way]:
    """A proxy as a process, from when it listens."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield Way(name, port, process.pid)
    finally:
        process.terminate()
        process.wait(60)


def seconds(pid: int | None) -> float:
    """Processor time of a process and its children so far."""
    if pid is None:
        return 0.0
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    total = 0.0
    for one in [pid, *children]:
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def measure(context: Any, ways: list[Way], streams: int, events: int, gap: float, rounds: int) -> None:
    """All ways in turn, `rounds` times; the first round warms up and does not count."""
    for number in range(rounds + 1):
        for way in ways:
            before, answer = seconds(way.pid), context.Queue()
            client = context.Process(target=ask, args=(way.port, streams, events, gap, answer))
            client.start()
            whole, late = answer.get(timeout=300)
            client.join()
            time.sleep(0.5)  # what is written behind the streams counts, too
            if number:
                way.whole += whole
                way.late += late
                way.cpu += seconds(way.pid) - before


def share(values: list[float], part: float) -> float:
    """The value below which this part of all values lies."""
    found = sorted(values)
    return found[min(len(found) - 1, int(part * len(found)))] if found else float("nan")


def report(ways: list[Way], streams: int, events: int, rounds: int) -> None:
    """A table: lateness in milliseconds, what was added to the direct way, processor time per event."""
    direct = share(ways[0].late, 0.5)
    for way in ways:
        p50, p99, worst = share(way.late, 0.5), share(way.late, 0.99), max(way.late, default=float("nan"))
        cost = way.cpu * 1e6 / max(1, len(way.late))
        whole = f"{way.whole}/{streams * rounds}"
        print(f"| {streams} | {way.name} | {p50:.3f} | {p50 - direct:+.3f} | {p99:.2f} | {worst:.1f} "
              f"| {cost:.0f} | {whole} | {len(way.late)}/{streams * events * rounds} |", flush=True)  # fmt: skip


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mitmdump", metavar="PATH", help="mitmproxy's mitmdump, run with stream_large_bodies=1")
    parser.add_argument("--streams", default="1,50,500", metavar="N,...", help="streams at once  [1,50,500]")
    parser.add_argument("--seconds", type=float, default=4.0, metavar="S", help="how long each stream is  [4]")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="counted rounds  [3]")
    options = parser.parse_args()
    context = get_context("spawn")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ready = context.Queue()
        upstream = context.Process(target=serve, args=(ready,), daemon=True)
        upstream.start()
        stack.callback(upstream.terminate)
        port = ready.get(timeout=60)
        commands = proxies(f"http://127.0.0.1:{port}", folder, options.mitmdump)
        ways = [stack.enter_context(started(name, command, at)) for name, command, at in commands]
        print("| streams | way | p50 ms | added | p99 | worst | CPU µs/event | whole | events |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        for streams in map(int, options.streams.split(",")):
            gap = 0.02 if streams < 200 else 0.1  # 5,000 events a second are what the rest of the machine can take
            events = int(options.seconds / gap)
            these = [Way("direct", port), *(Way(way.name, way.port, way.pid) for way in ways)]
            measure(context, these, streams, events, gap, options.rounds)
            report(these, streams, events, options.rounds)
    print(json.dumps({"python": sys.version.split()[0], "cores": os.cpu_count(), "rounds": options.rounds}))


def proxies(upstream: str, folder: Path, mitmdump: str | None) -> Iterator[tuple[str, list[str], int]]:
    """Name, command and port of every proxy."""
    for name, more in (("conformance proxy", []), ("conformance proxy --check", ["--check"])):
        port = free_port()
        command = [sys.executable, "-m", "conformance", "proxy", "--upstream", upstream, "--port", str(port), "-q"]
        yield name, [*command, "-o", str(folder / name.replace(" ", "")), *more], port
    if mitmdump:
        port = free_port()
        where = ["--mode", f"reverse:{upstream}", "--listen-host", "127.0.0.1", "-p", str(port)]
        settings = ["--set", "stream_large_bodies=1", "--set", f"confdir={folder / 'mitm'}"]
        yield "mitmdump, no file", [mitmdump, "-q", *where, *settings], port
        port = free_port()
        where[-1] = str(port)
        yield "mitmdump -w", [mitmdump, "-q", *where, *settings, "-w", str(folder / "flows")], port


if __name__ == "__main__":
    main()
