"""The writing end of the proxy, a process of its own: cassettes, one per exchange, and a line for each in a journal.

Law: it forwards nothing, and so nobody waits for it: not for a disk, not for a scan for secrets, not for a judge. What
it hears comes as lists of notes, `(method of Desk, number of the exchange, ...)`; when nothing more comes, whatever the
reason, it ends what is open as cut by the recorder. Times in notes are nanoseconds of one monotonic clock.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import IO, Any

from .. import __version__
from ..core.recording import End, EndKind, Headers, Request
from ..core.sse import decode
from ..errors import StorageError
from .coding import CodingError, Decoder, arriving
from .proxy_notes import STOPPED, Passed, Setup
from .redact import redact_text, redact_uri
from .replay_log import LogFile
from .runner_folder import folder_name
from .writer import CassetteWriter

JOURNAL = "exchanges.jsonl"
_INTERVAL = 0.25
"""Seconds between two looks at what is to be flushed."""
_SHARE = 20
"""A cassette rests this many times as long as its flush took, times the number of those that are open."""
_LONGEST_REST = 5.0
_NICE = 10
"""Where processors are scarce, forwarding goes first."""
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key"})


Judge = Callable[[Path], object]


class _Tape:
    """One exchange that still runs."""

    def __init__(self, passed: Passed, request: Request, sent: int) -> None:
        self.passed = passed
        self.request = request
        self.sent = sent
        self.writer: CassetteWriter | None = None
        self.decoder = Decoder()
        self.body: list[bytes] = []
        self.broken: End | None = None
        self.due = 0.0

    def ms(self, stamp: int) -> float:
        """Milliseconds from the sending of the request."""
        return max(0.0, (stamp - self.sent) / 1e6)


class Desk:
    """Takes the notes of a proxy, and writes them."""

    def __init__(self, setup: Setup, judge: Judge | None, tell: Callable[[Passed], None]) -> None:
        """`judge` looks at every cassette that is complete; `tell` gets each exchange that has ended."""
        self._setup = setup
        self._folder = Path(setup.folder)
        self._judge = judge
        self._tell = tell
        self._tapes: dict[int, _Tape] = {}
        self._journal = LogFile(self._folder / JOURNAL)

    # Notes

    def ask(self, number: int, sent: int, began: float, request: tuple[Any, ...]) -> None:
        """A request was sent; `began` in seconds since 1970."""
        method, uri, fields, body = request
        asked = Request(method, uri, Headers.of_bytes(fields), body)
        at = datetime.fromtimestamp(began, UTC).isoformat(timespec="milliseconds")
        self._tapes[number] = _Tape(Passed(number, at, method, redact_uri(asked.path)), asked, sent)

    def sent(self, number: int, at: int) -> None:
        """The upstream is connected, and gets the request: times count from here."""
        self._tapes[number].sent = at

    def head(self, number: int, at: int, status: int, reason: str, fields: Iterable[Any], version: str) -> None:
        """The response has begun: so does its cassette."""
        tape = self._tapes[number]
        headers = Headers.of_bytes(fields)
        coding, tape.decoder = arriving(headers.get("content-encoding"))
        tape.passed.status = status
        tape.passed.stream = 200 <= status < 300 and _is_stream(headers)
        tape.passed.cassette = f"{number:05}-{_name(tape.passed.path)}.yaml"
        made = {"recorded_with": f"llm-stream-conformance {__version__}", "recorded": tape.passed.at}
        known = (*self._setup.known, *_own(tape.request))
        path = self._folder / tape.passed.cassette
        tape.writer = CassetteWriter(path, {**self._setup.metadata, **made}, known, interval=None)
        tape.writer.begin(tape.request, status, reason, headers, version, tape.ms(at), coding, relayed=True)

    def read(self, number: int, at: int, data: bytes, handed: int) -> None:
        """A read was handed on."""
        tape = self._tapes[number]
        if tape.broken is not None or tape.writer is None:
            return
        try:
            plain = tape.decoder.feed(data)
        except CodingError as error:
            tape.broken = End(EndKind.TRUNCATED, tape.ms(at), None, error.what)
            return
        self._keep(tape, at, plain, tape.ms(handed))

    def end(self, number: int, at: int, outcome: str, kind: str, by: str | None, detail: str | None) -> None:
        """The response has ended."""
        tape = self._tapes.pop(number)
        self._keep(tape, at, tape.decoder.flush() if tape.broken is None else b"", None)
        if kind == EndKind.EOF and not tape.decoder.complete:
            detail = "the content coding has no end"
        self._finish(tape, tape.broken or End(EndKind(kind), tape.ms(at), by, detail), outcome)

    def fail(self, number: int, at: int, outcome: str, why: str) -> None:
        """No response came."""
        tape = self._tapes.pop(number)
        passed = tape.passed
        passed.outcome, passed.error, passed.ended_at = outcome, redact_text(why, _own(tape.request)), tape.ms(at)
        self._done(passed)

    # Writing

    def flush(self) -> None:
        """Brings those cassettes up to date that have rested long enough."""
        for tape in self._tapes.values():
            if tape.writer is not None and tape.due <= (now := monotonic()):
                tape.writer.flush()
                rest = _SHARE * (monotonic() - now) * len(self._tapes)
                tape.due = monotonic() + max(_INTERVAL, min(rest, _LONGEST_REST))

    def close(self) -> None:
        """Nothing more comes: what is open ends here."""
        for number in list(self._tapes):
            tape = self._tapes.pop(number)
            if tape.writer is None:
                tape.passed.outcome, tape.passed.error = STOPPED, "no response: the proxy was stopped"
                self._done(tape.passed)
            else:
                last = End(EndKind.TRUNCATED, tape.passed.ended_at, "recorder", "the proxy was stopped")
                self._finish(tape, tape.broken or last, STOPPED)
        self._journal.close()

    def _keep(self, tape: _Tape, at: int, data: bytes, handed: float | None) -> None:
        if data and tape.writer is not None:
            tape.passed.ended_at = tape.ms(at)
            tape.passed.bytes += len(data)
            tape.writer.read(tape.ms(at), data, handed)
            if tape.passed.stream:
                tape.body.append(data)

    def _finish(self, tape: _Tape, end: End, outcome: str) -> None:
        passed = tape.passed
        assert tape.writer is not None
        assert passed.cassette is not None
        tape.writer.finish(end)
        passed.outcome, passed.error, passed.ended_at = outcome, end.detail, end.at or 0.0
        passed.events = len(decode(b"".join(tape.body))[0])
        if self._judge is not None:
            passed.verdict = self._judge(self._folder / passed.cassette)
        self._done(passed)

    def _done(self, passed: Passed) -> None:
        line = asdict(passed)
        del line["verdict"]
        self._journal.add(line)
        self._tell(passed)


def _own(request: Request) -> tuple[str, ...]:
    """The keys that a request carries, so that nothing that repeats them is written."""
    values = [value for name, value in request.headers if name.lower() in _CREDENTIALS]
    return tuple(value.split()[-1] for value in values if value.strip())


def _is_stream(headers: Headers) -> bool:
    return (headers.get("content-type") or "").partition(";")[0].strip().lower() == "text/event-stream"


def _name(path: str) -> str:
    """The last two segments of a path, as part of a file's name."""
    return folder_name("-".join(path.strip("/").split("/")[-2:]), None)[:60]


