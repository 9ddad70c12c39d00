"""A client that asks once and leaves on purpose: at a stage of the answer, in a way of one's choice.

Law: one thread, one socket; the stage is noticed in the read that reaches it, and nothing lies between that and the
leaving but the delay that was asked for. What a client can see goes into the recording's end; what it cannot see,
observers add (`observers/`). The body holds what came until the client left, the end tells what still came behind.

    left = abort(request, Stage("after-events", events=3), How.RESET)
    left.recording.end.observed          # {"stage": "after-events", "how": "reset", "closed_ms": 0.04, ...}
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from ..core.recording import End, EndKind, Evidence, Headers, Recording, Request
from .abort_http import Http1, Http2, Speaker
from .abort_line import How, Line, silent, unanswered
from .abort_tape import Tape
from .coding import CodingError
from .recorder import Options

LISTEN = 1.0
"""Seconds for which a client that left by half-close or RST_STREAM listens to what still comes."""
HOLD = 1.0
"""Seconds for which a client stays at its stage, at most, for those who are not ready to see it leave."""
_TICK = 2_000_000
UNANSWERED = 499
"""Stands for the status where the client left before one came: nginx's word for it, registered for nothing else."""
_UNANSWERED_REASON = "Client Closed Request"
_NOTHING_CAME = frozenset({Evidence.HEADERS, Evidence.FRAMING})
Session = Callable[[], dict[str, object]]


@dataclass(frozen=True)
class Stage:
    """Where in an answer the client leaves: before the head, after so many events, or when an event was seen."""

    name: str
    before_head: bool = False
    events: int | None = None
    """When so many events have come; 0: when the head has come."""
    seen: str | None = None
    """When an event has come in whose data this pattern is found."""
    unless: str | None = None
    """Too late where an event has come in which this pattern is found."""
    lacking: str = ""
    """What it means where the answer ends before."""
    late: str = ""
    """What it means where `unless` came first."""
    delay: float = 0.0
    """Seconds between reaching it and leaving: longer than the gaps between events, it leaves in a silence."""
    patience: float | None = None
    """Seconds after the request in which it leaves all the same: a server that holds everything back never shows it."""


@dataclass(frozen=True)
class Left:
    """What became of one abort. Stamps are `time.monotonic_ns()`."""

    recording: Recording
    sent: int
    """When the request was handed to the network."""
    left: int | None
    """When the client left, taken right before the call; None where it never came to it."""
    missed: str | None
    """Why the client did not leave at its stage."""
    events: int
    first_event: float | None
    """Milliseconds from the request to the first event; of an answer without events to its head."""
    own_end: float | None = None
    """Milliseconds from the request until such an answer ends by itself, at least, where that was tried."""
    session: Session | None = None
    """Asks on the connection that RST_STREAM left open, tells what became of it (`session_usable`), and closes it."""

    @property
    def at(self) -> float:
        """Milliseconds from the request to the leaving; to the end, where it never came to it."""
        return self.recording.end.at or 0.0


def abort(
    request: Request,
    stage: Stage,
    how: How = How.CLOSE,
    *,
    options: Options | None = None,
    listen: float = LISTEN,
    watch: Mapping[str, str] | None = None,
    then: Request | None = None,
    metadata: Mapping[str, object] | None = None,
    ready: Callable[[], bool] = lambda: True,
) -> Left:
    """Asks, leaves, and tells what came. Nothing is written.

    `watch` names patterns that are looked for in what comes behind the leaving (`after_seen`); `then` is asked on the
    connection that an RST_STREAM leaves open when `Left.session` is called, which has to be; `ready` may hold the
    client at its stage for HOLD seconds. Raises TargetError where no connection or no answer came; bounded by
    `options.timeout`, `options.idle`, `options.max_bytes` and `listen`.
    """
    options = options or Options()
    line, session = Line(request.uri, options), None
    try:
        one = _Exchange(line, request, stage, how, options, ready)
        missed = one.reach()
        if missed is None:
            session = one.leave(listen, watch or {}, then)
        return replace(one.told(missed, metadata or {}), session=session)
    finally:
        if session is None:
            line.close()


