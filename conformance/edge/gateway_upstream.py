"""The upstream of a gateway under test: the replay server, told by a marker in the prompt what to play.

Law: gateways drop header fields that they do not know, but never the prompt: so the prompt carries the case. Whatever
a gateway asks is answered and noted, with the marker or without; what is played depends on what the request speaks.
Times are those of `time.monotonic()`, as the client's are.

    with UpstreamServer(spoken, models=["mock"]) as upstream:
        upstream.expect("marker0001x", Play(cassettes))
        ...                                                # the client asks the gateway
        upstream.heard("marker0001x")                      # what the gateway asked, and what became of it
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Condition

from ..core.recording import End, EndKind, Headers, Read, Recording, Request
from ..core.sandwich import GATEWAY
from .replay import ReplayServer
from .replay_http import Connection
from .replay_log import ANSWERED, CLIENT_GONE, PLAYED, PLAYING, Served
from .replay_match import Miss
from .replay_models import models_answer
from .replay_plan import Plan, plan
from .replay_play import Ask

MARKER = re.compile(rb"marker\d{4,}x")
"""What `core.sandwich.marker` makes."""
_MOMENT = 2.0
"""Seconds that our own loop may take to do what it is told."""
STRAYS = 1_000
"""Requests without a marker that are kept."""


@dataclass(frozen=True)
class Spoken:
    """What a request asks for: its protocol (None: nobody knows it), whether a stream, and whether usage with it."""

    protocol: str | None
    streamed: bool = True
    usage: bool = False


@dataclass(frozen=True)
class Play:
    """What is played for one marker, by what a request asks for."""

    recordings: Mapping[Spoken, Recording]


@dataclass
class _Expected:
    plans: Mapping[Spoken, int]
    served: list[Served] = field(default_factory=list)


class UpstreamServer(ReplayServer):
    """Plays what the marker in a request's prompt stands for."""

    def __init__(
        self,
        spoken: Callable[[Request], Spoken],
        models: Sequence[str] = (),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """`spoken` says what a request speaks; `models` are listed to who asks which there are."""
        super().__init__((), host=host, port=port, grace=0.0, told=self._ended)
        self.strays: list[Served] = []
        """Requests that carried no marker that was expected, the questions for models and health among them."""
        self._spoken = spoken
        self._models = list(models)
        self._expected: dict[str, _Expected] = {}
        self._news = Condition()
        self._hung_up: set[int] = set()
        self._known: dict[int, Plan] = {}

    # For the client's side, in its thread

    def expect(self, marker: str, play: Play) -> None:
        """Plays this for the requests that carry the marker."""
        first = len(self._plans)
        self._plans += [self._planned_once(recording) for recording in play.recordings.values()]
        with self._news:
            self._expected[marker] = _Expected({asked: first + index for index, asked in enumerate(play.recordings)})

    def _planned_once(self, recording: Recording) -> Plan:
        """The plan of a recording; the same one for all markers that it is played for."""
        key = id(recording)
        if key not in self._known:
            self._known[key] = plan(recording)
        return self._known[key]

    def heard(self, marker: str) -> list[Served]:
        """The requests that carried the marker, in the order in which they came."""
        with self._news:
            return list(self._expected[marker].served)

    def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Waits until something is so, which is looked at whenever a request comes or ends. False: not in time."""
        with self._news:
            return self._news.wait_for(condition, seconds)

    def settled(self, marker: str) -> bool:
        """True where every request with the marker has ended."""
        return all(one.outcome != PLAYING for one in self._expected[marker].served)

    def underway(self) -> int:
        """Answers that are on their way: slots that are taken."""
        return sum(not self.settled(marker) for marker in list(self._expected))

    def hang_up(self, marker: str) -> None:
        """Ends what is still played for a marker, and waits until that is so."""
        numbers = {one.number for one in self.heard(marker) if one.outcome == PLAYING}
        self._hung_up |= numbers

        def close() -> None:
            for connection in self.connections:
                if isinstance(connection, UpstreamConnection) and connection.plays(numbers):
                    connection.close()

        if numbers:
            self.loop.call_soon_threadsafe(close)
            self.wait(lambda: self.settled(marker), _MOMENT)

    def wrote(self, served: Served) -> Recording:
        """One request as a recording: what the gateway sent, and what was written in return so far."""
        played = self._plans[served.recording].recording if served.recording is not None else None
        reads = [Read(at * 1000, size) for at, size in zip(served.times, served.sizes, strict=False) if size]
        base = played or Recording(status=served.status, headers=Headers())
        return replace(
            base,
            request=served.request,
            body=base.body[: served.bytes],
            reads=tuple(reads),
            end=self._end(served, base),
            http_version=f"HTTP/{served.version}",
            headers_at=served.times[0] * 1000 if served.times else None,
            missing=frozenset(),
            metadata={"side": "upstream", "protocol": self._spoken(served.request).protocol, "outcome": served.outcome},
            source="",
        )

    def _end(self, served: Served, played: Recording) -> End:
        at = ((served.ended or time.monotonic()) - served.started) * 1000
        if served.ended is None or served.number in self._hung_up:
            return End(EndKind.TIMEOUT, at, "upstream", "the gateway was still there when the case was over")
        if served.outcome == CLIENT_GONE:
            return End(EndKind.CANCELLED, at, GATEWAY, "reset (RST)" if served.reset else "closed (FIN)")
        return replace(played.end, at=at) if served.outcome in (PLAYED, ANSWERED) else End(EndKind.TRUNCATED, at)

    # For connections, in the loop's thread

    def connection(self) -> asyncio.Protocol:
        """What serves a client that has come."""
        return UpstreamConnection(self)

    def models(self) -> list[str]:
        """The models that are listed."""
        return self._models

    def choose(self, request: Request) -> int | Miss:
        """What the marker stands for, in the protocol that the request speaks."""
        expected = self._of(request)
        if expected is None:
            return Miss("prompt", "without a marker", ())
        spoken = self._spoken(request)
        found = expected.plans.get(spoken)
        if found is None:
            known = dict.fromkeys(str(one.protocol) for one in expected.plans)
            return Miss("protocol", spoken.protocol or request.path, tuple(known))
        return found

    def begin(self, request: Request, status: int, client: str, recording: int | None) -> Served:
        """Notes a request."""
        served = super().begin(request, status, client, recording)
        expected = self._of(request)
        with self._news:
            if expected is not None:
                expected.served.append(served)
            elif len(self.strays) < STRAYS:
                self.strays.append(served)
            self._news.notify_all()
        return served

    def _ended(self, served: Served) -> None:
        with self._news:
            self._news.notify_all()

    def _of(self, request: Request) -> _Expected | None:
        found = MARKER.search(request.body)
        return self._expected.get(found[0].decode()) if found else None


class UpstreamConnection(Connection):
    """A gateway's connection: a question for health is answered, as gateways ask it before they forward anything."""

    def _answer(self, ask: Ask) -> None:
        asked = ask.request
        healthy = asked.method in ("GET", "HEAD") and models_answer(asked.method, asked.path, ()) is None
        if healthy and not asked.path.rstrip("/").rpartition("/")[2].startswith("models"):
            self._say(ask, 200, {"status": "ok"})
        else:
            super()._answer(ask)

    def plays(self, numbers: set[int]) -> bool:
        """True where one of these requests is answered on it."""
        return self._playing is not None and self._playing.served.number in numbers
