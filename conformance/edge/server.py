"""A server with an event loop of its own: as a context manager in its own thread, or with `run()` in this one.

Law: how a server listens, starts and stops; what it says to whom stands in the connection that `connection()` makes.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Protocol, Self

from ..errors import ConformanceError, TargetError
from .files_limit import raise_files_limit
from .replay_timer import Timer

GRACE = 2.0
"""Seconds that what is under way gets to end by itself when a server is stopped."""
_ACCEPTED, _BACKLOG = 16, 2048
"""Clients that are let in at a time, lest streams under way wait for a crowd; and those that may wait outside."""
_TURNS = 10
"""Turns of the loop in which closed connections are lost: theirs, and then those that were held for them."""


class Guest(Protocol):
    """A connection, as its server sees it."""

    @property
    def busy(self) -> bool:
        """True while something is under way that will end by itself."""

    def close(self) -> None:
        """Closes at once."""


class Server:
    """What listens on a port until it is stopped."""

    timer: Timer
    loop: asyncio.AbstractEventLoop

    def __init__(self, host: str = "127.0.0.1", port: int = 0, grace: float = GRACE) -> None:
        """`port` 0 takes a free one."""
        self.host = host
        self.port = port
        self.stopping = False
        self._grace = grace
        self.failure: ConformanceError | None = None
        """Why it stopped by itself."""
        self._stop: asyncio.Event
        self._thread: threading.Thread | None = None

    def connection(self) -> asyncio.Protocol:
        """What serves a client that has come."""
        raise NotImplementedError

    def guests(self) -> list[Guest]:
        """The connections that are open."""
        raise NotImplementedError

    def opened(self) -> None:
        """Called in the loop before anybody can come."""

    def closed(self) -> None:
        """Called in the loop when everybody has gone."""

    def fail(self, error: ConformanceError) -> None:
        """Stops with a failure, the first of which `run` raises. Any thread may call it."""
        self.failure = self.failure or error
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self.loop.call_soon_threadsafe(self._stop.set)

    @property
    def url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def run(self, ready: Callable[[Self], None] = lambda server: None) -> None:
        """Serves in this (the main) thread until SIGINT or SIGTERM; a second one ends it without grace.

        Raises TargetError where the address cannot be taken, and what `fail` was told.
        """
        raise_files_limit()
        gc.collect()
        gc.freeze()  # what is loaded stays: a collector that walks it holds up every stream
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
        if self.failure is not None:
            raise self.failure

    def _on_signal(self) -> None:
        if self._stop.is_set():
            self._grace = 0.0
        self._stop.set()

    def __enter__(self) -> Self:
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

        self._thread = threading.Thread(target=serve, name="conformance-server", daemon=True)
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
        if self.failure is not None and error is None:
            raise self.failure

    async def _serve(self, ready: Callable[[], None]) -> None:
        self.loop = asyncio.get_running_loop()
        self.timer = Timer(self.loop)
        self._stop = asyncio.Event()
        try:
            server = await self.loop.create_server(self.connection, self.host, self.port, backlog=_ACCEPTED)
        except OSError as error:
            where = f"{self.host}:{self.port}"
            hint = "Choose another --port, or 0 for a free one."
            raise TargetError(where, f"cannot be listened on ({error.strerror or error}).", hint) from error
        for listener in server.sockets:
            with listener.dup() as sock:
                sock.listen(_BACKLOG)
        self.port = server.sockets[0].getsockname()[1]
        try:
            self.opened()
            ready()
            await self._stop.wait()
        finally:
            server.close()
            await self._wind_up()
            self.closed()

    async def _wind_up(self) -> None:
        """Lets what is under way end, as long as the grace lasts; then closes all."""
        self.stopping = True
        ends = self.loop.time() + self._grace
        while self._grace and self.loop.time() < ends and any(guest.busy for guest in self.guests()):
            await asyncio.sleep(0.02)
        for guest in self.guests():
            guest.close()
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        self.timer.close()
