"""`response.queued` comes where nothing can be queued.

Only a response that runs in the background waits in a queue, and only before it is worked on. A client that meets
`response.queued` later believes that the work began anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import CREATE, STREAMING
from conformance.protocols.openai_responses.samples import BACKGROUND, BACKGROUND_EVENTS, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import drop, put, snapshot, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (BACKGROUND, TEXT)
BAD = (
    stream(*put(drop(BACKGROUND_EVENTS, "queued"), "in_progress", BACKGROUND_EVENTS[1]), background=True),
    stream(*put(TEXT_EVENTS, "created", snapshot("queued", "queued"))),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R41",),
    cite=(
        Cite(STREAMING, "Emitted when a response is queued and waiting to be processed."),
        Cite(CREATE, "Whether to run the model response in the background."),
    ),
    when=lambda stream: None if "response.queued" in stream.view.kinds else "no response.queued in the stream",
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for fault in stream.order_faults("queued-misplaced"):
        yield Fault("response.queued comes when the response is already being worked on", fault.event)
    for event, step, response in stream.view.snapshots:
        if step == "queued" and response.get("background") is False:
            yield Fault("response.queued, but the response does not run in the background", event)
