"""`upstream`: the server behind a gateway sees its own connection close: ours, from its log or as an object.

Law: what the upstream notes it notes at the moment; nothing is polled but the note. Its times are those of this
machine's clock: the log of `conformance replay --log FILE`, or a replay server in this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from ...errors import UsageError
from ..abort import Left
from ..replay_log import CLIENT_GONE, Served
from . import Spec, Told
from ._told import SOON, never, seen, unobserved

_TICK = 0.005
_WALL = 0.05
"""Milliseconds by which two readings of the two clocks of one machine may differ."""


class Visit(NamedTuple):
    """One request that the upstream was asked. Times in seconds of `time.monotonic()`."""

    began: float
    ended: float | None
    """None: still under way."""
    gone: bool
    """The client left before the upstream was done."""
    events: int
    bytes: int


class Upstream:
    """Looks at what an upstream noted of the requests that it was asked."""

    def __init__(self, visits: Callable[[], Sequence[Visit]], wait: float, resolution: float = 0.0) -> None:
        """`visits` gives all of them, oldest first; one that is under way may come when it has ended."""
        self.name = "upstream"
        self._visits, self._wait, self._resolution = visits, wait, resolution

    def begin(self) -> None:
        """There is nothing to look at before the request: visits are told apart by their times."""

    def blunt(self) -> bool:
        """It is told how the work ended."""
        return False

    def ready(self) -> bool:
        """The upstream notes when it is left, whenever that is."""
        return True

    def told(self, left: Left, over: bool) -> Told:
        """When the last request that was made for this one was left, or that none was."""
        if left.left is None:
            return unobserved(self.name, "the client did not leave")
        ends = left.left + int(self._wait * 1e9)
        while not _settled(found := self._since(left.sent)) and time.monotonic_ns() < ends:
            time.sleep(_TICK)
        return self._judged(found, left.left / 1e9, over)

    def _since(self, sent: int) -> list[Visit]:
        return [visit for visit in self._visits() if visit.began >= sent / 1e9 - _WALL / 1000]

    def _judged(self, visits: Sequence[Visit], left: float, over: bool) -> Told:
        waited = (time.monotonic() - left) * 1000
        if not visits:
            return unobserved(self.name, f"no request was noted by the upstream within {waited / 1000:.1f} s")
        details = {
            "upstream_requests": len(visits) if len(visits) > 1 else None,
            "upstream_events": sum(visit.events for visit in visits),
            "upstream_bytes": sum(visit.bytes for visit in visits),
        }
        if any(visit.ended is None for visit in visits):
            return never(self.name, waited, **details)
        last = max((visit for visit in visits), key=lambda visit: visit.ended or 0.0)
        after = ((last.ended or 0.0) - left) * 1000
        if not last.gone and after <= 0:
            return unobserved(self.name, "the upstream was done before the client left", **details)
        if not last.gone and (over or after < SOON):
            return unobserved(self.name, "the upstream was done about when the client left", **details)
        if not last.gone:
            return never(self.name, after, ran_to_end=True, **details)
        return seen(self.name, after, self._resolution, **details)

    def close(self) -> None:
        """Nothing is open."""


def _settled(visits: Sequence[Visit]) -> bool:
    return bool(visits) and all(visit.ended is not None for visit in visits)


def of_served(served: Callable[[], Sequence[Served]], wait: float) -> Upstream:
    """Looks at a replay server of this process: its loop's clock is `time.monotonic()`."""
    return Upstream(lambda: [_visit(one) for one in list(served())], wait)


def _visit(served: Served) -> Visit:
    return Visit(served.started, served.ended, served.outcome == CLIENT_GONE, served.events, served.bytes)


def observer(spec: Spec) -> Upstream:
    """Looks at the `log` of a replay server that runs beside us."""
    if "log" not in spec.data:
        hint = "Start the upstream with `conformance replay ... --log FILE`, and name that file in `log`."
        raise UsageError("The observer upstream has no log to look at.", hint)
    path = Path(spec.data["log"])
    offset = time.time() - time.monotonic()
    return Upstream(_Log(path, offset).visits, spec.wait, _WALL)


class _Log:
    """What a log says so far. It grows while we look, so that only what is new is read."""

    def __init__(self, path: Path, offset: float) -> None:
        self._path, self._offset = path, offset
        self._read = 0
        self._visits: dict[tuple[int, str], Visit] = {}

    def visits(self) -> list[Visit]:
        """All of them, oldest first; a line that is still being written is left for later."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                text = file.read()
        except OSError:
            return list(self._visits.values())
        text = text[: text.rfind(b"\n") + 1]
        self._read += len(text)
        for line in text.splitlines():
            entry = orjson.loads(line)
            self._visits[entry["number"], entry["at"]] = self._visit(entry)
        return list(self._visits.values())

    def _visit(self, entry: dict[str, Any]) -> Visit:
        began = datetime.fromisoformat(entry["at"]).timestamp() - self._offset
        ended = None if entry["ended_at"] is None else began + entry["ended_at"] / 1000
        return Visit(began, ended, entry["outcome"] == CLIENT_GONE, entry["events"], entry["bytes"])
