"""When a rule about cancellation applies, and what may stand in the end of a recording that a client left.

Law: a condition says why a rule does not apply, or None where it does. A client alone sees its own close and nothing
else: without an observer behind the server there is no verdict, and never a pass.

`end.observed` of a cancelled recording holds what the client did (`stage`, `how`, `missed`), what it saw
(`after_bytes`, `session_usable`, `next_ms`, ...), and what an `observer` told (`upstream`, `prometheus (vllm)`, ...):
`propagated_ms`, the milliseconds from the leaving until it was seen, at most, and at least that less `resolution_ms`;
or `never: true` with `waited_ms`, how long was looked; or `unobserved`, why nothing was seen. schemas/cassette.json
names them all.
"""

from __future__ import annotations

from typing import Any

from conformance.core.cancellation import WITHIN
from conformance.core.recording import EndKind
from conformance.core.stream import Stream

HALF_CLOSE, UNSTREAMED, AFTER_TERMINAL = "half-close", "unstreamed", "after-terminal"
AFTER_FINISH = "after-finish"


def told(stream: Stream[Any], name: str) -> Any:
    """What the end says under a name, or None."""
    return stream.recording.end.observed.get(name)


def figure(stream: Stream[Any], name: str) -> float | None:
    """A number of the end, or None."""
    value = told(stream, name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def word(stream: Stream[Any], name: str) -> str | None:
    """A text of the end that is not empty, or None."""
    value = told(stream, name)
    return value if isinstance(value, str) and value else None


def observer_of(stream: Stream[Any]) -> str | None:
    """Who looked, or None."""
    return word(stream, "observer")


def propagated(stream: Stream[Any]) -> float | None:
    """Milliseconds until the observer saw the cancellation, or None."""
    return figure(stream, "propagated_ms")


def never(stream: Stream[Any]) -> bool:
    """True where the observer waited, and did not see it."""
    return told(stream, "never") is True


def within(stream: Stream[Any]) -> float:
    """Milliseconds within which it is to be seen."""
    limit = figure(stream, "within_ms")
    return WITHIN if limit is None else limit


def left(stream: Stream[Any]) -> str | None:
    """The client left, at the stage at which it was to."""
    if stream.recording.end.kind is not EndKind.CANCELLED:
        return "the stream was not cancelled"
    missed = word(stream, "missed")
    return None if missed is None else f"the client did not leave at its stage: {missed}"


def seen(stream: Stream[Any]) -> str | None:
    """The client left, and somebody saw what became of it."""
    reason = left(stream)
    if reason is not None:
        return reason
    if observer_of(stream) is not None and (propagated(stream) is not None or never(stream)):
        return None
    why = word(stream, "unobserved")
    return f"unobserved: {why or 'nobody looked, and a client alone cannot tell what became of its cancellation'}"


def observed(stream: Stream[Any]) -> str | None:
    """The client asked the server to stop what a server is to stop, and somebody saw what became of it."""
    reason = left(stream)
    if reason is not None:
        return reason
    if word(stream, "how") == HALF_CLOSE:
        return "a half-close ends the request, and asks nobody to stop the answer"
    if word(stream, "stage") == UNSTREAMED:
        return "an answer that does not stream is usually generated to its end"
    if word(stream, "stage") == AFTER_FINISH and told(stream, "ran_to_end") is True:
        return "the answer had said why it ends, and ended by itself: there was nothing left to stop"
    if word(stream, "stage") == AFTER_TERMINAL:
        return "behind the terminal event there is nothing to stop"
    return seen(stream)


def dated(stream: Stream[Any]) -> str | None:
    """The same, and the observer looked often enough to tell whether it was in time."""
    reason = observed(stream)
    if reason is not None:
        return reason
    after = propagated(stream)
    if after is None:
        return "it was never seen to arrive"
    limit, resolution = within(stream), figure(stream, "resolution_ms") or 0.0
    if after - resolution <= limit < after:
        return f"the observer looked too seldom to tell: {resolution / 1000:.1f} s passed between two looks"
    return None


def asked_next(stream: Stream[Any]) -> str | None:
    """The client left, and asked again; before, the server had answered."""
    reason = left(stream)
    if reason is not None:
        return reason
    if told(stream, "next_status") is None and told(stream, "next_error") is None:
        return "nobody asked again after the cancellation"
    before = figure(stream, "baseline_status")
    if before is not None and before >= 400:
        return f"the same request was refused before, too, with status {before:.0f}"
    return None


def on_http2(stream: Stream[Any]) -> str | None:
    """The client left by RST_STREAM."""
    reason = left(stream)
    if reason is None and word(stream, "how") != "rst-stream":
        return "the client did not leave by RST_STREAM"
    return reason
