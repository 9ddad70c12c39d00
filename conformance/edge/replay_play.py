"""One recording on its way to one client: with the pace, the cuts and the end that were recorded.

Law: the body is framed here and not in a framework, because only so chunks, moments and resets are our own.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Protocol as Shape

from ..core.recording import Request
from .replay_match import Miss
from .replay_plan import Finish, Framing, Plan
from .replay_timer import Timer

if TYPE_CHECKING:
    from .replay_http import Connection

BATCH = 64 * 1024
"""Bytes that one write takes together, where several pieces are due."""
_LINGER_0 = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


@dataclass(slots=True)
class Served:
    """One request and what became of it. Times in seconds of the event loop's clock."""

    request: Request
    status: int
    recording: int | None = None
    """Index of the recording that was played; None: none."""
    started: float = 0.0
    ended: float | None = None
    pieces: int = 0
    """Pieces (recorded reads) that were written."""
    outcome: str = "playing"
    """`playing`, `played`, `answered` (no recording), `client-gone`, `stopped`."""


class House(Shape):
    """What a connection needs of its server."""

    timer: Timer
    served: deque[Served]
    connections: set[Connection]
    loop: asyncio.AbstractEventLoop
    stopping: bool

    def choose(self, request: Request) -> int | Miss:
        """The index of the recording that answers a request."""

    def plan(self, index: int) -> Plan:
        """What is written for a recording."""

    def models(self) -> list[str]:
        """What `GET .../models` lists."""


@dataclass(slots=True)
class Ask:
    """A request that is complete: what it asks, in which HTTP version, and whether the connection stays."""

    request: Request
    version: str
    keep_alive: bool


class Playback:
    """One recording on its way to one client. `left` is called when the connection may take the next request."""

    __slots__ = ("_ask", "_framing", "_head_sent", "_house", "_left", "_next", "_transport", "alive", "plan", "served")

    def __init__(
        self, house: House, ask: Ask, index: int, transport: asyncio.Transport, left: Callable[[], None]
    ) -> None:
        self.plan = plan = house.plan(index)
        self.served = Served(ask.request, plan.recording.status, index, house.loop.time())
        self.alive = True
        house.served.append(self.served)
        self._house = house
        self._ask = ask
        self._transport = transport
        self._left = left
        self._framing = plan.framing(ask.version, ask.request.method)
        self._head_sent = False
        self._next = 0

    def step(self, writable: bool = True) -> None:
        """Writes what is due, and asks to be called for the rest. Not writable: waits for `resume`."""
        if not self.alive or not writable:
            return
        elapsed = self._house.loop.time() - self.served.started
        due = self._due(elapsed)
        last = self._next == len(self.plan.pieces) and self._head_sent and self.plan.end_at <= elapsed
        if last and self.plan.finish is Finish.DONE and self._framing is Framing.CHUNKED:
            due.append(b"0\r\n\r\n")
        if due:
            self._transport.write(b"".join(due))
        if last:
            self._finish()
        else:
            self._house.timer.at(self.served.started + self._due_next(), self._again)

    def _again(self) -> None:
        """Called by the timer."""
        self.step(self._transport.get_write_buffer_size() < BATCH)

    def _due(self, elapsed: float) -> list[bytes]:
        pieces, framing = self.plan.pieces, self._framing
        due: list[bytes] = []
        size = 0
        if not self._head_sent and self.plan.head_at <= elapsed:
            self._head_sent = True
            due.append(self.plan.head(framing, self._ask.keep_alive))
        while self._next < len(pieces) and pieces[self._next].at <= elapsed and size < BATCH:
            piece = pieces[self._next]
            self._next += 1
            if framing is not Framing.NONE:
                due.append(piece.chunk if framing is Framing.CHUNKED else piece.data)
                size += len(piece.data)
        self.served.pieces = self._next
        return due

    def _due_next(self) -> float:
        if not self._head_sent:
            return self.plan.head_at
        return self.plan.pieces[self._next].at if self._next < len(self.plan.pieces) else self.plan.end_at

    def _finish(self) -> None:
        finish = self.plan.finish
        if finish is Finish.HOLD:
            return
        if finish is Finish.RESET and self._transport.get_write_buffer_size():
            self._house.timer.at(self._house.loop.time() + 0.002, self._finish_when_sent)
            return
        self.close("played")
        if finish is Finish.RESET:
            reset(self._transport)
        elif finish is Finish.BREAK or self._framing is Framing.CLOSE or not self._ask.keep_alive:
            self._transport.close()
        else:
            self._left()

    def _finish_when_sent(self) -> None:
        if self.alive:
            self._finish()

    def close(self, outcome: str) -> None:
        """Ends it, for whatever reason, and notes which."""
        if self.alive:
            self.alive = False
            self.served.outcome = outcome
            self.served.ended = self._house.loop.time()


def reset(transport: asyncio.Transport) -> None:
    """Closes with a reset (RST) instead of an orderly end."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
    transport.abort()
