"""Observers that read gauges again and again: what runs, what was generated, what was aborted.

Law: readings are taken from a thread of their own, each between two stamps; the verdict is a pure function of them. A
server at which others work is not judged: its gauges do not say whose request it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import NamedTuple

from ..abort import Left
from . import Spec, Told
from ._fetch import BlindError
from ._told import SOON, never, seen, unobserved

LOCAL, REMOTE = 0.005, 0.25
"""Seconds between two looks at a server on this machine, and at any other."""
SETTLING = 30.0
"""Seconds that a server gets to come to rest before a request."""
LAG = 0.25
"""Seconds that counters may come behind the gauges."""
IDLE_SHARE = 2
"""So many times as long as a look took nobody looks: serving metrics keeps an engine from its work."""
MAX_LOOKS = 100_000
_LOOPBACK = ("127.", "localhost", "[::1]")


class Reading(NamedTuple):
    """What gauges and counters say. None: this server does not tell."""

    running: float
    """Requests under way, those that wait too."""
    tokens: float | None = None
    """Tokens generated: a counter, or of what runs now."""
    aborted: float | None = None
    completed: float | None = None
    """Requests that came to their own end."""
    remaining: float | None = None
    """Tokens that what runs may still generate."""
    done: frozenset[int] | None = None
    """Which work is known to have come to its own end, where the server counts no such work but remembers the last."""

    @property
    def blunt(self) -> bool:
        """True where work that was stopped looks like work that came to its own end."""
        return self.completed is None and self.aborted is None and self.done is None


class Look(NamedTuple):
    """One reading, taken between two stamps."""

    asked: int
    came: int
    reading: Reading


class Gauges:
    """Looks in a thread of its own from before the request until the end is known."""

    def __init__(self, name: str, read: Callable[[], Reading], spec: Spec, close: Callable[[], None]) -> None:
        self.name = name
        self._read = read
        self._wait = spec.wait
        local = spec.target.url.split("://")[-1].startswith(_LOOPBACK)
        self._interval = spec.data.get("interval_ms", (LOCAL if local else REMOTE) * 1000) / 1000
        self._shut = close
        self._looks: list[Look] = []
        self._blind: str | None = None
        self._stop = Event()
        self._thread: Thread | None = None

    def begin(self) -> None:
        """Waits until nothing runs, and looks on from then."""
        self._halt()
        self._looks, self._blind, self._stop = [], None, Event()
        ends = time.monotonic() + SETTLING
        try:
            while (rest := self._look().reading).running > 0:
                self._looks.clear()
                if time.monotonic() >= ends:
                    self._blind = f"{rest.running:g} requests run at rest: the gauges do not say whose is whose"
                    return
                time.sleep(self._interval)
        except BlindError as error:
            self._blind = str(error)
            return
        self._thread = Thread(target=self._run, name=f"conformance-{self.name}", daemon=True)
        self._thread.start()

    def blunt(self) -> bool:
        """True where these gauges do not say why work ended."""
        return bool(self._looks) and self._looks[0].reading.blunt

    def ready(self) -> bool:
        """True when the request was seen running; a client that leaves before was never there."""
        return bool(self._blind) or any(look.reading.running > 0 for look in self._looks[1:])

    def told(self, left: Left, over: bool) -> Told:
        """Looks on until nothing runs any more, or as long as it is to wait."""
        if left.left is None or self._blind:
            self._halt()
            return unobserved(self.name, self._blind or "the client did not leave")
        ends = left.left + int(self._wait * 1e9)
        while time.monotonic_ns() < ends and not self._blind and not self._rested(left.left):
            time.sleep(self._interval / 4)
        self._halt()
        if self._blind:
            return unobserved(self.name, self._blind)
        own_end = None if left.own_end is None else left.sent + int(left.own_end * 1e6)
        return judged(self.name, self._looks, left.left, over, own_end)

    def _rested(self, stamp: int) -> bool:
        """True where looks after the leaving found nothing running, and a counter has said why, if there is one."""
        idle = [look for look in list(self._looks) if look.asked >= stamp and look.reading.running <= 0]
        if len(idle) < 2:
            return False
        rest, end = self._looks[0].reading, idle[-1].reading
        counts = end.completed is not None or end.aborted is not None
        risen = (end.completed or 0) > (rest.completed or 0) or (end.aborted or 0) > (rest.aborted or 0)
        return not counts or risen or idle[-1].asked - idle[0].asked > LAG * 1e9

    def close(self) -> None:
        """Looks no more."""
        self._halt()
        self._shut()

    def _halt(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        try:
            pause = self._interval
            while not self._stop.wait(pause) and len(self._looks) < MAX_LOOKS:
                look = self._look()
                pause = max(self._interval, IDLE_SHARE * (look.came - look.asked) / 1e9)
        except BlindError as error:
            self._blind = str(error)

    def _look(self) -> Look:
        asked = time.monotonic_ns()
        reading = self._read()
        look = Look(asked, time.monotonic_ns(), reading)
        self._looks.append(look)
        return look


def judged(name: str, looks: Sequence[Look], left: int, over: bool, own_end: int | None = None) -> Told:
    """What the looks, of which the first is at rest, say of a client that left at the stamp `left`.

    `own_end`: the stamp at which such work comes to its own end, where that was tried.
    """
    rest, then = looks[0].reading, [look for look in looks if look.asked >= left]
    before = [look for look in looks[1:] if look.came <= left]
    busy = [look for look in looks if look.reading.running > 0]
    idle = next((look for look in then if look.reading.running <= 0), None)
    details = _details(looks, before[-1].reading if before else rest)
    if over:
        return unobserved(name, "the generation was over before the client left", **details)
    if not busy:
        return unobserved(name, "the request was never seen running, between any two looks", **details)
    if before and before[-1].reading.running <= 0 and any(look.came <= left for look in busy):
        return unobserved(name, "the generation had ended before the client left", **details)
    if idle is None:
        return never(name, (looks[-1].came - left) / 1e6, **details)
    last = max((look for look in busy if look.asked < idle.asked), default=looks[0])
    at_once = last.asked < left or idle.came - left < SOON * 1e6
    doubt = _doubt(details, at_once, own_end is not None and left + 2 * (idle.came - left) < own_end)
    if doubt:
        return unobserved(name, doubt, **details)
    if details.get("completed", 0) > 0:
        return never(name, (idle.came - left) / 1e6, **details)
    return seen(name, (idle.came - left) / 1e6, (idle.came - last.asked) / 1e6, **details)


def _doubt(details: dict[str, int], at_once: bool, early: bool) -> str | None:
    """Why nobody can say whether work that has ended was stopped, or came to its own end behind the leaving.

    `at_once`: nobody saw it running behind the leaving, or not for long. `early`: it ended long before its own end.
    """
    if details.get("completed", 0) > 0:
        return "the generation ended by itself about when the client left" if at_once else None
    if "completed" in details or details.get("aborted", 0) > 0 or early:
        return None
    if "aborted" in details:
        return "the generation ended, and no abort was counted"
    return "the generation ended, and the gauges do not say whether by itself"


def _details(looks: Sequence[Look], leaving: Reading) -> dict[str, int]:
    """What the counters did since the rest and behind the leaving, and what was left to do when last seen running."""
    rest, end = looks[0].reading, looks[-1].reading
    tokens = [look.reading.tokens for look in looks if look.reading.tokens is not None]
    counted = {
        "tokens_after": (leaving.tokens, tokens[-1] if tokens else None),
        "aborted": (rest.aborted, end.aborted),
        "completed": (rest.completed, end.completed),
    }
    risen = {name: round(now - then) for name, (then, now) in counted.items() if then is not None and now is not None}
    if rest.done is not None and end.done is not None:
        risen["completed"] = len(end.done - rest.done)
    running = [look.reading for look in looks if look.reading.running > 0]
    left = {"tokens_remaining": round(running[-1].remaining)} if running and running[-1].remaining is not None else {}
    return {"looks": len(looks), **risen, **left}
