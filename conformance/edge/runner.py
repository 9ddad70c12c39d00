"""A run: every scenario is asked of its target, and every exchange becomes a cassette in the session's folder.

Law: it records and judges nothing. What a target answers is a recording, also when it refuses; only a target that never
answers is an error. A session is one target and one protocol; its folder's `manifest.json` says what was asked of whom,
when, and the digest of every cassette.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from ..core.recording import EndKind, Recording
from ..core.stream import StreamEvent
from ..errors import StorageError, TargetError, UsageError
from .recorder import Options, Watch, record
from .scenario import Scenario, Target
from .transport import StoppedError

MANIFEST = "manifest.json"
_TICK = 0.2


@dataclass
class Exchange:
    """One scenario, and what came of it: a recording in `path`, or the `error` for which there is none."""

    scenario: Scenario
    path: Path
    recording: Recording | None = None
    error: str | None = None
    events: int = 0
    first_event: float | None = None
    """Milliseconds."""

    @property
    def answered(self) -> bool:
        """True where the target answered with a stream, or refused where the scenario wants a refusal."""
        recording = self.recording
        if recording is None:
            return False
        streamed = 200 <= recording.status < 300 and self.events > 0
        return streamed or (recording.status in self.scenario.statuses and recording.status >= 400)

    @property
    def remark(self) -> str:
        """What is worth a word beside the status; empty where all is as the scenario expects."""
        recording, wanted = self.recording, self.scenario.statuses
        if recording is None:
            return self.error or "not asked"
        expected = " or ".join(str(status) for status in wanted)
        if recording.status >= 500 or (recording.status >= 400 and recording.status not in wanted):
            needs = f"needs {', '.join(self.scenario.needs)}" if self.scenario.needs else "refused"
            return needs if recording.status < 500 else "the server failed"
        end = recording.end
        if end.kind is not EndKind.EOF:
            return f"{end.kind.value}: {end.detail or 'by ' + str(end.by)}"
        return "" if recording.status in wanted else f"expected {expected}"


@dataclass
class Session:
    """One target, what it is asked in one protocol, and what came of it. `session` makes one."""

    target: Target
    folder: Path
    started: datetime
    exchanges: list[Exchange]
    ended: datetime | None = None
    interrupted: bool = False
    notes: Mapping[str, object] = field(default_factory=dict)
    """What every cassette's metadata says beside its own."""
    about: Mapping[str, object] = field(default_factory=dict)
    """What the manifest says beside its own: the tool, the ruleset."""


Told = Callable[[Exchange], None]


def session(
    target: Target,
    scenarios: Sequence[Scenario],
    folder: Path,
    *,
    notes: Mapping[str, object] | None = None,
    about: Mapping[str, object] | None = None,
) -> Session:
    """A session that has yet to run, and its folder.

    `notes` go into every cassette's metadata, `about` into the manifest.
    Raises StorageError where the folder cannot be made, UsageError where it holds something.
    """
    fresh(folder)
    exchanges = [Exchange(scenario, folder / f"{scenario.name}.yaml") for scenario in scenarios]
    return Session(target, folder, datetime.now(UTC), exchanges, notes=notes or {}, about=about or {})


def run(
    sessions: Sequence[Session],
    *,
    options: Options | None = None,
    concurrency: int = 1,
    on_start: Told = lambda exchange: None,
    on_done: Told = lambda exchange: None,
) -> None:
    """Asks all scenarios of all sessions, at most `concurrency` at once, and writes the cassettes and the manifests.

    `on_start` and `on_done` are called from the threads that do the work. Ctrl-C ends it: what was recorded is kept.
    Raises TargetError where the target cannot be reached, StorageError where nothing can be written.
    """
    work = _Work(sessions, options or Options(), on_start, on_done)
    try:
        _drive(work, concurrency)
    finally:
        for one in sessions:
            _close(one)
    if work.refused is not None:
        raise work.refused


def _close(session: Session) -> None:
    session.ended = datetime.now(UTC)
    if any(exchange.recording for exchange in session.exchanges):
        write_manifest(session)
    else:
        with contextlib.suppress(OSError):
            session.folder.rmdir()


