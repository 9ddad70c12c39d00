"""Events about an output item come after it was done.

Once an item is done nothing about it changes any more: clients have run the tool, or stored the message, and pass over
what follows.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import FINAL_STATUS, ITEM_DONE
from conformance.protocols.openai_responses.conditions import first_missteps, has_finished_items
from conformance.protocols.openai_responses.samples import CUSTOM_TOOL_EVENTS, MCP, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import double, put, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, MCP)
BAD = (
    stream(
        *put(CUSTOM_TOOL_EVENTS, "output_item.done", {**CUSTOM_TOOL_EVENTS[3], "delta": ""}),
    ).but(also=("openai-responses/delta-after-done", "openai-responses/delta-empty")),
    stream(*double(TEXT_EVENTS, "output_item.done")),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R24",),
    cite=(FINAL_STATUS, ITEM_DONE),
    breaks=(Breaks("Codex CLI", "https://github.com/diegosouzapw/OmniRoute/issues/13693"),),
    when=has_finished_items,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for fault in first_missteps(stream, "event-after-item-done"):
        kind = stream.events[fault.event or 0].kind
        yield Fault(f"{fault.message.partition(':')[0]}: {kind} comes after response.output_item.done", fault.event)
