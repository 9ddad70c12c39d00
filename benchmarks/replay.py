"""The replay server beside uvicorn with Starlette and beside aiohttp, on the same recording: how fast, how punctual.

    pip install -e '.[bench]'
    python benchmarks/replay.py [--repeat N] [--seconds S] [--streams 1,100,1000] [--only NAME,...] [--load]

Events per second at --speed 0, with the processor time of the server per event; then the lateness against the
schedule of 1,000 streams with 20 ms gaps, for 10 seconds. The servers take turns; the medians of all rounds are told.
Server and client are two processes on two processors, where the system lets us choose. Every byte is compared with the
recording. --load asks the replay server alone: 1,000 clients for 10 seconds, at full speed and at the recorded pace.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from conformance.core.recording import End, Headers, Read, Recording, Request  # noqa: E402
from conformance.edge.cassette import save  # noqa: E402
from conformance.edge.files_limit import raise_files_limit  # noqa: E402

EVENTS = 500
GAP = 20.0
"""Milliseconds between two events."""
PACED = 1000
"""Streams whose lateness is measured."""
SERVERS = {
    "conformance replay": (),
    "the same, a write per event": (),
    "uvicorn + starlette": ("starlette", "asyncio"),
    "the same, uvloop": ("starlette", "uvloop"),
    "aiohttp": ("aiohttp", "asyncio"),
    "the same, uvloop ": ("aiohttp", "uvloop"),
}
"""Name -> what benchmarks/replay_servers.py is told; nothing: our own command."""


WRITE_EACH = "the same, a write per event"
"""Our own server, when it must not let events share a write, as it may at --speed 0."""


def recording() -> Recording:
    """A stream of chat chunks as long as real ones, one per read, 20 ms apart."""
    text = (
        'data: {{"id":"chatcmpl-29yxjikJXIphcFGcQKiwK4wlMB6LX","object":"chat.completion.chunk","created":1763683200,'
        '"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_0aa8d3e20b","choices":'
        '[{{"index":0,"delta":{{"content":" word{:04d}"}},"logprobs":null,"finish_reason":null}}],"obfuscation":"1X"}}'
        "\n\n"
    )
    events = [text.format(number).encode() for number in range(EVENTS)]
    fields = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")]
    asked = Request(uri="https://example.com/v1/chat/completions", body=b'{"model":"m","stream":true,"messages":[]}')
    reads = tuple(Read(GAP * number, len(event)) for number, event in enumerate(events))
    end = End(at=reads[-1].at)
    return Recording(asked, headers=Headers(fields), body=b"".join(events), reads=reads, end=end, headers_at=0.0)


@contextmanager
def serving(name: str, cassette: Path, speed: float) -> Iterator[tuple[int, str]]:
    """A server as a process of its own on the first processor; its process id and base URL."""
    ready = cassette.with_name("ready")
    ready.unlink(missing_ok=True)
    others = SERVERS[name]
    ours = ["-m", "conformance", "replay", str(cassette), "--speed", str(speed), "-q", "--ready-file", str(ready)]
    if name == WRITE_EACH:
        ours += ["--cuts", "event"]
    words = [str(HERE / "replay_servers.py"), *others, str(cassette), str(speed), str(ready)] if others else ours
    process = subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=HERE.parent
    )
    pin(process.pid, 0)
    try:
        ends = time.monotonic() + 60
        while not (ready.exists() and ready.read_text().strip()):
            if process.poll() is not None or time.monotonic() > ends:
                raise SystemExit(f"{name} did not start")
            time.sleep(0.05)
        time.sleep(0.5)
        yield process.pid, ready.read_text().strip().removesuffix("/v1")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def pin(process: int, number: int) -> None:
    """Gives a process one processor, where that can be done and there are two."""
    if hasattr(os, "sched_setaffinity"):
        known = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(process, {known[number % len(known)]})


def busy(process: int) -> float:
    """Seconds of processor time that a process has used; 0 where that is not known."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(name: str, cassette: Path, speed: float, streams: int, seconds: float = 0.0) -> dict[str, Any]:
    """One server, one load."""
    with serving(name, cassette, speed) as (server, url):
        asked = {"url": url, "cassette": str(cassette), "streams": streams, "seconds": seconds}
        words = [sys.executable, str(HERE / "replay_client.py"), json.dumps(asked)]
        before = busy(server)
        client = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        pin(client.pid, 1)
        told = client.communicate(timeout=300)[0]
        if client.returncode:
            raise SystemExit(f"the client of {name} failed")
        return {**json.loads(told), "server": busy(server) - before}


