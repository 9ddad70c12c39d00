"""How often `conformance diff` calls noise a regression, whether it finds a slow server, and how long it all takes.

    python benchmarks/regression.py --noise 10
    python benchmarks/regression.py --speed FOLDER

Law: nothing here is asserted. The server is the replay server with the built-in recordings, in a process of its own, at
the pace that was recorded; it is asked by `conformance run`, as a nightly job would. Loopback only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from conformance import library  # noqa: E402
from conformance.catalogue import data_folder  # noqa: E402
from conformance.cli.diff_sides import numpy_or_none, sides  # noqa: E402
from conformance.cli.options import Inputs  # noqa: E402
from conformance.cli.told import told  # noqa: E402
from conformance.cli.work import Judge  # noqa: E402
from conformance.core.diff import Diff, rows  # noqa: E402
from conformance.core.diff_build import Options  # noqa: E402
from conformance.edge.history import append  # noqa: E402

STALL = "stall@3:seconds=0.2"
"""Before the fourth event nothing comes for 0.2 seconds: half of what a recorded stream takes in all."""


# Noise


def noise(repeats: int) -> None:
    """The same server 2N times, run after run compared; then N times with one that stalls."""
    with tempfile.TemporaryDirectory() as folder:
        plain = [_asked(Path(folder) / f"plain-{number}") for number in range(2 * repeats)]
        slow = [_asked(Path(folder) / f"slow-{number}", "--fault", STALL) for number in range(repeats)]
        pairs = zip(plain[::2], plain[1::2], strict=True)
        _count("the same server", [_compared(old, new) for old, new in pairs])
        _count(f"a server with {STALL}", [_compared(old, new) for old, new in zip(plain[::2], slow, strict=True)])


@contextmanager
def _server(folder: Path, *more: str) -> Iterator[str]:
    ready = folder.with_suffix(".ready")
    command = [sys.executable, "-m", "conformance", "replay", "builtin", "--port", "8093", "--quiet"]
    process = subprocess.Popen([*command, "--ready-file", str(ready), *more], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        while not (ready.exists() and ready.read_text()):
            time.sleep(0.05)
        yield ready.read_text().strip()
    finally:
        process.terminate()
        process.wait()


def _asked(folder: Path, *more: str) -> Path:
    with _server(folder, *more) as url:
        command = [sys.executable, "-m", "conformance", "run", url, "-o", str(folder), "--quiet"]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return folder


def _compared(old: Path, new: Path) -> Diff:
    return library.diff(*sides(str(old), str(new), Inputs(), 1), Options(numpy=numpy_or_none()))


def _count(what: str, diffs: Sequence[Diff]) -> None:
    """How many comparisons call something worse."""
    worse: Counter[str] = Counter()
    for found in diffs:
        levels = {(row.change.part.value, row.change.level) for row in rows(found.changes) if row.change.level}
        worse.update(f"{part} {level.label}" for part, level in levels)
    figures = sum(len(found.figures) for found in diffs)
    slower = sum(change.change == "slower" and bool(change.level) for found in diffs for change in found.changes)
    print(f"{what}: {len(diffs)} comparisons; {slower} of {figures} figures slower")
    print(f"  comparisons in which something got worse: {dict(worse) or 'none'}")


# Speed


def speed(folder: str, streams: int, runs: int) -> None:
    """Two folders with so many streams compared, a trend over so many runs, and SARIF of a folder."""
    with tempfile.TemporaryDirectory() as temporary:
        room = Path(temporary)
        old, new = _many(room / "old", streams), _many(room / "new", streams)
        _timed(f"diff of {streams} and {streams} streams", "diff", str(old), str(new), "--quiet", "--jobs", "1")
        kept = _kept(room / "history.sqlite", old, runs)
        _timed(f"trend over {runs} runs of 43 streams", "trend", "--history", kept, "--quiet")
        _timed("the same, one scenario", "trend", "--history", kept, "--quiet", "--scenario", "n0-accept-any")
    if folder:
        check = ("check", folder, "--quiet", "--jobs", "1", "--fail-on", "never")
        _timed(f"check of {folder}", *check)
        for form in ("sarif", "junit", "html"):
            with tempfile.TemporaryDirectory() as temporary:
                _timed(f"the same with --{form}", *check, f"--{form}", str(Path(temporary) / "report"))


def _many(folder: Path, streams: int) -> Path:
    """The built-in chat recordings again and again, each with a scenario of its own."""
    folder.mkdir()
    sources = sorted((data_folder("cassettes") / "openai-chat" / "builtin").glob("*.yaml"))
    for number, source in enumerate(islice(cycle(sources), streams)):
        text = source.read_text(encoding="utf-8").replace("scenario: ", f"scenario: n{number}-", 1)
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    return folder


def _kept(path: Path, folder: Path, runs: int) -> str:
    found = told([str(folder)], Judge(Inputs()), 1).runs[:43]
    named = [replace(run, metadata={**run.metadata, "target": "acme"}) for run in found]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(runs):
        at = (start + timedelta(hours=6 * number)).isoformat(timespec="milliseconds")
        append(str(path), library.report(named), at)
    return str(path)


def _timed(what: str, *arguments: str) -> None:
    seconds = []
    for _ in range(3):
        before = os.times()
        subprocess.run([sys.executable, "-m", "conformance", *arguments], cwd=ROOT, check=False, capture_output=True)
        after = os.times()
        seconds.append(after.children_user + after.children_system - before.children_user - before.children_system)
    print(f"{what}: {median(seconds):.2f} s of processor time, start of Python included")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--noise", type=int, metavar="N", help="compare N pairs of runs")
    parser.add_argument("--speed", nargs="?", const="", metavar="FOLDER", help="measure times; FOLDER for reports")
    parser.add_argument("--streams", type=int, default=300)
    parser.add_argument("--runs", type=int, default=1000)
    chosen = parser.parse_args()
    if chosen.noise:
        noise(chosen.noise)
    if chosen.speed is not None:
        speed(chosen.speed, chosen.streams, chosen.runs)


if __name__ == "__main__":
    main()
