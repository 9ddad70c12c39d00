"""Saving with redaction against plain saving, on the same recordings, side by side.

    python benchmarks/redact.py [FOLDER] [--repeat N]

Plain saving makes the text of a cassette as it is; saving with redaction looks for secrets in every header, URL and
body before. Both run on one core, in turn, without a disk, and the medians of CPU time count. The last line puts a key
into each body: then the places have to be told, too. FOLDER holds recordings.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from conformance import load  # noqa: E402
from conformance.core.recording import Recording  # noqa: E402
from conformance.edge.cassette import text  # noqa: E402
from conformance.edge.load import find  # noqa: E402
from conformance.edge.redact import redact_body, redact_recording  # noqa: E402
from conformance.edge.secrets_table import KINDS  # noqa: E402

CORPUS = HERE.parent.parent / "shared" / "corpus" / "cassettes"
KEY = b"sk-proj-" + b"aB3dE6gH9" * 8


def side_by_side(works: Sequence[Callable[[], object]], repeat: int) -> list[float]:
    """The median CPU seconds of each, run in turn."""
    seen: list[list[float]] = [[] for _ in works]
    for number in range(repeat + 1):
        for times, work in zip(seen, works, strict=True):
            start = time.process_time()
            work()
            if number:  # the first round warms up
                times.append(time.process_time() - start)
    return [median(times) for times in seen]


def leaky(recording: Recording) -> bytes:
    """The body with a key in it."""
    return b'data: {"content":"' + KEY + b'"}\n\n' + recording.body


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is no folder; name one that holds recordings")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    recordings = [replace(one, source="") for path in find([str(options.folder)]) for one in load(path)]
    size = sum(len(one.body) + len(one.request.body) for one in recordings)
    bodies = [one.body for one in recordings]
    with_keys = [leaky(one) for one in recordings]
    works = {
        "plain saving": lambda: [text([one]) for one in recordings],
        "saving with redaction": lambda: [text([redact_recording(one)]) for one in recordings],
        "redaction alone": lambda: [redact_recording(one) for one in recordings],
        "of that, response bodies": lambda: [redact_body(body) for body in bodies],
        "bodies that hold a key": lambda: [redact_body(body) for body in with_keys],
    }
    seconds = dict(zip(works, side_by_side(list(works.values()), options.repeat), strict=True))
    print(f"{len(recordings)} recordings, {size / 1e6:.1f} MB of bodies, {len(KINDS)} kinds of secrets")
    print(f"Python {platform.python_version()}, {platform.machine()}, one core\n")
    print(f"{'':<28}{'MB/s':>8}{'µs each':>10}{'of plain saving':>18}")
    for what, spent in seconds.items():
        share = spent / seconds["plain saving"]
        print(f"{what:<28}{size / spent / 1e6:>8.1f}{spent / len(recordings) * 1e6:>10.0f}{share:>17.1f}x")


if __name__ == "__main__":
    main()