def middle(rounds: Sequence[dict[str, Any]], of: Any) -> float:
    """The median over the rounds."""
    return median(of(one) for one in rounds)


def faults(rounds: Sequence[dict[str, Any]], ended: bool) -> str:
    """What went wrong, in words; nothing where every byte was right."""
    wrong = sum(one["wrong"] for one in rounds)
    unended = sum(one["unended"] for one in rounds) if ended else 0
    return (f"  {wrong} WRONG" if wrong else "") + (f"  {unended} NOT ENDED" if unended else "")


def fast(cassette: Path, names: Sequence[str], streams: Sequence[int], repeat: int, seconds: float) -> None:
    """Events per second at --speed 0."""
    for count in streams:
        rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        for _ in range(repeat):
            for name in names:
                rounds[name].append(run(name, cassette, 0, count, seconds))
        print(f"\n--speed 0, {count} streams{'':<8}{'events/s':>12}{'server µs/event':>18}")
        for name, done in rounds.items():
            rate = middle(done, lambda one: one["events"] / one["seconds"])
            cost = middle(done, lambda one: one["server"] / max(one["events"], 1) * 1e6)
            print(f"{name:<28}{rate:>12,.0f}{cost:>18.2f}{faults(done, False)}", flush=True)


def punctual(cassette: Path, names: Sequence[str], repeat: int) -> None:
    """Lateness of paced streams."""
    names = [name for name in names if name != WRITE_EACH]  # at the recorded pace that is what it does anyway
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(repeat):
        for name in names:
            rounds[name].append(run(name, cassette, 1, PACED))
    print(f"\n{PACED:,} streams, {GAP:g} ms gaps: lateness in ms")
    print(f"{'':<28}{'p50':>8}{'p99':>8}{'p99.9':>8}{'worst':>9}{'best p99.9':>12}{'processor':>11}")
    for name, done in rounds.items():
        late = [
            middle(done, lambda one, share=share: one["late_ms"][share]) for share in ("p50", "p99", "p99.9", "worst")
        ]
        best = min(one["late_ms"]["p99.9"] for one in done)
        used = middle(done, lambda one: one["server"] / one["seconds"])
        figures = "".join(f"{value:>8.2f}" for value in late[:3]) + f"{late[3]:>9.1f}{best:>12.2f}{used:>11.0%}"
        print(f"{name:<28}{figures}{faults(done, True)}", flush=True)


def load_test(cassette: Path) -> None:
    """1,000 clients for 10 seconds on our own server; every byte is compared."""
    name = next(iter(SERVERS))
    for what, speed, seconds in (("at full speed", 0, 10.0), ("at the recorded pace", 1, 0.0)):
        done = run(name, cassette, speed, PACED, seconds)
        lost = f"{done['wrong']} streams with a wrong or lost byte"
        ended = f", {done['unended']} of {done['streams']} not ended" if not seconds else ""
        print(f"{done['streams']:,} clients {what}, {done['seconds']:.1f} s: {done['answers']:,} whole answers, "
              f"{done['events']:,} events, {done['bytes']:,} bytes, {lost}{ended}", flush=True)  # fmt: skip


def versions() -> str:
    """What was measured."""
    told = [
        f"Python {platform.python_version()}",
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
    ]
    for name in ("uvicorn", "starlette", "aiohttp", "uvloop"):
        try:
            told.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            raise SystemExit(f"{name} is not installed: pip install -e '.[bench]'") from None
    return ", ".join(told)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round at full speed")
    parser.add_argument("--streams", default="1,100,1000")
    parser.add_argument("--only", help="names of servers, by a part of each: conformance,aiohttp")
    parser.add_argument("--load", action="store_true", help="1,000 clients for 10 s on the replay server alone")
    options = parser.parse_args()
    if raise_files_limit() < PACED + 64:
        print(f"The limit of open files is {raise_files_limit()}, and cannot be raised: fewer streams than said.")
    names = [name for name in SERVERS if not options.only or any(word in name for word in options.only.split(","))]
    print(versions())
    with tempfile.TemporaryDirectory() as folder:
        cassette = Path(folder, "stream.yaml")
        save(cassette, [recording()])
        if options.load:
            load_test(cassette)
            return
        fast(
            cassette, names, [int(word) for word in options.streams.split(",") if word], options.repeat, options.seconds
        )
        punctual(cassette, names, options.repeat)


if __name__ == "__main__":
    main()
