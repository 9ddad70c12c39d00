"""Events come after the terminal event, or after `[DONE]`.

Clients stop reading there: what follows is lost, or counted to the next response on the connection. A second terminal
event, a second `[DONE]` and the beginning of another response are such events. One `[DONE]` behind the terminal event
is let pass: OpenAI sends none, Open Responses requires it.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OPEN, STREAMING
from conformance.protocols.openai_responses.samples import ERROR, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import double, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, stream(*TEXT_EVENTS, done=True), ERROR)
BAD = (
    stream(*double(TEXT_EVENTS, "completed")),
    stream(*TEXT_EVENTS, {"type": "keepalive"}).but(also=("openai-responses/unknown-event",)),
    stream(*TEXT_EVENTS, *TEXT_EVENTS),
    stream(*TEXT_EVENTS, done=True).swap("data: [DONE]\n\n", "data: [DONE]\n\ndata: [DONE]\n\n"),
)


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("R07", "R57"),
    cite=(
        Cite(STREAMING, "Emitted when the model response is complete."),
        Cite(OPEN, "The terminal event MUST be the literal string `[DONE]`."),
    ),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    first = next(stream.order_faults("event-after-terminal"), None)
    if first is not None and first.event is not None:
        kind, more = stream.events[first.event].kind, len(stream.events) - first.event - 1
        yield Fault(f"{kind} comes behind the end" + (f", and {more} more events" if more else ""), first.event)
