"""`conformance cancel`: clients that leave, one after the other, and who looks on; each leaving becomes a cassette.

Law: it records and judges nothing. One at a time, because an observer must know whose request it sees. Before the
first, the target is asked as a baseline; after each, a short request shows whether it still serves. Every loop is
bounded: by the plan, by `Bounds.requests`, and by the seconds of the options.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ..core.recording import EndKind, Request
from ..errors import TargetError
from .abort import LISTEN, Left, Stage, abort
from .abort_line import How
from .cassette import save
from .observers import Observer, Told
from .recorder import Options, made
from .runner_folder import Answer, Exchange, Session
from .runner_manifest import write_manifest
from .scenario import Scenario

BASELINES = 3
"""Requests that are asked before the first leaving."""
PATIENCE = 2
"""Answers that end before a stage, after which it is not tried again; where time runs out, one is enough."""
OWN_END = 10.0
"""Seconds for which an answer is read that nobody leaves, to know when it ends by itself."""
BEFORE_HEAD = 0.05
"""Seconds after which a client leaves that waits for no head; half the time to the quickest head, if that is less."""
SHORT = 5.0
"""Seconds for which a short answer is read to its end, where nobody knows whether leaving it would stop it."""
_FIRST = Stage("first-event", events=1)


@dataclass(frozen=True)
class Leaving:
    """One way to leave at one stage: what is asked for it, and what is looked for behind it."""

    stage: Stage
    how: How
    scenario: Scenario
    over: bool = False
    """The generation is over at this stage: engines have nothing left to stop."""
    patient: bool = False
    """The client may stay at this stage for a moment, until every observer has seen the request running."""
    watch: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bounds:
    """What it may cost, and how long it takes. Seconds."""

    requests: int = 500
    within: float = 2.0
    """Until when a cancellation has to be seen: told to the rules with the evidence."""
    listen: float = LISTEN


@dataclass
class Work:
    """One target, what is to be done, and who looks on."""

    session: Session
    leavings: Sequence[tuple[Exchange, Leaving]]
    observers: Sequence[Observer]
    short: Scenario
    """What is asked before the first leaving and after each."""
    options: Options
    bounds: Bounds = field(default_factory=Bounds)


Done = Callable[[Exchange], None]


def cancel(work: Work, on_done: Done = lambda exchange: None) -> None:
    """Does it all. Cassettes and manifest are written as it goes; Ctrl-C keeps what there is.

    Raises StorageError where nothing can be written. A target that does not answer is told in `Session.refused`.
    """
    session = work.session
    write_manifest(session)
    try:
        _Cancelling(work).run(on_done)
    except KeyboardInterrupt:
        session.interrupted = True
    except TargetError as error:
        session.refused = error
    finally:
        for observer in work.observers:
            observer.close()
        session.ended = datetime.now(UTC)
        write_manifest(session)


class _Cancelling:
    """The work under way."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._asked = 0
        self._request = work.session.target.ask(work.short)
        self._baseline: dict[str, object] = {}
        self._head = BEFORE_HEAD
        self._lacking: dict[str, list[str]] = {}
        self._own_ends: dict[str, float] = {}

    def run(self, on_done: Done) -> None:
        """The baseline, then every leaving."""
        found = [self._short() for _ in range(BASELINES)]
        slowest, status = max((left.first_event or 0.0, left.recording.status) for left in found)
        self._baseline = {"baseline_ms": round(slowest, 3), "baseline_status": status}
        heads = [left.recording.headers_at for left in found if left.recording.headers_at is not None]
        self._head = min([BEFORE_HEAD, *(at / 2000 for at in heads)])
        for exchange, leaving in self._work.leavings:
            given_up = self._given_up(leaving.stage.name)
            if exchange.skipped is None and given_up:
                exchange.skipped = f"not tried again: {given_up}"
            elif exchange.skipped is None:
                self._one(exchange, leaving)
            write_manifest(self._work.session)
            on_done(exchange)

    def _given_up(self, stage: str) -> str | None:
        """Why a stage is not tried again: answers came to their end without it."""
        found = self._lacking.get(stage, [])
        return found[-1] if len(found) >= PATIENCE else None

    def _short(self, whole: bool = True) -> Left:
        """Asks for a short answer, and reads it to its end, or to its first event."""
        if whole:
            return self._whole(self._request, SHORT)
        self._asked += 1
        return abort(self._request, _FIRST, options=self._work.options)

    def _whole(self, request: Request, most: float) -> Left:
        """Asks, and reads to the end, for so many seconds behind the first event at most."""
        self._asked += 1
        return abort(request, replace(_FIRST, delay=most), options=self._work.options)

    def _one(self, exchange: Exchange, leaving: Leaving) -> None:
        most = self._work.bounds.requests
        if self._asked + 2 > most:
            exchange.unasked = f"the limit of {most:,} requests is reached"
            return
        try:
            self._begin(leaving)
            left = self._leave(exchange, leaving)
        except TargetError as error:
            exchange.error = str(error)
            return
        left = replace(left, own_end=self._own_ends.get(leaving.scenario.name))
        if left.missed is not None:
            self._missed(leaving.stage, left, left.missed)
        told = [observer.told(left, leaving.over) for observer in self._work.observers]
        found = evidence(told)
        session = left.session() if left.session else {}
        self._keep(exchange, left, {**found, **session, **self._next(whole="propagated_ms" not in found)})

    def _begin(self, leaving: Leaving) -> None:
        """Has the observers look. Where one is blunt, an answer that nobody leaves shows first when it ends."""
        observers, name = self._work.observers, leaving.scenario.name
        for observer in observers:
            observer.begin()
        if not leaving.over and name not in self._own_ends and any(observer.blunt() for observer in observers):
            self._own_ends[name] = self._whole(self._work.session.target.ask(leaving.scenario), OWN_END).at
            for observer in observers:
                observer.begin()

    def _missed(self, stage: Stage, left: Left, why: str) -> None:
        """Learns from a leaving that was none: stages that never come, heads that are quicker than they were."""
        if left.recording.end.kind is not EndKind.CANCELLED:
            times = PATIENCE if left.recording.end.kind is EndKind.TIMEOUT else 1
            self._lacking.setdefault(stage.name, []).extend([why] * times)
        elif stage.before_head:
            self._head /= 2

    def _leave(self, exchange: Exchange, leaving: Leaving) -> Left:
        work, stage = self._work, leaving.stage
        self._asked += 1
        request = work.session.target.ask(leaving.scenario)
        if stage.before_head and not stage.delay:
            stage = replace(stage, delay=self._head)
        then = self._request if leaving.how is How.RST_STREAM else None
        metadata = self._metadata(exchange.scenario.name)
        options = replace(work.options, http2=work.options.http2 or leaving.how is How.RST_STREAM)
        return abort(
            request, stage, leaving.how, options=options, listen=work.bounds.listen, watch=leaving.watch, then=then,
            metadata=metadata, ready=self._ready if leaving.patient else lambda: True,
        )  # fmt: skip

    def _ready(self) -> bool:
        return all(observer.ready() for observer in self._work.observers)

    def _metadata(self, scenario: str) -> dict[str, object]:
        session = self._work.session
        target = session.target
        found = {"protocol": target.protocol, "scenario": scenario, "target": target.name, **session.notes}
        if target.dialect:
            found["dialect"] = target.dialect
        return {**found, **made(datetime.now(UTC))}

    def _next(self, whole: bool) -> dict[str, object]:
        """Whether the next request is served, and how soon, beside the baseline."""
        bounds = self._work.bounds
        found: dict[str, object] = {"within_ms": bounds.within * 1000, **self._baseline}
        try:
            left = self._short(whole)
        except TargetError as error:
            return {**found, "next_error": str(error)}
        first = {} if left.first_event is None else {"next_ms": round(left.first_event, 3)}
        return {**found, "next_status": left.recording.status, **first}

    def _keep(self, exchange: Exchange, left: Left, told: Told) -> None:
        recording, target = left.recording, self._work.session.target
        end = replace(recording.end, observed={**recording.end.observed, **told})
        recording = replace(recording, end=end)
        save(exchange.path, [recording], target.secrets)
        exchange.answer = Answer.of(recording, exchange.path, left.events, left.first_event, left.events)


def evidence(told: Sequence[Told]) -> Told:
    """What all observers tell, as it stands in `end`: the worst that somebody saw, and under `others` the others."""
    ranked = sorted(told, key=lambda one: 2 if "unobserved" in one else 0 if "never" in one else 1)
    if not ranked:
        return {}
    return {**ranked[0], **({"others": ranked[1:]} if len(ranked) > 1 else {})}