class _Work:
    """What the threads share."""

    def __init__(self, sessions: Sequence[Session], options: Options, on_start: Told, on_done: Told) -> None:
        self.sessions = sessions
        self.options = options
        self.refused: TargetError | None = None
        self._on_start = on_start
        self._on_done = on_done
        self.watches: list[Watch] = []
        self.stopped = False

    def do(self, session: Session, exchange: Exchange) -> None:
        """One exchange, from its beginning to its cassette."""
        if self.stopped:
            return
        watch = Watch(on_event=lambda event: _count(exchange, event))
        self.watches.append(watch)
        self._on_start(exchange)
        target, notes = session.target, session.notes
        metadata = {"protocol": target.protocol, "scenario": exchange.scenario.name, "target": target.name, **notes}
        if target.dialect:
            metadata["dialect"] = target.dialect
        try:
            exchange.recording = record(
                target.ask(exchange.scenario),
                exchange.path,
                metadata,
                options=self.options,
                secrets=target.secrets,
                watch=watch,
            )
        except TargetError as error:
            exchange.error = str(error)
            self._failed(error)
        except StoppedError as stopped:
            exchange.error = stopped.reason
        self._on_done(exchange)

    def _failed(self, error: TargetError) -> None:
        """A target that cannot be reached at the very first will not be asked again."""
        if not any(exchange.recording for one in self.sessions for exchange in one.exchanges):
            self.refused = self.refused or error
            self.stop("the target cannot be reached")

    def stop(self, reason: str) -> None:
        """Cancels what is under way and begins nothing more."""
        self.stopped = True
        for watch in list(self.watches):
            watch.stop(reason)


def _count(exchange: Exchange, event: StreamEvent) -> None:
    exchange.events += 1
    if exchange.first_event is None:
        exchange.first_event = event.at


def _drive(work: _Work, concurrency: int) -> None:
    """Runs all exchanges in threads; waits in short steps, so that Ctrl-C is heard everywhere."""
    with ThreadPoolExecutor(max(1, concurrency), thread_name_prefix="conformance-run") as pool:
        every = [(session, exchange) for session in work.sessions for exchange in session.exchanges]
        pending: set[Future[None]] = {pool.submit(work.do, session, exchange) for session, exchange in every}
        while pending:
            try:
                done, pending = wait(pending, _TICK, FIRST_COMPLETED)
                for future in done:
                    future.result()
            except KeyboardInterrupt:
                for session in work.sessions:
                    session.interrupted = True
                work.stop("interrupted (Ctrl-C)")
            except BaseException:
                work.stop("the run failed")
                raise


# The folder


def fresh(folder: Path) -> None:
    """Makes a folder. Raises StorageError where that fails, UsageError where it is there and holds something."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as error:
        raise StorageError(str(folder), f"cannot be made ({error.strerror}).", "Choose another --output.") from error
    if taken:
        raise UsageError(f"The folder {folder} is not empty.", "Choose another --output; runs are never mixed.")


def folder_name(target: str, now: datetime) -> str:
    """`api.example.com-20261120T093000Z`."""
    return f"{re.sub(r'[^A-Za-z0-9.-]+', '-', target).strip('-.') or 'target'}-{now:%Y%m%dT%H%M%SZ}"


def write_manifest(session: Session) -> None:
    """What was asked of whom, when, with the digest of every cassette; nothing secret."""
    target = session.target
    parts = urlsplit(target.url)
    manifest = {
        "manifest": 1,
        "target": {
            "name": target.name,
            "url": parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl(),
            "protocol": target.protocol,
            "dialect": target.dialect,
            "model": target.model,
        },
        **session.about,
        "started": session.started.isoformat(timespec="milliseconds"),
        "ended": session.ended and session.ended.isoformat(timespec="milliseconds"),
        "interrupted": session.interrupted,
        "scenarios": [_entry(exchange) for exchange in session.exchanges],
    }
    path = session.folder / MANIFEST
    try:
        path.write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise StorageError(str(path), f"cannot be written ({error.strerror}).", "Check space and rights.") from error


def _entry(exchange: Exchange) -> dict[str, object]:
    recording = exchange.recording
    entry: dict[str, object] = {"scenario": exchange.scenario.name, "remark": exchange.remark or None}
    if recording is None:
        return entry
    digest = sha256(exchange.path.read_bytes()).hexdigest()
    seen = {"status": recording.status, "events": exchange.events, "bytes": len(recording.body)}
    end = {"end": recording.end.kind.value, "ended_at": recording.end.at}
    return {**entry, "cassette": exchange.path.name, "sha256": digest, **seen, **end}
