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
from ._told import never, seen, unobserved

LOCAL, REMOTE = 0.005, 0.25
"""Seconds between two looks at a server on this machine, and at any other."""
SETTLING = 30.0
"""Seconds that a server gets to come to rest before a request."""
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
        return judged(self.name, self._looks, left.left, over)

    def _rested(self, stamp: int) -> bool:
        """True where two looks after the leaving found nothing running: the second is for counters that lag."""
        return sum(look.reading.running <= 0 for look in self._looks[-4:] if look.asked >= stamp) >= 2

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
            while not self._stop.wait(self._interval) and len(self._looks) < MAX_LOOKS:
                self._look()
        except BlindError as error:
            self._blind = str(error)

    def _look(self) -> Look:
        asked = time.monotonic_ns()
        reading = self._read()
        look = Look(asked, time.monotonic_ns(), reading)
        self._looks.append(look)
        return look


def judged(name: str, looks: Sequence[Look], left: int, over: bool) -> Told:
    """What the looks, of which the first is at rest, say of a client that left at the stamp `left`."""
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
    if details.get("completed", 0) > 0:
        if last.asked < left:
            return unobserved(name, "the generation ended by itself about when the client left", **details)
        return never(name, (idle.came - left) / 1e6, **details)
    return seen(name, (idle.came - left) / 1e6, (idle.came - last.asked) / 1e6, **details)


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
    running = [look.reading for look in looks if look.reading.running > 0]
    left = {"tokens_remaining": round(running[-1].remaining)} if running and running[-1].remaining is not None else {}
    return {"looks": len(looks), **risen, **left}
