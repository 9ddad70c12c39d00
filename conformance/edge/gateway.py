"""The sandwich: this process is the client and the upstream of a gateway at once, and has one clock for both.

Law: it acts and leaves recordings, and judges nothing. Every case is asked under a marker of its own, so that the
upstream knows what to play, and every request that the gateway makes of it is found again. Whatever is waited for is
bounded, and a gateway that never asks the upstream is told as exactly that.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count, groupby

from ..core.recording import EndKind, Recording, Request
from ..core.sandwich import Sandwich, Upstream, marker
from ..core.sse import decode
from ..errors import TargetError
from .abort import Left, abort
from .gateway_case import LAST, Case, marked
from .gateway_load import Arrived, all_at_once
from .gateway_pair import save_pair
from .gateway_plan import Plan, asked_of, coldness, metadata_of, unanswered, written
from .gateway_pulse import Pulse
from .gateway_upstream import UpstreamServer
from .load import load
from .observers._told import unobserved
from .observers.upstream import of_served
from .recorder import INTERRUPTED, Options, Watch, record
from .runner_folder import Answer, Exchange, Session
from .runner_manifest import write_manifest

SETTLING = 1.0
"""Seconds that the upstream's side gets to end when the client's has ended."""
WARMINGS = 3
"""Requests that a gateway may fail before it counts as not answering: some fail their very first."""
_WHOLE = "after-terminal"
_SWITCH = 0.0002
"""Seconds after which our two threads give way to each other: neither shall wait for the other."""
Told = Callable[[Exchange], None]


@dataclass
class _Pending:
    """An abort whose end at the upstream is yet to be seen."""

    exchange: Exchange
    number: int
    left: Left


class GatewayTest:
    """One gateway under test. `target.url` of a session is the gateway's endpoint."""

    def __init__(self, upstream: UpstreamServer, plan: Plan, options: Options) -> None:
        self._upstream = upstream
        self._plan = plan
        self._options = options
        self._numbers = count(random.randrange(10**5) * 10**4)  # so that no cache knows a prompt of an earlier run
        self._pending: list[_Pending] = []
        self._pulse = Pulse()

    # Before

    def warm_up(self, session: Session) -> str | None:
        """Asks one plain question, several times if it must. Why the gateway does not speak the protocol, if so."""
        why = None
        for _ in range(WARMINGS):
            try:
                why = self._cold(session)
            except TargetError as error:
                why = str(error)
            if why is None:
                return None
        return why

    def _cold(self, session: Session) -> str | None:
        number = next(self._numbers)
        exchange = session.exchanges[0]
        request = self._prepared(session, self._plan.cases["text"], number, exchange)
        (found,) = all_at_once(self._upstream.loop, [request], self._options)
        self._settle(number)
        asked = self._upstream.heard(marker(number))
        if isinstance(found, TargetError):
            raise found
        return coldness(found.recording, [self._upstream.wrote(one) for one in asked])

    # The cases

    def run(self, sessions: Sequence[Session], on_start: Told, on_done: Told) -> None:
        """Asks every case of every session, and writes both sides and the manifests. Ctrl-C ends it: what was recorded
        is kept. Raises StorageError where nothing can be written."""
        for session in sessions:
            write_manifest(session)
        try:
            with _quick_threads(), Pulse() as self._pulse:
                for last in (False, True):  # a gateway that breaks after refusals shall do so behind all else
                    for session in sessions:
                        self._session(session, last, on_start, on_done)
        except KeyboardInterrupt:
            for session in sessions:
                session.interrupted = True
        finally:
            for session in sessions:
                session.ended = datetime.now(UTC)
                write_manifest(session)

    def _session(self, session: Session, last: bool, on_start: Told, on_done: Told) -> None:
        for name, group in groupby(session.exchanges, key=lambda one: one.scenario.name):
            case, same = self._plan.cases[name], list(group)
            if (case.group == LAST) is not last:
                continue
            if case.abort is None:
                self._see_aborts(session, on_done)
            for some in [same] if case.together else [[one] for one in same]:
                for exchange in some:
                    on_start(exchange)
                self._case(session, case, some)
                if case.abort is None:
                    self._done(session, some, on_done)
        self._see_aborts(session, on_done)

    def _done(self, session: Session, exchanges: Sequence[Exchange], on_done: Told) -> None:
        write_manifest(session)
        for exchange in exchanges:
            on_done(exchange)

    def _case(self, session: Session, case: Case, exchanges: Sequence[Exchange]) -> None:
        try:
            if case.together:
                self._together(session, case, exchanges)
            elif case.abort is not None:
                self._leave(session, case, exchanges[0])
            else:
                self._alone(session, case, exchanges[0])
        except TargetError as error:
            exchanges[0].error = str(error)

    def _prepared(self, session: Session, case: Case, number: int, exchange: Exchange) -> Request:
        """The request of a case, and the upstream told what to play for it."""
        own = number if case.together else None
        self._upstream.expect(marker(number), self._plan.play(case, self._plan.silence, own))
        return marked(session.target.ask(exchange.scenario), marker(number))

    # One after the other

    def _alone(self, session: Session, case: Case, exchange: Exchange) -> None:
        number = next(self._numbers)
        request = self._prepared(session, case, number, exchange)
        watch, began = Watch(), time.monotonic_ns()
        secrets = session.target.secrets
        try:
            client = record(
                request, exchange.path, metadata_of(session, case), options=self._options, secrets=secrets, watch=watch
            )
        except TargetError as error:
            if watch.wire is None or not watch.wire.sent_at:
                raise
            client = replace(self._unanswered(request, began, error), metadata=metadata_of(session, case))
        sent = watch.wire.sent_at if watch.wire is not None and watch.wire.sent_at else began
        self._settle(number)
        self._keep(session, case, exchange, client, number, sent)
        if client.end.detail == INTERRUPTED:
            exchange.interrupted = True
            raise KeyboardInterrupt

    def _unanswered(self, request: Request, began: int, error: TargetError) -> Recording:
        waited = (time.monotonic_ns() - began) / 1e6
        patient = waited >= min(self._options.idle, self._options.timeout) * 1000
        return unanswered(request, EndKind.TIMEOUT if patient else EndKind.TRUNCATED, waited, error.what)

    # At once

    def _together(self, session: Session, case: Case, exchanges: Sequence[Exchange]) -> None:
        numbers = [next(self._numbers) for _ in exchanges]
        pairs = zip(numbers, exchanges, strict=True)
        requests = [self._prepared(session, case, number, exchange) for number, exchange in pairs]
        found = all_at_once(self._upstream.loop, requests, self._options)
        for number, exchange, one in zip(numbers, exchanges, found, strict=True):
            self._settle(number)
            if isinstance(one, Arrived):
                client = replace(one.recording, metadata=metadata_of(session, case))
                self._keep(
                    session, case, exchange, client, number, one.sent, load=len(exchanges), marker=marker(number)
                )
            else:
                exchange.error = str(one)

    # Leaving

    def _leave(self, session: Session, case: Case, exchange: Exchange) -> None:
        """Asks and leaves; what the upstream saw of it is looked at when all have left, so that nobody waits twice."""
        stage = self._plan.stage(case, session.target.protocol)
        assert stage is not None
        number = next(self._numbers)
        request = self._prepared(session, case, number, exchange)
        left = abort(request, stage, options=self._options, metadata=metadata_of(session, case))
        self._pending.append(_Pending(exchange, number, left))

    def _see_aborts(self, session: Session, on_done: Told) -> None:
        """Waits for what the upstream saw of the clients that left, and keeps it."""
        pending, self._pending = self._pending, []
        for one in pending:
            case = self._plan.cases[one.exchange.scenario.name]
            heard = self._upstream.heard(marker(one.number))
            observer = of_served(lambda heard=heard: heard, self._plan.wait)  # type: ignore[misc]
            told = observer.told(one.left, over=False) | self._limit() if one.left.missed is None else {}
            if told.get("never") and case.abort is not None and case.abort.stage == _WHOLE:
                told = unobserved(observer.name, "the answer was whole: nothing was left to stop")
            watched = (time.monotonic_ns() - (one.left.left or 0)) / 1e6
            self._settle(one.number, 0.0)
            client = one.left.recording
            end = replace(client.end, observed={**client.end.observed, **told})
            more = {"watched_ms": round(watched, 3)} if one.left.missed is None else {}
            self._keep(session, case, one.exchange, replace(client, end=end), one.number, one.left.sent, **more)
            self._done(session, [one.exchange], on_done)

    def _limit(self) -> dict[str, object]:
        return {"within_ms": round(self._plan.within * 1000, 3)}

    # What came of it

    def _settle(self, number: int, seconds: float = SETTLING) -> None:
        """Waits until the upstream's side has ended, and ends it where it does not."""
        self._upstream.wait(lambda: self._upstream.settled(marker(number)), seconds)
        self._upstream.hang_up(marker(number))

    def _keep(
        self,
        session: Session,
        case: Case,
        exchange: Exchange,
        client: Recording,
        number: int,
        sent: int,
        **more: object,
    ) -> None:
        """Writes both sides, and notes the figures."""
        sides = tuple(
            Upstream(self._upstream.wrote(one), one.started * 1000 - sent / 1e6)
            for one in self._upstream.heard(marker(number))
        )
        busy = {"busy_ms": round(self._pulse.worst(sent), 3)}
        sandwich = Sandwich(case.name, sides, {**asked_of(case), **more, **busy})
        client = replace(client, end=replace(client.end, observed={**written(sandwich), **client.end.observed}))
        save_pair(exchange.path, client, sandwich, session.target.secrets)
        events = decode(client.body)[0]
        kept = load(exchange.path)[0]
        first = next((read.at for read in client.reads), None) if events else None
        exchange.answer = Answer.of(kept, exchange.path, len(events), first, len(events))


@contextmanager
def _quick_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
