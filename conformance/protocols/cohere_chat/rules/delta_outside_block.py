"""A delta or an end is for a content block or a tool call that is not open.

Clients put the piece where it belongs by its index; where nothing is open it is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT, event
from ..view import CohereView

GOOD = TEXT
BAD = TEXT.swap(event("content-start", index=0, delta={"message": {"content": {"type": "text", "text": ""}}}), "")


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    cite=Cite(
        "https://docs.cohere.com/v2/docs/streaming",
        "The event that indicates the start of the content block of the message.",
    ),
)
def check(stream: Stream[CohereView]) -> Iterator[Fault]:
    return stream.order_faults("delta-outside-block")