class _Exchange:
    """One request under way."""

    def __init__(
        self, line: Line, request: Request, stage: Stage, how: How, options: Options, ready: Callable[[], bool]
    ) -> None:
        self._line, self._request, self._stage, self._how, self._options = line, request, stage, how, options
        self._ready = ready
        self._http2 = Http2() if line.http2 else None
        self._speaker: Speaker = self._http2 or Http1()
        self._tape = Tape()
        self._headers_at: float | None = None
        self._seen = re.compile(stage.seen.encode()) if stage.seen else None
        self._unless = re.compile(stage.unless.encode()) if stage.unless else None
        self._looked = self._holds = 0
        self._end = End()
        self._left: int | None = None
        self._sent = 0
        self._impatient = False

    # Until the stage

    def reach(self) -> str | None:
        """Asks and reads until the client is to leave. Why it is not to, if it is not."""
        if self._how is How.RST_STREAM and self._http2 is None:
            self._end = End(EndKind.CANCELLED, 0.0, "client", "not asked")
            return "there is no RST_STREAM on HTTP/1.1: the server did not take HTTP/2"
        try:
            return self._read_on()
        except OSError as error:
            if self._headers_at is None:
                raise silent(self._request.uri, f"the connection broke before an answer ({error}).") from error
            self._end = End(EndKind.RESET, self._ms(), None, str(error))
            return "the server broke the connection"

    def _read_on(self) -> str | None:
        self._sent = self._line.send(self._speaker.opening(self._request))
        ends = self._sent + int(self._options.timeout * 1e9)
        due = self._due(self._sent) if self._stage.before_head else None
        patience = self._stage.patience
        latest = None if patience is None else self._sent + int(patience * 1e9)
        while due is None or time.monotonic_ns() < (due := self._held(due)):
            got = self._line.read(self._until(ends, latest if due is None else due))
            if got is None and due is None:
                self._impatient = latest is not None and time.monotonic_ns() >= latest
                return None if self._impatient else self._timed_out()
            if got is None:
                continue
            if not self._hear(*got):
                return self._ended(due)
            if due is None and self._reached():
                due = self._due(got[1])
            if self._speaker.answer.ended:
                return self._ended(due)
        return self._too_late()

    def _due(self, stamp: int) -> int:
        return stamp + int(self._stage.delay * 1e9)

    def _held(self, due: int) -> int:
        """When to leave: a little later as long as somebody is not ready, but for HOLD seconds at most."""
        now = time.monotonic_ns()
        if now < due:
            return due
        self._holds = self._holds or now + int(HOLD * 1e9)
        return due if now >= self._holds or self._ready() else now + _TICK

    def _until(self, ends: int, due: int | None) -> int:
        idle = time.monotonic_ns() + int(self._options.idle * 1e9)
        return min(ends, idle) if due is None else min(ends, due)

    def _hear(self, data: bytes, stamp: int) -> bool:
        """Takes one read. False where nothing can follow."""
        answer, at = self._speaker.answer, self._ms(stamp)
        back = self._speaker.feed(data)
        if back:
            self._line.send(back)
        if answer.status is not None and self._headers_at is None:
            self._headers_at = at
        try:
            self._tape.add(answer.take(), at, answer.headers.get("content-encoding", "") or "")
        except CodingError as error:
            answer.broken = error.what
        most = self._options.max_bytes
        return bool(data) and answer.broken is None and (most is None or len(self._tape.body) < most)

    def _reached(self) -> bool:
        stage, events = self._stage, self._tape.events
        if self._speaker.answer.refused:
            return False
        if stage.events is not None:
            return self._headers_at is not None and len(events) >= stage.events
        fresh, self._looked = events[self._looked :], len(events)
        return self._seen is not None and any(self._seen.search(event.raw) for event in fresh)

    def _too_late(self) -> str | None:
        """Why it is too late to leave at this stage, or None."""
        early = self._stage.before_head and self._headers_at is not None
        if early or (self._unless and any(self._unless.search(event.raw) for event in self._tape.events)):
            self._end = End(EndKind.CANCELLED, self._ms(), "client", "too late for its stage")
            return self._stage.late or ("the head had come" if early else f"{self._stage.name} was over")
        return None

    def _ended(self, due: int | None) -> str | None:
        """The answer has ended: an orderly end may be left behind, too, where its stage was reached."""
        answer = self._speaker.answer
        if answer.status is None:
            raise unanswered(self._request.uri, answer.broken or "no byte came", self._http2 is not None)
        if due is not None and answer.broken is None:
            return self._too_late()
        missed = answer.refused or self._stage.lacking or f"the answer ended before {self._stage.name}"
        if answer.broken is not None:
            self._end = End(EndKind.TRUNCATED, self._ms(), None, answer.broken)
        elif answer.ended:
            self._end = End(EndKind.EOF, self._ms(), None, missed)
        else:
            self._end = End(EndKind.CANCELLED, self._ms(), "client", "the answer is longer than the limit")
        return missed

    def _timed_out(self) -> str:
        options = self._options
        slow = self._ms() >= options.timeout * 1000
        what = f"not reached within {options.timeout:g} s" if slow else f"no byte for {options.idle:g} s"
        if self._speaker.answer.status is None:
            raise silent(self._request.uri, f"no response ({what}).")
        self._end = End(EndKind.TIMEOUT, self._ms(), None, what)
        return what

    def _ms(self, stamp: int | None = None) -> float:
        return ((stamp or time.monotonic_ns()) - self._sent) / 1e6

    # Leaving

    def leave(self, listen: float, watch: Mapping[str, str], then: Request | None) -> Session | None:
        """Leaves, listens to what still comes, and closes, or leaves that to what it returns."""
        after: dict[str, object] = {}
        session = None
        ended = self._speaker.answer.ended
        if self._http2 is not None and self._how is How.RST_STREAM:
            from .abort_after import left_stream, session_of

            self._left, after = left_stream(self._line, self._http2, listen, watch)
            if then is not None:
                session = partial(session_of, self._line, self._http2, then, self._options)
        else:
            self._left = self._line.leave(self._how)
            if self._how is How.HALF_CLOSE:
                from .abort_after import still_came

                after = still_came(self._line, self._speaker, self._left, listen, watch)
        if session is None:
            self._line.close()
        closed = (time.monotonic_ns() - self._left) / 1e6
        told = {"stage": self._stage.name, "how": self._how.value, "closed_ms": round(closed, 3), **after}
        if ended:
            told["body_ended"] = True
        if self._impatient:
            told["impatient"] = True
        detail = f"{self._how.value} {self._stage.name}"
        self._end = End(EndKind.CANCELLED, self._ms(self._left), "client", detail, told)
        return session

    def told(self, missed: str | None, metadata: Mapping[str, object]) -> Left:
        """All that came, as a recording."""
        answer, tape, end = self._speaker.answer, self._tape, self._end
        if missed is not None:
            observed = {"stage": self._stage.name, "how": self._how.value, "missed": missed}
            end = End(end.kind, end.at, end.by, end.detail, observed)
        unanswered = self._headers_at is None
        recording = Recording(
            request=self._request,
            status=UNANSWERED if unanswered else answer.status or UNANSWERED,
            reason=_UNANSWERED_REASON if unanswered else answer.reason,
            headers=Headers() if unanswered else answer.headers,
            body=bytes(tape.body),
            reads=tuple(tape.reads),
            end=end,
            http_version=answer.version,
            headers_at=self._headers_at,
            missing=_NOTHING_CAME if unanswered else frozenset(),
            metadata=metadata,
        )
        first = tape.events[0].at if tape.events else self._headers_at
        return Left(recording, self._sent, self._left, missed, len(tape.events), first)