# The process


def serve(judge_of: Callable[[object], Judge | None], source: IO[bytes], sink: IO[bytes]) -> None:
    """Takes notes from `source` until it ends; writes each exchange that has ended to `sink`, or the StorageError that
    ended it all. `judge_of` makes the judge of what the setup says."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the proxy ends this process by closing `source`
    if hasattr(os, "nice"):
        os.nice(_NICE)
    setup = pickle.load(source)
    batches: SimpleQueue[list[tuple[Any, ...]] | None] = SimpleQueue()
    Thread(target=_listen, args=(source, batches), daemon=True).start()

    def tell(passed: object) -> None:
        pickle.dump(passed, sink)
        sink.flush()

    try:
        with redirect_stdout(sys.stderr):
            desk = Desk(setup, judge_of(setup.judging), tell)
            _write(desk, batches)
            desk.close()
    except StorageError as error:
        tell((error.path, error.what.removeprefix(f"{error.path}: "), error.hint))
    except BrokenPipeError:
        pass  # the proxy was killed; the cassettes are written


def _listen(source: IO[bytes], batches: SimpleQueue[list[tuple[Any, ...]] | None]) -> None:
    with suppress(EOFError, pickle.UnpicklingError, OSError):  # also where the proxy was killed
        while True:
            batches.put(pickle.load(source))
    batches.put(None)


def _write(desk: Desk, batches: SimpleQueue[list[tuple[Any, ...]] | None]) -> None:
    flushed = monotonic()
    while True:
        batch: list[tuple[Any, ...]] | None = []
        with suppress(Empty):
            batch = batches.get(timeout=_INTERVAL)
        if batch is None:
            return
        for name, *note in batch:
            getattr(desk, name)(*note)
        if monotonic() - flushed >= _INTERVAL:
            desk.flush()
            flushed = monotonic()


if __name__ == "__main__":
    from conformance.edge import proxy_desk

    proxy_desk.serve(lambda judging: None, sys.stdin.buffer, sys.stdout.buffer)  # what it sends is of no `__main__`
