"""What became of each request: a line for the terminal, and a JSON object for `--log`.

Law: plain values and text; who prints or writes them is the caller, the file apart. The keys, their units and meanings
are published in `schemas/replay-log.json`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import IO

import orjson

from ..core.recording import Recording, Request
from ..errors import StorageError
from .replay_match import model_of
from .replay_plan import Plan

PLAYING, PLAYED, ANSWERED, REFUSED = "playing", "played", "answered", "refused"
CLIENT_GONE, STOPPED = "client-gone", "stopped"


@dataclass(slots=True)
class Served:
    """One request and what became of it. Times in seconds of the event loop's clock."""

    request: Request
    status: int
    recording: int | None = None
    """Index of the recording that was played; None: none."""
    started: float = 0.0
    ended: float | None = None
    outcome: str = PLAYING
    """`playing`, `played`, `answered` (no recording), `refused` (no request), `client-gone`, `stopped`."""
    number: int = 0
    client: str = ""
    """Address and port."""
    began: float = 0.0
    """Seconds since 1970."""
    pieces: int = 0
    """Pieces (recorded reads) that were written."""
    bytes: int = 0
    """Bytes of body in them."""
    events: int = 0
    """Whole events in them."""
    times: list[float] = field(default_factory=list)
    """Seconds from the request to each write, where a log is kept; then `sizes` are the bytes of body in each."""
    sizes: Sequence[int] = ()
    reset: bool = False
    """The client went away by a reset (RST), not by an orderly close (FIN)."""
    version: str = "1.1"
    """Of HTTP, as the client asked."""

    def written(self, plan: Plan, pieces: Sequence[int]) -> None:
        """Notes how much of a plan was written: the pieces that had gone out after each write, from 0."""
        self.pieces, self.bytes = pieces[-1], plan.sent(pieces[-1])
        self.events = plan.events(self.bytes)
        if self.times:
            self.sizes = [plan.sent(after) - plan.sent(before) for before, after in pairwise(pieces)]


def line(served: Served, recordings: Sequence[Recording]) -> str:
    """One line for people."""
    asked = f"{served.request.method} {served.request.path}" if served.request.method else "a broken request"
    if served.recording is None:
        return f"{asked}  {served.status}"
    recording = recordings[served.recording]
    place = f"{Path(recording.source).name or 'recording'}#{recording.interaction}"
    took = f"{((served.ended or served.started) - served.started) * 1000:.1f} ms"
    events = f"{served.events} event{'s' if served.events != 1 else ''}, " if served.events else ""
    amount = f"{events}{served.bytes} bytes"
    told = {CLIENT_GONE: f"the client went away after {amount}", STOPPED: f"stopped after {amount}"}
    return f"{asked}  {served.status}  {place}  {told.get(served.outcome, f'played {amount}')}, {took}"


def entry(served: Served, recordings: Sequence[Recording]) -> Mapping[str, object]:
    """The JSON object of one request; see `schemas/replay-log.json`."""
    recording = None if served.recording is None else recordings[served.recording]
    ended = None if served.ended is None else _ms(served.ended - served.started)
    return {
        "number": served.number,
        "at": datetime.fromtimestamp(served.began, UTC).isoformat(timespec="microseconds"),
        "client": served.client,
        "method": served.request.method,
        "path": served.request.path,
        "model": model_of(served.request) or None,
        "status": served.status,
        "cassette": recording and recording.source,
        "interaction": recording and recording.interaction,
        "scenario": recording and recording.metadata.get("scenario"),
        "outcome": served.outcome,
        "ended_at": ended,
        "gone_at": ended if served.outcome == CLIENT_GONE else None,
        "reads": served.pieces,
        "bytes": served.bytes,
        "events": served.events,
        "writes": [[_ms(at), size] for at, size in zip(served.times, served.sizes, strict=True)],
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


class LogFile:
    """A file of JSON lines: one when a recording begins to be played, one when a request has ended.

    Raises StorageError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file: IO[bytes] = path.open("ab", buffering=0)
        except OSError as error:
            raise self._failed(error) from error

    def add(self, value: Mapping[str, object]) -> None:
        """Appends one line, at once."""
        try:
            self._file.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _failed(self, error: OSError) -> StorageError:
        return StorageError(str(self._path), f"cannot be written ({error.strerror}).", "Check its folder and space.")
