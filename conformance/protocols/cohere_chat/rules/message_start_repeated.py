"""A stream holds more than one message-start.

One response is one message.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import START, TEXT
from ..view import CohereView

GOOD = TEXT
BAD = TEXT.swap(START, START + START)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    cite=Cite(
        "https://docs.cohere.com/v2/docs/streaming",
        "Only one message-start event will be emitted.",
    ),
)
def check(stream: Stream[CohereView]) -> Iterator[Fault]:
    return stream.order_faults("message-start-repeated")
