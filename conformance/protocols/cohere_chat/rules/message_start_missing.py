"""The first event is not message-start.

message-start brings the id of the message and its role.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import START, TEXT
from ..view import CohereView

GOOD = TEXT
BAD = TEXT.swap(START, "")


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    cite=Cite(
        "https://docs.cohere.com/v2/docs/streaming",
        "The first event in the stream containing metadata for the request such as the id.",
    ),
)
def check(stream: Stream[CohereView]) -> Iterator[Fault]:
    return stream.order_faults("message-start-missing")
