"""`response.created` comes more than once.

A response is created once. A client that begins a new answer at every `response.created` shows one answer as two, or
throws the first half away. One that comes behind the end of a response is `event-after-terminal`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import double, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = TEXT
BAD = stream(*double(TEXT_EVENTS, "created"))


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R03",),
    cite=Cite(STREAMING, "An event that is emitted when a response is created."),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for fault in stream.order_faults("created-repeated"):
        yield Fault("response.created comes again", fault.event)
