"""The built-in server: the replay server over the recordings that travel with the package.

Law: nothing but files and `ReplayServer`; the folder is found by the caller. What it plays is synthetic and conforms,
so that a run without a target shows what a good one looks like, offline, in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..core.cuts import recut
from ..core.recording import Read, Recording
from ..errors import InputError
from .load import load
from .replay import ReplayServer

NAME = "builtin"
FIRST = "text"
"""The scenario that comes first: it answers the first question that nobody recorded."""


def builtin_recordings(cassettes: Path, protocols: Sequence[str] | None = None) -> list[Recording]:
    """The recordings of the built-in server, of these protocols or of all. `cassettes` is the folder `cassettes/`.

    Raises InputError where the package holds none of one of them.
    """
    found: list[Path] = []
    for protocol in ["*"] if protocols is None else protocols:
        files = sorted(cassettes.glob(f"{protocol}/{NAME}/*.yaml"), key=lambda path: (path.stem != FIRST, path.stem))
        if not files:
            what = f"holds no built-in recordings{f' of {protocol}' if protocols else ''}."
            raise InputError(str(cassettes), what, "Name a target of your own, or install the package anew.")
        found += files
    return [recording for path in found for recording in load(path)]


def builtin_server(
    cassettes: Path, protocols: Sequence[str] | None = None, speed: float = 1.0, apart: float = 0.0
) -> ReplayServer:
    """The built-in server, not yet started: `with builtin_server(...) as server: server.url`.

    `apart`: each event comes so many milliseconds after the one before, at least, so that a client can leave between.
    """
    recordings = builtin_recordings(cassettes, protocols)
    return ReplayServer([_spread(one, apart) for one in recordings] if apart else recordings, speed=speed)


def _spread(recording: Recording, apart: float) -> Recording:
    """The recording with one read for each event, each behind the one before."""
    reads: list[Read] = []
    for read in recut(recording, "event").reads:
        reads.append(Read(max(read.at, reads[-1].at + apart) if reads else read.at, read.size))
    end = recording.end
    if reads and end.at is not None:
        end = replace(end, at=max(end.at, reads[-1].at + apart))
    return replace(recording, reads=tuple(reads), end=end)
