"""`response.in_progress` does not come once, before the output.

OpenAI sends it in every stream, right behind `response.created` (or `response.queued`), when work begins. Clients show
"waiting" until then. Where it comes late, `output-before-in-progress` speaks.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OPEN
from conformance.protocols.openai_responses.conditions import began_here
from conformance.protocols.openai_responses.samples import BACKGROUND, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import double, drop, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, BACKGROUND)
BAD = (stream(*drop(TEXT_EVENTS, "in_progress")), stream(*double(TEXT_EVENTS, "in_progress")))


@rule(
    level=Level.WARNING,
    family=Family.ORDER,
    statements=("R04", "R66"),
    cite=Cite(
        OPEN, "When a `Response` moves from `queued` to `in_progress`, a `response.in_progress` event is emitted."
    ),
    when=began_here,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    events = [event for event, symbol in stream.view.symbols if symbol == "in_progress"]
    if not events and (stream.view.items or stream.view.terminal):
        yield Fault("no response.in_progress in the stream")
    if len(events) > 1 and not any(True for _ in stream.order_faults("output-before-in-progress")):
        yield Fault(f"response.in_progress comes {len(events)} times", events[1])
