"""The first event is not `response.created`.

The first event brings the response, with its id, and everything that follows is laid into it. OpenAI's stream helper
raises when it meets anything else first. Passed over: streams that take up an earlier one (GET with `starting_after`),
`response.queued` in the first place, and one whose data is no JSON, which is a fault of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import HELPER, STREAMING
from conformance.protocols.openai_responses.conditions import began_here, first_missteps, garbled
from conformance.protocols.openai_responses.samples import BACKGROUND, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import drop, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, BACKGROUND)
BAD = stream(*drop(TEXT_EVENTS, "created"))


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R03", "R66"),
    cite=(
        Cite(STREAMING, "An event that is emitted when a response is created."),
        Cite(HELPER, "Expected to have received `response.created` before"),
    ),
    breaks=(Breaks("openai-python stream helper", HELPER),),
    when=began_here,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    first = next(first_missteps(stream, "created-missing"), None)
    if first is not None and not garbled(stream, "response.created"):
        yield Fault(f"the stream begins with {stream.events[first.event or 0].kind}", first.event)
