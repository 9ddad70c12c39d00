"""A run: every scenario is asked of its targets, and every exchange becomes a cassette in its session's folder.

Law: it records and judges nothing. What a target answers is a recording, also when it refuses; only a target that never
answers is an error, and ends nobody's work but its own. A request is sent again only where no byte of an answer came,
and that is always told.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from threading import Event, Lock

from ..core.recording import Recording
from ..core.stream import StreamEvent
from ..errors import TargetError
from .recorder import INTERRUPTED, Options, Watch, record
from .runner_folder import Answer, Exchange, Session
from .runner_manifest import MANIFEST, write_manifest
from .targets import Limits
from .transport import StoppedError

MAX_BYTES = 8 * 2**20
"""Bytes of one answer, where the target has no limit of its own: twenty times what any scenario asks for."""
_TICK = 0.2
_PATIENCE = 0.25
"""Seconds before the first request that is sent again; twice as long before each further."""

Told = Callable[[Exchange], None]


def _nothing(exchange: Exchange) -> None:
    pass


@dataclass
class Lane:
    """One target's work: its sessions, and how it is asked. Lanes run side by side and do not wait for each other."""

    sessions: Sequence[Session]
    options: Options = field(default_factory=Options)
    concurrency: int = 1
    retries: int = 0
    limits: Limits = field(default_factory=Limits)


def run(lanes: Sequence[Lane], *, on_start: Told = _nothing, on_done: Told = _nothing) -> None:
    """Asks all that is yet to be asked, and writes the cassettes and the manifests.

    `on_start` and `on_done` are called from the threads that do the work. Ctrl-C ends it: what was recorded is kept. A
    target that cannot be reached is told in `Session.refused`. Raises StorageError where nothing can be written.
    """
    works = [_Work(lane, on_start, on_done) for lane in lanes]
    for session in (session for lane in lanes for session in lane.sessions):
        write_manifest(session)
    try:
        _drive(works)
    finally:
        for work in works:
            work.close()


def _drive(works: Sequence[_Work]) -> None:
    """Runs all lanes in threads; waits in short steps, so that Ctrl-C is heard everywhere."""
    with ExitStack() as stack:
        pending: set[Future[None]] = set()
        for work in works:
            name = f"conformance-run-{work.lane.sessions[0].target.name}"
            pool = stack.enter_context(ThreadPoolExecutor(max(1, work.lane.concurrency), thread_name_prefix=name))
            pending |= {pool.submit(work.do, session, together) for session, together in work.units()}
        while pending:
            try:
                done, pending = wait(pending, _TICK, FIRST_COMPLETED)
                for future in done:
                    future.result()
            except KeyboardInterrupt:
                for work in works:
                    work.interrupt()
            except BaseException:
                for work in works:
                    work.stop("the run failed")
                raise


