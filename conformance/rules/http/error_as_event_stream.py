"""An error is labelled, or written, as an event stream.

Before the first event a server can still say by status and a JSON body what is wrong, and clients look for it there. A
body that is labelled `text/event-stream` goes to the event reader, which finds no event in a JSON document; one that is
written as events does not parse as the JSON that the status promised. Either way the reason is lost.

Google's APIs label errors of `alt=sse` requests so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import EVENT_STREAM, Stream
from conformance.rules.http.conditions import is_error
from conformance.rules.http.samples import ERROR, with_field

GOOD = ERROR
BAD = (
    with_field(ERROR, "content-type", "text/event-stream"),
    with_field(ERROR.but(body=f"data: {ERROR.body!s}\n\n"), "content-type", "text/event-stream"),
)


@rule(
    level=Level.WARNING,
    family=Family.ERRORS,
    statements=("S30",),
    cite=Cite(
        "https://openrouter.ai/docs/api/reference/streaming",
        "If an error occurs before any tokens have been streamed to the client, OpenRouter returns a standard JSON "
        "error response with the appropriate HTTP status code.",
    ),
    breaks=(Breaks("Portkey gateway", "https://github.com/Portkey-AI/gateway/issues/722"),),
    on=On.RESPONSE,
    needs=(Evidence.HEADERS,),
    when=is_error,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    status = stream.recording.status
    if stream.is_event_stream:
        yield Fault(f"the body of the {status} response is an event stream, expected JSON", offset=0)
    elif stream.recording.media_type == EVENT_STREAM:
        yield Fault(f"the {status} response is labelled {EVENT_STREAM!r}, but its body is none", offset=0)
