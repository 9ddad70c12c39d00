"""The replay server: recordings played over a loopback socket, as they came.

Law: one thread, one event loop, one timer. What is played is decided in `replay_match`, what is written in
`replay_plan`, and how a connection is served in `replay_http`.

    with ReplayServer(recordings, speed=0) as server:
        httpx.post(f"{server.url}/v1/chat/completions", json=...)
    server.served[0].outcome                              # what was asked, and what became of it
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from types import FrameType, TracebackType

from ..core.recording import Recording, Request
from ..errors import ConformanceError, TargetError, UsageError
from .files_limit import raise_files_limit
from .replay_http import Connection
from .replay_log import Served
from .replay_match import Miss, Shelf
from .replay_plan import Plan, plan
from .replay_timer import Timer

GRACE = 2.0
"""Seconds that streams under way get to end by themselves when the server is stopped."""
PATIENCE = 30.0
"""Seconds that a client has to complete a request that it began."""
_ACCEPTED, _BACKLOG = 16, 2048
"""Clients that are let in at a time, lest streams under way wait for a crowd; and those that may wait outside."""
REMEMBERED = 10_000
"""Served requests that are kept in `ReplayServer.served`."""


class ReplayServer:
    """A server that plays recordings: as a context manager in its own thread, or with `run()` in this one."""

    timer: Timer
    loop: asyncio.AbstractEventLoop

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
    ) -> None:
        """`speed` 2 plays twice as fast, 0 without delay; `gap` are the milliseconds between the events of recordings
        without timing; `cuts` is a way of cutting (see `core.cuts`), None as recorded; `match_on` names the fields that
        must be equal (see `replay_match.MATCHERS`); `port` 0 takes a free one; `told` gets each request when it has
        ended, with the times of its writes. Raises UsageError for an unknown field or way of cutting."""
        self._shelf = Shelf(recordings, match_on)
        self._grace = grace
        self._plans = self._planned(speed, gap, cuts)
        self.host = host
        self.port = port
        self.patience = patience
        self.served: deque[Served] = deque(maxlen=REMEMBERED)
        """What was asked and what became of it, oldest first."""
        self.connections: set[Connection] = set()
        self.stopping = False
        self.logging = told is not None
        self._told = told
        self._count = 0
        self._failure: ConformanceError | None = None
        self._stop: asyncio.Event
        self._thread: threading.Thread | None = None

    def _planned(self, speed: float, gap: float, cuts: str | None) -> list[Plan]:
        """All plans, before anybody asks: to plan while streams are on their way would delay them."""
        try:
            return [plan(recording, speed, gap, cuts) for recording in self._shelf.recordings]
        except ValueError as error:
            raise UsageError(f"--cuts: {error}.", "Choose one of them.") from error

    @property
    def url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def recordings(self) -> Sequence[Recording]:
        """What it plays."""
        return self._shelf.recordings

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
        return served

    def end(self, served: Served, outcome: str) -> None:
        """Notes what became of it. Where it cannot be told, the server stops with that failure."""
        served.outcome = outcome
        served.ended = self.loop.time()
        if self._told is not None and self._failure is None:
            try:
                self._told(served)
            except ConformanceError as error:
                self._failure = error
                self._stop.set()

    # Life

    def run(self, ready: Callable[[ReplayServer], None] = lambda server: None) -> None:
        """Serves in this (the main) thread until SIGINT or SIGTERM; a second one ends it without grace.

        Raises TargetError where the address cannot be taken, and whatever `told` raised.
        """
        raise_files_limit()
        gc.collect()
        gc.freeze()  # the recordings stay: a collector that walks them holds up every stream
        loop = asyncio.new_event_loop()

        def on_signal(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._on_signal)

        before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            loop.run_until_complete(self._serve(lambda: ready(self)))
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            loop.close()
        if self._failure is not None:
            raise self._failure

    def _on_signal(self) -> None:
        if self._stop.is_set():
            self._grace = 0.0
        self._stop.set()

    def __enter__(self) -> ReplayServer:
        started = threading.Event()
        failed: list[BaseException] = []
        loop = asyncio.new_event_loop()

        def serve() -> None:
            try:
                loop.run_until_complete(self._serve(started.set))
            except BaseException as error:  # told to the thread that waits
                failed.append(error)
            finally:
                loop.close()
                started.set()

        self._thread = threading.Thread(target=serve, name="conformance-replay", daemon=True)
        self._thread.start()
        started.wait()
        if failed:
            raise failed[0]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._grace = 0.0
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self.loop.call_soon_threadsafe(self._stop.set)
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    async def _serve(self, ready: Callable[[], None]) -> None:
        self.loop = asyncio.get_running_loop()
        self.timer = Timer(self.loop)
        self._stop = asyncio.Event()
        try:
            server = await self.loop.create_server(lambda: Connection(self), self.host, self.port, backlog=_ACCEPTED)
        except OSError as error:
            where = f"{self.host}:{self.port}"
            hint = "Choose another --port, or 0 for a free one."
            raise TargetError(where, f"cannot be listened on ({error.strerror or error}).", hint) from error
        for listener in server.sockets:
            with listener.dup() as sock:
                sock.listen(_BACKLOG)
        self.port = server.sockets[0].getsockname()[1]
        ready()
        await self._stop.wait()
        server.close()
        await self._wind_up()

    async def _wind_up(self) -> None:
        """Lets streams under way end, as long as the grace lasts; then closes all."""
        self.stopping = True
        ends = self.loop.time() + self._grace
        while self._grace and self.loop.time() < ends and any(connection.busy for connection in self.connections):
            await asyncio.sleep(0.02)
        for connection in list(self.connections):
            connection.close()
        self.timer.close()
        await asyncio.sleep(0)
