"""The stream is not labelled `text/event-stream`.

The media type tells a client how to read the body. Browsers' EventSource, `httpx-sse` and many SDKs refuse an event
stream of any other type; some proxies compress or buffer it as they would a document. Parameters are allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import EVENT_STREAM, Stream
from conformance.rules.http.conditions import fields, has_headers
from conformance.rules.http.samples import PLAIN, with_field, without

GOOD = (PLAIN, with_field(PLAIN, "content-type", "Text/Event-Stream"))
BAD = (with_field(PLAIN, "content-type", "application/json"), without(PLAIN, "content-type"))


@rule(
    level=Level.ERROR,
    family=Family.TRANSPORT,
    statements=("S01", "M48", "G01"),
    cite=(
        Cite(
            "https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream",
            "This event stream format's MIME type is text/event-stream.",
        ),
        Cite(
            "https://www.openresponses.org/specification",
            "When streaming, servers MUST return header `Content-Type: text/event-stream`",
        ),
    ),
    breaks=(Breaks("EventSource", "https://github.com/dunglas/mercure/issues/143"),),
    on=On.STREAM,
    needs=(Evidence.HEADERS,),
    when=has_headers,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    sent = fields(stream).get("content-type")
    if sent is None or sent.partition(";")[0].strip().lower() != EVENT_STREAM:
        label = f"is {sent!r}" if sent is not None else "is missing"
        yield Fault(f"Content-Type {label}, but the body is an event stream: expected {EVENT_STREAM!r}")