class _Work:
    """One lane under way: what its threads share."""

    def __init__(self, lane: Lane, on_start: Told, on_done: Told) -> None:
        self.lane = lane
        self._on_start, self._on_done = on_start, on_done
        self._watches: list[Watch] = []
        self._lock = Lock()
        self._stopped: str | None = None
        self._stopping = Event()
        self._requests = self._tokens = 0

    def units(self) -> list[tuple[Session, list[Exchange]]]:
        """What is asked at once: one exchange, or all copies of a scenario."""
        return [
            (session, one)
            for session in self.lane.sessions
            for _, group in groupby(_open(session), key=lambda found: found.scenario.name)
            for one in _together(list(group))
        ]

    # One after the other, in the lane's threads

    def do(self, session: Session, together: Sequence[Exchange]) -> None:
        """One exchange, or several at once, from the beginning to the cassettes."""
        if len(together) == 1:
            self._one(session, together[0])
            return
        with ThreadPoolExecutor(len(together), thread_name_prefix="conformance-copies") as pool:
            for future in [pool.submit(self._one, session, exchange) for exchange in together]:
                future.result()

    def _one(self, session: Session, exchange: Exchange) -> None:
        if self._stopped is not None:
            return
        self._on_start(exchange)
        while self._attempt(session, exchange):
            pass
        with self._lock:
            write_manifest(session)
        self._on_done(exchange)

    def _attempt(self, session: Session, exchange: Exchange) -> bool:
        """Asks once, unless a limit forbids it. True where it is to be asked again."""
        exchange.unasked = self._spent()
        if exchange.unasked is not None:
            return False
        try:
            self._ask(session, exchange)
        except StoppedError as stopped:
            exchange.unasked = f"no answer before it was stopped: {stopped.reason}"
        except TargetError as error:
            if self._again(exchange, error):
                return True
            exchange.error = str(error)
            self._failed(error)
        return False

    def _ask(self, session: Session, exchange: Exchange) -> None:
        target, scenario = session.target, exchange.scenario
        metadata = {"protocol": target.protocol, "scenario": scenario.name, "target": target.name, **session.notes}
        told = {"dialect": target.dialect, "target_version": target.version}
        metadata |= {name: value for name, value in told.items() if value}
        seen = _Seen(scenario.cancel.get("seen"))
        seen.watch.stopped = self._stopped
        self._watches.append(seen.watch)
        recording = record(
            target.ask(scenario),
            exchange.path,
            metadata,
            options=self._options(exchange),
            secrets=target.secrets,
            watch=seen.watch,
        )
        exchange.interrupted = self._stopped is not None and recording.end.detail == self._stopped
        tokens = tokens_of(recording, target.endpoint.tokens) or seen.events
        exchange.answer = Answer.of(recording, exchange.path, seen.events, seen.first, tokens)
        self._tokens += tokens

    def _options(self, exchange: Exchange) -> Options:
        scenario, options = exchange.scenario, self.lane.options
        return replace(
            options,
            cancel_after_events=scenario.cancel.get("after_events"),
            http2=options.http2 or scenario.http2,
            max_bytes=options.max_bytes or MAX_BYTES,
        )

    # What ends it

    def _spent(self) -> str | None:
        """Counts one more request, or says which limit forbids it."""
        limits = self.lane.limits
        with self._lock:
            if limits.requests is not None and self._requests >= limits.requests:
                return f"the limit of {limits.requests:,} requests is reached"
            if limits.tokens is not None and self._tokens >= limits.tokens:
                return f"{self._tokens:,} of {limits.tokens:,} tokens are spent"
            self._requests += 1
            return None

    def _again(self, exchange: Exchange, error: TargetError) -> bool:
        """Waits a while and returns True where the exchange is to be asked again."""
        if len(exchange.retries) >= self.lane.retries or self._stopped is not None:
            return False
        exchange.retries.append(str(error))
        return not self._stopping.wait(_PATIENCE * 2 ** (len(exchange.retries) - 1))

    def _failed(self, error: TargetError) -> None:
        """A target that cannot be reached at the very first will not be asked again."""
        if not any(exchange.answer for session in self.lane.sessions for exchange in session.exchanges):
            for session in self.lane.sessions:
                session.refused = session.refused or error
            self.stop("the target cannot be reached")

    def interrupt(self) -> None:
        """Ctrl-C."""
        for session in self.lane.sessions:
            session.interrupted = bool(_open(session))
        self.stop(INTERRUPTED)

    def stop(self, reason: str) -> None:
        """Cancels what is under way and begins nothing more."""
        self._stopped = reason
        self._stopping.set()
        for watch in list(self._watches):
            watch.stop(reason)

    def close(self) -> None:
        """Writes the manifests for good."""
        for session in self.lane.sessions:
            session.ended = datetime.now(UTC)
            write_manifest(session)


def forget(session: Session) -> None:
    """Takes away the folder of a session that recorded nothing."""
    with contextlib.suppress(OSError):
        (session.folder / MANIFEST).unlink()
        session.folder.rmdir()


def _open(session: Session) -> list[Exchange]:
    """What is yet to be asked."""
    return [one for one in session.exchanges if one.answer is None and one.skipped is None]


def _together(same: list[Exchange]) -> list[list[Exchange]]:
    """Copies are asked all at once; repeats and all else one by one."""
    return [same] if same[0].scenario.copies > 1 else [[one] for one in same]


class _Seen:
    """Counts events as they come, and stops the exchange when one of them shows what is waited for."""

    def __init__(self, pattern: str | None) -> None:
        self.events = 0
        self.first: float | None = None
        self.watch = Watch(on_event=self._event)
        self._pattern = re.compile(pattern.encode()) if pattern is not None else None

    def _event(self, event: StreamEvent) -> None:
        self.events += 1
        if self.first is None:
            self.first = event.at
        if self._pattern is not None and self._pattern.search(event.raw):
            self._pattern = None
            self.watch.stop("when what was waited for had come")


def tokens_of(recording: Recording, members: Sequence[str]) -> int:
    """Tokens that an answer tells: the sum of the highest values of these members, wherever they stand; 0 for none."""
    return sum(max(map(int, _values(recording.body, name)), default=0) for name in members)


def _values(body: bytes, member: str) -> list[bytes]:
    return re.findall(rb'"%b"\s*:\s*(\d{1,15})\b' % member.encode(), body)
