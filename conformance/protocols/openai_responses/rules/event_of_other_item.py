"""An event belongs to another type of output item.

Text goes into messages and reasoning, arguments into calls: an event that does not fit the item it names cannot be put
anywhere. Gateways that count items by themselves get the index wrong by one.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.conditions import first_missteps, has_items
from conformance.protocols.openai_responses.samples import REASONING, TEXT, TOOL_EVENTS, TWO_TOOLS
from conformance.protocols.openai_responses.script import put, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, TWO_TOOLS, REASONING)
BAD = stream(
    *put(
        TOOL_EVENTS,
        "output_item.added",
        {"type": "response.web_search_call.searching", "item_id": "fc_0", "output_index": 0},
    )
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R16",),
    cite=(
        Cite(STREAMING, "The index of the output item that the text delta was added to."),
        Cite(STREAMING, "The index of the output item that the function-call arguments delta is added to."),
    ),
    when=has_items,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for fault in first_missteps(stream, "event-of-other-item"):
        kind = stream.events[fault.event or 0].kind
        yield Fault(f"{fault.message.partition(':')[0]}: {kind} does not belong to such an item", fault.event)
