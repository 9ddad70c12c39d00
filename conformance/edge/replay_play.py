"""One recording on its way to one client: with the pace, the cuts and the end that were recorded.

Law: the body is framed in our own code and not in a framework, because only so chunks, moments and resets are ours.
What goes out together is the script's affair (`replay_plan`); here it is only never joined with anything else.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Protocol as Shape

from ..core.recording import Request
from .replay_log import PLAYED, Served
from .replay_match import Miss
from .replay_plan import Finish, Framing, Plan
from .replay_timer import Timer

if TYPE_CHECKING:
    from .replay_http import Connection

TURN = 16
"""Writes that a stream may do before it is the turn of others."""
_DRAIN = 0.002
"""Seconds between two looks whether the last bytes have left, before a reset would take them back."""
LINGER_0 = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class House(Shape):
    """What a connection needs of its server."""

    timer: Timer
    connections: set[Connection]
    loop: asyncio.AbstractEventLoop
    stopping: bool
    patience: float
    logging: bool

    def choose(self, request: Request) -> int | Miss:
        """The index of the recording that answers a request."""

    def plan(self, index: int) -> Plan:
        """What is written for a recording."""

    def models(self) -> list[str]:
        """What `GET .../models` lists."""

    def begin(self, request: Request, status: int, client: str, recording: int | None) -> Served:
        """Notes a request."""

    def end(self, served: Served, outcome: str) -> None:
        """Notes what became of it."""


@dataclass(slots=True)
class Ask:
    """A request that is complete: what it asks, in which HTTP version, and whether the connection stays."""

    request: Request
    version: str
    keep_alive: bool


class Playback:
    """One recording on its way to one client. `left` is called when the connection may take the next request."""

    __slots__ = (
        "_ask", "_house", "_left", "_next", "_script", "_transport", "alive", "plan", "served", "was_reset", "writable",
    )  # fmt: skip

    def __init__(
        self, house: House, ask: Ask, index: int, transport: asyncio.Transport, left: Callable[[], None], client: str
    ) -> None:
        self.plan = house.plan(index)
        self.served = house.begin(ask.request, self.plan.recording.status, client, index)
        self.served.version = ask.version
        self.alive = True
        self.was_reset = False
        """True where the client went away by a reset."""
        self.writable = True
        """False while the client reads slower than we write; who sets it to True calls `step`."""
        self._house = house
        self._ask = ask
        self._transport = transport
        self._left = left
        self._script = self.plan.script(self.plan.framing(ask.version, ask.request.method), ask.keep_alive)
        self._next = 0

    def step(self, now: float) -> None:
        """Writes what is due, and asks to be called for the rest."""
        if not self.alive:
            return
        if self._next < len(self._script.writes):
            self._write(now - self.served.started)
        if self._transport.is_closing() or not self.writable:
            return  # the connection tells when the client has gone, or has caught up
        times, index = self._script.times, self._next
        due = self.served.started + (times[index] if index < len(times) else self.plan.end_at)
        if due > now:
            self._house.timer.at(due, self.step)
        elif index < len(times):
            self._house.loop.call_soon(self._catch_up)
        else:
            self._finish()

    def _catch_up(self) -> None:
        """The rest of what is due, when others have had their turn."""
        self.step(self._house.loop.time())

    def _write(self, elapsed: float) -> None:
        times, writes, index = self._script.times, self._script.writes, self._next
        transport, log = self._transport, self.served.times if self._house.logging else None
        ends = min(index + TURN, len(writes))
        while index < ends and times[index] <= elapsed and self.writable and not transport.is_closing():
            if log is not None:  # before the write: who reads on the other side may be quicker than we come back
                log.append(self._house.loop.time() - self.served.started)
            transport.write(writes[index])
            index += 1
        self._next = index

    def _finish(self) -> None:
        finish = self.plan.finish
        if finish is Finish.HOLD:
            return
        if finish is Finish.RESET and self._transport.get_write_buffer_size():
            self._house.timer.at(self._house.loop.time() + _DRAIN, self.step)
            return
        self.close(PLAYED)
        if finish is Finish.RESET:
            reset(self._transport)
        elif finish is Finish.BREAK or self._script.framing is Framing.CLOSE or not self._ask.keep_alive:
            self._transport.close()
        else:
            self._left()

    def close(self, outcome: str) -> None:
        """Ends it, for whatever reason, and notes which."""
        if self.alive:
            self.alive = False
            self.served.reset = self.was_reset
            self.served.written(self.plan, self._script.pieces[: self._next + 1])
            self._house.end(self.served, outcome)


def reset(transport: asyncio.Transport) -> None:
    """Closes with a reset (RST) instead of an orderly end."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0)
    transport.abort()
