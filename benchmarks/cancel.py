"""Whether `conformance cancel` reports what is: how late an abort takes effect is set, what is reported put beside it.

    python benchmarks/cancel.py --repeats 9

Law: nothing here is asserted. The command runs as its user runs it. A gateway of the tests hands the abort on as late
as it is told, in front of the replay server, which notes in its log when it is left; an engine of the tests runs on as
long as it is told, and observers poll its pages. Each is a process of its own, all on loopback.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.edge.controllable_gateway import NEVER, Behaviour, process  # noqa: E402
from tests.edge.leaving import Engine, engine  # noqa: E402
from tests.edge.test_observers import page, slots  # noqa: E402

DELAYS = (0.0, 50.0, 250.0, 1000.0, NEVER)
"""Milliseconds that are set."""
SLOWLY = "0.1"
"""The recordings are played at this speed, so that they last longer than the longest delay."""
PAGES = {"prometheus:vllm": page("vllm"), "llama-cpp-slots": slots}
TOKENS = 300
"""Of the engine's answers, one in 10 ms."""
CONFORMANCE = (sys.executable, "-m", "conformance")
HEADS = (
    "observer",
    "set, ms",
    "reported, median",
    "the one farthest off",
    "median off by, ms",
    "in %",
    "it was after, at least",
)


@contextmanager
def upstream(folder: Path) -> Iterator[tuple[int, str]]:
    """The replay server as a process: its port and its log."""
    ready, log = folder / "ready", folder / "log.jsonl"
    words = ["replay", "builtin", "--speed", SLOWLY, "--quiet", "--log", str(log), "--ready-file", str(ready)]
    with subprocess.Popen([*CONFORMANCE, *words], stdout=subprocess.DEVNULL) as running:
        try:
            while not ready.exists():
                time.sleep(0.05)
            yield int(ready.read_text().strip().removesuffix("/v1").rpartition(":")[2]), str(log)
        finally:
            running.terminate()


@contextmanager
def engine_process(delay: float | None, kind: str) -> Iterator[str]:
    """An engine of the tests, with the pages that this kind of observer reads."""
    words = [sys.executable, __file__, "--engine", json.dumps([delay, kind])]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as running:
        assert running.stdout is not None
        try:
            yield running.stdout.readline().decode().strip()
        finally:
            running.terminate()


def serve_engine(delay: float | None, kind: str) -> None:
    """What such a process does, until it is ended."""
    own = Engine(stops_after=None if delay is None else delay / 1000, length=TOKENS)
    with engine(own, PAGES[kind]) as url:
        print(url, flush=True)
        sys.stdin.read()


def cancelled(url: str, observer: str, repeats: int) -> list[dict[str, Any]]:
    """What the command reports of each repeat."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        words = ["cancel", f"{url}/v1", "--stage", "after-events", "--how", "close", "--repeats", str(repeats)]
        words += ["--observe", observer, "--output", str(Path(folder) / "run"), "--json", str(report), "--quiet"]
        subprocess.run([*CONFORMANCE, *words], check=False, stdout=subprocess.DEVNULL)
        (row,) = json.loads(report.read_text(encoding="utf-8"))["cancellations"]
    runs: list[dict[str, Any]] = row["runs"]
    return runs


def settings(repeats: int) -> Iterator[tuple[str, float | None, list[dict[str, Any]]]]:
    """Observer, what was set, and what was reported of it."""
    for delay in DELAYS:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            port, log = stack.enter_context(upstream(folder))
            url = stack.enter_context(process(Behaviour(abort=delay), port))
            yield "upstream", delay, cancelled(url, f"upstream:{log}", repeats)
    for kind in PAGES:
        for delay in DELAYS:
            with engine_process(delay, kind) as url:
                yield kind, delay, cancelled(url, kind, repeats)


def line(observer: str, wanted: float | None, runs: Sequence[dict[str, Any]]) -> list[str]:
    """One row: what was set, the median of what was reported, the worst, and how far off the median is."""
    told = [run["propagated_ms"] for run in runs if "propagated_ms" in run]
    if wanted is None or not told:
        never = sum(run.get("never") is True for run in runs)
        return [observer, "never" if wanted is None else f"{wanted:,.0f}", f"never, {never} of {len(runs)}"]
    middle, off = median(told), median(told) - wanted
    worst = max(told, key=lambda value: abs(value - wanted))
    percent = f"{100 * off / wanted:.1f}" if wanted else ""
    least = median(run["propagated_ms"] - run["resolution_ms"] for run in runs if "propagated_ms" in run)
    return [observer, f"{wanted:,.0f}", f"{middle:,.2f}", f"{worst:,.2f}", f"{off:+.2f}", percent, f"{least:,.2f}"]


def main() -> None:
    """Measures all settings, and prints a table."""
    from tabulate import tabulate

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.engine:
        serve_engine(*json.loads(words.engine))
        return
    rows = []
    for observer, wanted, runs in settings(words.repeats):
        rows.append(line(observer, wanted, runs))
        print(f"{rows[-1][:3]}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    print(tabulate(rows, HEADS, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
