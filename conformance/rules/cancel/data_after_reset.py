"""Data comes for a stream that the server knows to be reset.

What is on its way when a client sends RST_STREAM arrives all the same, and is no fault. But a PING was sent behind the
RST_STREAM, in the same write: when its answer is there, the server has read both. Data behind that answer was sent by
a server that knew that nobody reads it, and is billed for by whoever pays for the traffic, and the tokens.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.cancel.conditions import figure, on_http2
from conformance.rules.cancel.samples import cancelled

GOOD = cancelled(stage="after-events", how="rst-stream", ack_ms=0.4, after_bytes=512, after_ack_bytes=0)
BAD = cancelled(stage="after-events", how="rst-stream", ack_ms=0.4, after_bytes=4_096, after_ack_bytes=3_584)


def acknowledged(stream: Stream[Any]) -> str | None:
    """The server has shown that it read the RST_STREAM."""
    reason = on_http2(stream)
    if reason is None and figure(stream, "ack_ms") is None:
        return "the server did not answer the PING behind the RST_STREAM"
    return reason


@rule(
    level=Level.ERROR,
    family=Family.CANCELLATION,
    statements=("X01",),
    cite=Cite(
        "https://www.rfc-editor.org/rfc/rfc9113#section-6.4",
        "After receiving a RST_STREAM on a stream, the receiver MUST NOT send additional frames for that stream",
    ),
    on=On.RESPONSE,
    when=acknowledged,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    late = figure(stream, "after_ack_bytes")
    if late:
        what = f"{late:,.0f} bytes of data came for the stream after the server had read its RST_STREAM"
        yield Fault(what, at=stream.recording.end.at)
