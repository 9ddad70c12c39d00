"""The replay server: recordings played over a loopback socket, as they came.

Law: one thread, one event loop, one timer. What is played is decided in `replay_match`, what is written in
`replay_plan`, and how a connection is served in `replay_http`.

    with ReplayServer(recordings, speed=0) as server:
        httpx.post(f"{server.url}/v1/chat/completions", json=...)
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from types import FrameType, TracebackType

from ..core.recording import Recording, Request
from ..errors import TargetError
from .replay_http import Connection
from .replay_match import Miss, Shelf
from .replay_plan import Plan, plan
from .replay_play import Served
from .replay_timer import Timer

GRACE = 2.0
"""Seconds that streams under way get to end by themselves when the server is stopped."""
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
        host: str = "127.0.0.1",
        port: int = 0,
        grace: float = GRACE,
    ) -> None:
        """`speed` 2 plays twice as fast, 0 without delay; `gap` are the milliseconds between the events of recordings
        without timing; `port` 0 takes a free one."""
        self._shelf = Shelf(recordings)
        self._speed, self._gap, self._grace = speed, gap, grace
        self._plans: dict[int, Plan] = {}
        self.host = host
        self.port = port
        self.served: deque[Served] = deque(maxlen=REMEMBERED)
        """What was asked and what became of it, oldest first."""
        self.connections: set[Connection] = set()
        self.stopping = False
        self._stop: asyncio.Event
        self._thread: threading.Thread | None = None

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

    def plan(self, index: int) -> Plan:
        """What is written for a recording; the same for all that play it."""
        if index not in self._plans:
            self._plans[index] = plan(self._shelf.recordings[index], self._speed, self._gap)
        return self._plans[index]

    def models(self) -> list[str]:
        """The models of the recordings."""
        return self._shelf.models

    # Life

    def run(self, ready: Callable[[ReplayServer], None] = lambda server: None) -> None:
        """Serves in this (the main) thread until SIGINT or SIGTERM; a second one ends it without grace.

        Raises TargetError where the address cannot be taken.
        """
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

    async def _serve(self, ready: Callable[[], None]) -> None:
        self.loop = asyncio.get_running_loop()
        self.timer = Timer(self.loop)
        self._stop = asyncio.Event()
        try:
            server = await self.loop.create_server(lambda: Connection(self), self.host, self.port, backlog=2048)
        except OSError as error:
            where = f"{self.host}:{self.port}"
            hint = "Choose another --port, or 0 for a free one."
            raise TargetError(where, f"cannot be listened on ({error.strerror or error}).", hint) from error
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
