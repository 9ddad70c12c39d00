"""When a rule about cancellation applies, and what an observer may have written into `end.observed`.

Law: a condition says why a rule does not apply, or None where it does. A client alone sees its own close and nothing
else: without an observer behind the server there is no verdict, and never a pass.

`end.observed` of a cancelled recording holds: `observer`, who looked (`upstream`, `vllm-metrics`, ...), and either
`propagated_ms`, the milliseconds from the client's close until the observer saw it, or `never: true`, with `waited_ms`,
how long the observer waited.
"""

from __future__ import annotations

from typing import Any

from conformance.core.recording import EndKind
from conformance.core.stream import Stream


def observer_of(stream: Stream[Any]) -> str | None:
    """Who looked, or None."""
    name = stream.recording.end.observed.get("observer")
    return name if isinstance(name, str) and name else None


def propagated(stream: Stream[Any]) -> float | None:
    """Milliseconds until the observer saw the cancellation, or None."""
    value = stream.recording.end.observed.get("propagated_ms")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def never(stream: Stream[Any]) -> bool:
    """True where the observer waited, and did not see it."""
    return stream.recording.end.observed.get("never") is True


def observed(stream: Stream[Any]) -> str | None:
    """The client cancelled, and somebody saw what became of it."""
    if stream.recording.end.kind is not EndKind.CANCELLED:
        return "the stream was not cancelled"
    if observer_of(stream) is None or (propagated(stream) is None and not never(stream)):
        return "not observed: a client alone cannot tell what became of its cancellation"
    return None
