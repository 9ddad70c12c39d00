"""RST_STREAM breaks the whole HTTP/2 connection.

A client that resets one stream keeps its connection: other streams on it go on, and new ones are served. A server that
closes the connection, or does not answer on it any more, breaks every other stream that the client has there. A server
that says with GOAWAY, without an error, that it ends the connection is not told: it may do so at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.cancel.conditions import on_http2, told, word
from conformance.rules.cancel.samples import cancelled

GOOD = cancelled(stage="after-events", how="rst-stream", session_usable=True, session_status=200, session_ms=61.2)
BAD = cancelled(stage="after-events", how="rst-stream", session_usable=False, session_error="the connection was closed")


def tried(stream: Stream[Any]) -> str | None:
    """Another stream was tried on the connection, and the server had not said farewell."""
    reason = on_http2(stream)
    if reason is None and not isinstance(told(stream, "session_usable"), bool):
        return "no other stream was tried on the connection"
    if reason is None and told(stream, "session_orderly") is True:
        return "the server ended the connection without an error (GOAWAY, NO_ERROR)"
    return reason


@rule(
    level=Level.ERROR,
    family=Family.CANCELLATION,
    statements=("X01",),
    cite=Cite(
        "https://www.rfc-editor.org/rfc/rfc9113#section-5.4.2",
        "A stream error is an error related to a specific stream that does not affect processing of other streams.",
    ),
    on=On.RESPONSE,
    when=tried,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    if told(stream, "session_usable") is False:
        why = word(stream, "session_error") or "no answer"
        yield Fault(f"after RST_STREAM no other stream was served on the connection: {why}", at=stream.recording.end.at)
