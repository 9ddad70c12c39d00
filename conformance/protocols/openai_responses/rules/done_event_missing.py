"""Deltas are not ended by a `.done` event.

The deltas of a text, a refusal, a summary, of arguments, code or a tool's input end with a `.done` event that holds the
whole value. Clients parse and run a call when it comes, and replace what they had put together by it. Items that broke
off are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import DELTAS_END, STREAMING
from conformance.protocols.openai_responses.conditions import all_of, has_channel, has_finished_items
from conformance.protocols.openai_responses.samples import (
    CODE,
    CUSTOM_TOOL,
    CUSTOM_TOOL_EVENTS,
    INCOMPLETE,
    REFUSAL,
    TEXT,
    TEXT_EVENTS,
    TOOL,
    TOOL_EVENTS,
)
from conformance.protocols.openai_responses.script import drop, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, TOOL, CODE, CUSTOM_TOOL, REFUSAL, INCOMPLETE)
BAD = (
    stream(*drop(TEXT_EVENTS, "output_text.done")),
    stream(*drop(TOOL_EVENTS, "function_call_arguments.done")),
    stream(*drop(CUSTOM_TOOL_EVENTS, "custom_tool_call_input.done")),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R17", "R19", "R40"),
    cite=(DELTAS_END, Cite(STREAMING, "Emitted when function-call arguments are finalized.")),
    when=all_of(has_channel(), has_finished_items),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for fault in stream.order_faults("done-event-missing"):
        yield Fault(f"{fault.message.partition(':')[0]} is closed without a .done event for its text", fault.event)
    for item, text in stream.view.texts:
        if not text.channel.parts and not text.dones and item.finished:
            yield Fault(f"{item.name}: no .done event ends the deltas of {text.name}", item.done[-1][0])
