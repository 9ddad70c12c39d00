"""A gateway between two recordings: what its client was sent, and what its upstream was asked and wrote, on one clock.

Law: pure values. The client's side is the recording that is judged; the upstream's side stands in its metadata under
SANDWICH, put there by whoever has both. A recording without it says nothing of a gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .recording import Recording
from .stream import Stream

SANDWICH = "sandwich"


@dataclass(frozen=True)
class Upstream:
    """One request that the gateway made of the upstream, and what the upstream wrote."""

    recording: Recording
    """Its request is what the gateway sent; its body and reads are the upstream's writes, in milliseconds since that
    request arrived; its end is `cancelled` by `gateway`, at the time when the upstream saw it leave, or what the
    upstream itself did: eof, truncated (closed without the framing's end), reset."""
    arrived: float
    """Milliseconds from the client's request to the arrival of this one."""


@dataclass(frozen=True)
class Sandwich:
    """One case: what was asked of the gateway, and all that it asked of the upstream for it."""

    case: str
    upstream: tuple[Upstream, ...] = ()
    """In the order of arrival; more than one is a retry, none a request that was never forwarded."""
    asked: Mapping[str, object] = field(default_factory=dict)
    """What the case did: `fault` (its name and parameters), `stage` and `situation` of a cancellation, `marker`."""


def sandwich_of(stream: Stream[Any]) -> Sandwich | None:
    """Both sides of the exchange that this stream is the client's side of; None where there was no sandwich."""
    found = stream.recording.metadata.get(SANDWICH)
    return found if isinstance(found, Sandwich) else None
