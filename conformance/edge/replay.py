"""The replay server: recordings played over a loopback socket, as they came.

Law: one thread, one event loop, one timer. What is played is decided in `replay_match`, what is written in
`replay_plan`, and how a connection is served in `replay_http`.

    with ReplayServer(recordings, speed=0) as server:
        httpx.post(f"{server.url}/v1/chat/completions", json=...)
    server.served[0].outcome                              # what was asked, and what became of it
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from ..core.recording import Recording, Request
from ..errors import ConformanceError, UsageError
from .replay_http import Connection
from .replay_log import Served
from .replay_match import Miss, Shelf
from .replay_plan import Plan, plan
from .server import GRACE, Guest, Server

PATIENCE = 30.0
"""Seconds that a client has to complete a request that it began."""
REMEMBERED = 10_000
"""Served requests that are kept in `ReplayServer.served`."""


class ReplayServer(Server):
    """A server that plays recordings: as a context manager in its own thread, or with `run()` in this one, which raises
    whatever `told` raised."""

    def __init__(
        self,
        recordings: Iterable[Recording],
        *,
        speed: float = 1.0,
        gap: float = 0.0,
        cuts: str | None = None,
        match_on: Sequence[str] = (),
        host: str = "127.0.0.1",
        port: int = 0,
        grace: float = GRACE,
        patience: float = PATIENCE,
        told: Callable[[Served], None] | None = None,
        began: Callable[[Served], None] | None = None,
    ) -> None:
        """`speed` 2 plays twice as fast, 0 without delay; `gap` are the milliseconds between the events of recordings
        without timing; `cuts` is a way of cutting (see `core.cuts`), None as recorded; `match_on` names the fields that
        must be equal (see `replay_match.MATCHERS`); `port` 0 takes a free one; `told` gets each request when it has
        ended, with the times of its writes, `began` when its recording begins to be played. Raises UsageError for an
        unknown field or way of cutting."""
        super().__init__(host, port, grace)
        self._shelf = Shelf(recordings, match_on)
        self._plans = self._planned(speed, gap, cuts)
        self.patience = patience
        self.served: deque[Served] = deque(maxlen=REMEMBERED)
        """What was asked and what became of it, oldest first."""
        self.connections: set[Connection] = set()
        self.logging = told is not None
        self._told, self._began = told, began
        self._count = 0

    def _planned(self, speed: float, gap: float, cuts: str | None) -> list[Plan]:
        """All plans, before anybody asks: to plan while streams are on their way would delay them."""
        try:
            return [plan(recording, speed, gap, cuts) for recording in self._shelf.recordings]
        except ValueError as error:
            raise UsageError(f"--cuts: {error}.", "Choose one of them.") from error

    @property
    def recordings(self) -> Sequence[Recording]:
        """What it plays."""
        return self._shelf.recordings

    # The server

    def connection(self) -> asyncio.Protocol:
        """What serves a client that has come."""
        return Connection(self)

    def guests(self) -> list[Guest]:
        """The connections that are open."""
        return list(self.connections)

    # What connections ask

    def choose(self, request: Request) -> int | Miss:
        """The index of the recording that answers a request."""
        return self._shelf.find(request)

    def answers(self, request: Request) -> bool:
        """True where a recording answers a request. Nobody's turn passes by."""
        return not isinstance(self._shelf.candidates(request), Miss)

    def plan(self, index: int) -> Plan:
        """What is written for a recording; the same for all that play it."""
        return self._plans[index]

    def models(self) -> list[str]:
        """The models of the recordings."""
        return self._shelf.models

    def scenarios(self) -> list[str]:
        """The names that can be asked for, by header or as the first segment of the path."""
        return self._shelf.scenarios

    def begin(self, request: Request, status: int, client: str, recording: int | None) -> Served:
        """Notes a request."""
        self._count += 1
        now = self.loop.time()
        served = Served(request, status, recording, now, number=self._count, client=client, began=time.time())
        self.served.append(served)
        if recording is not None:
            self._tell(self._began, served)
        return served

    def end(self, served: Served, outcome: str) -> None:
        """Notes what became of it."""
        served.outcome = outcome
        served.ended = self.loop.time()
        self._tell(self._told, served)

    def _tell(self, told: Callable[[Served], None] | None, served: Served) -> None:
        """Hands it on. Where it cannot be told, the server stops with that failure."""
        if told is not None and self.failure is None:
            try:
                told(served)
            except ConformanceError as error:
                self.fail(error)
