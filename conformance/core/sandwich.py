"""A gateway between two recordings: what its client was sent, and what its upstream was asked and wrote, on one clock.

Law: pure values. The client's side is the recording that is judged; the upstream's side stands in its metadata under
SANDWICH, put there by whoever has both. A recording without it says nothing of a gateway.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .recording import Recording
from .stream import Stream

if TYPE_CHECKING:
    from .protocol import Protocol

SANDWICH = "sandwich"
GATEWAY = "gateway"
"""Who left its upstream, in `end.by` of the upstream's side."""

BETWEEN_EVENTS, SILENCE, BEFORE_FIRST_BYTE = "between-events", "silence", "before-first-byte"
SITUATIONS = (BETWEEN_EVENTS, SILENCE, BEFORE_FIRST_BYTE)
"""Where the upstream is when the client aborts: writing on, silent for long, or before its first byte."""

_MARKER = re.compile(rb"marker(\d+)x")


def marker(number: int) -> str:
    """The word that stream `number` of a load carries in every event, and no other stream does: `marker0007x`. It
    survives any JSON writer, and no other marker is part of it."""
    return f"marker{number:04d}x"


def markers(body: bytes) -> set[str]:
    """The markers that occur in a body."""
    return {marker(int(number)) for number in _MARKER.findall(body)}


@dataclass(frozen=True)
class Upstream:
    """One request that the gateway made of the upstream, and what the upstream wrote."""

    recording: Recording
    """Its request is what the gateway sent (method, path, fields, body); status, fields and body are what the upstream
    answered. `headers_at` is when the upstream wrote its head, `reads` are its writes, `http_version` is the one that
    the gateway asked in, all in milliseconds since that request arrived. `end` is `cancelled` by `gateway`, at the time
    when the upstream saw it leave, or what the upstream itself did: eof, truncated (closed without the framing's end),
    reset, each at its time."""
    arrived: float
    """Milliseconds from the client's request to the arrival of this one."""
    protocol: Protocol[Any] | None = field(default=None, compare=False, repr=False)
    """What the request speaks; None: as the client does. `library` finds it out, nobody else needs to."""


@dataclass(frozen=True)
class Sandwich:
    """One case: what was asked of the gateway, and all that it asked of the upstream for it."""

    case: str
    upstream: tuple[Upstream, ...] = ()
    """In the order of arrival; more than one is a retry, none a request that was never forwarded."""
    asked: Mapping[str, object] = field(default_factory=dict)
    """What the case did, each member only where it applies: `fault` (name of the fault that the upstream played, as
    in faults/), `parameters` (its settings), `stage` of an abort (`mid-text`), `situation` of an abort (one of
    SITUATIONS), `marker` of a load (see `marker`), `load` (number of streams at once), `watched_ms` (how long the
    upstream was watched after an abort), `busy_ms` (see `busy`). A client that waited in vain for the end is no member:
    its recording's end is `timeout`."""

    def __str__(self) -> str:  # of it a report shows no more
        count = len(self.upstream)
        return f"{self.case}, {count} upstream {'request' if count == 1 else 'requests'}"

    @property
    def busy(self) -> float:
        """The longest time, in milliseconds, for which the machine did not let the test run: what is late by no more is
        not the gateway's doing."""
        found = self.asked.get("busy_ms")
        return float(found) if isinstance(found, int | float) else 0.0

    @property
    def answer(self) -> Upstream | None:
        """The upstream's answer that the client's answer was made of: the last one."""
        return self.upstream[-1] if self.upstream else None


def sandwich_of(stream: Stream[Any]) -> Sandwich | None:
    """Both sides of the exchange that this stream is the client's side of; None where there was no sandwich."""
    found = stream.recording.metadata.get(SANDWICH)
    return found if isinstance(found, Sandwich) else None
