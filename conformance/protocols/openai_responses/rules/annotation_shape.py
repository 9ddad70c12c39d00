"""An annotation lacks what one needs to show it.

A citation says where it belongs in the text (`start_index`, `end_index`) and what it cites (`url`, `file_id`). Without
the place a client cannot set the mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from re import sub

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT
from conformance.protocols.openai_responses.conditions import has_type
from conformance.protocols.openai_responses.samples import WEB_SEARCH
from conformance.protocols.openai_responses.script import exchange, message, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = WEB_SEARCH
BAD = stream(
    *exchange(message("Hello", annotations=({"type": "url_citation", "url": "https://example.com/", "title": "E"},)))
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R33",),
    cite=Cite(OBJECT, "The index of the first character of the URL citation in the message."),
    when=has_type("message"),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    first: str | None = None
    for fault in stream.shape_faults("annotation-shape"):
        kind = stream.events[fault.event or 0].kind
        first = first or kind
        if kind == first:  # the same annotation stands again in the part, in the item and in the response
            yield Fault(sub(r"/\d+", "/*", fault.message), fault.event, fault.pointer)
